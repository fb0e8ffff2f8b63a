// swift-tools-version: 6.1
import PackageDescription

var strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // Overlapping accesses are found by the tests; a release does not look for them with each one.
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]
if Context.environment["CI"] != nil {
  strict.append(.unsafeFlags(["-warnings-as-errors"]))
}

// What reads arguments and small files, or waits for a network, is no faster optimized, and a cold
// build is what people wait for first.
let unoptimized = strict + [.unsafeFlags(["-Onone"], .when(configuration: .release))]

// Ground floor first: a target only uses targets above it.
let package = Package(
  name: "creditmeter",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "creditmeter", targets: ["creditmeter"]),
    // For the package of the fuzzer, Tests/Fuzz.
    .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // The nouns.
    .target(name: "CreditCore", swiftSettings: strict),

    // Pure: no clock, no input or output.
    .target(name: "Rating", dependencies: ["CreditCore"], swiftSettings: strict),
    .target(name: "Reconciliation", dependencies: ["CreditCore"], swiftSettings: strict),
    .target(name: "Forecasting", dependencies: ["CreditCore"], swiftSettings: strict),
    .target(name: "Alerting", dependencies: ["CreditCore"], swiftSettings: strict),

    // Files of the project that the binary carries.
    .target(name: "BundledBytes"),
    .target(
      name: "Bundled",
      dependencies: ["BundledBytes", "CreditCore"],
      swiftSettings: strict
    ),

    // One technology each.
    .target(name: "LocalFiles", dependencies: ["CreditCore"], swiftSettings: strict),
    .systemLibrary(name: "CYaml", providers: [.apt(["libyaml-dev"])]),
    .target(name: "Documents", dependencies: ["CYaml", "CreditCore"], swiftSettings: strict),
    .target(
      name: "PriceBooks",
      dependencies: ["Bundled", "CreditCore", "Documents", "LocalFiles", "Rating"],
      path: "pricing/Sources",
      swiftSettings: strict
    ),
    .target(
      name: "CampaignFiles",
      dependencies: ["CreditCore", "Documents", "Rating"],
      swiftSettings: strict
    ),
    .target(
      name: "Settings",
      dependencies: ["CreditCore", "Documents"],
      swiftSettings: unoptimized
    ),
    .target(
      name: "AlertFiles",
      dependencies: ["Alerting", "CreditCore", "Documents"],
      swiftSettings: unoptimized
    ),
    .target(
      name: "Reports",
      dependencies: [
        "Bundled", "CreditCore", "Rating", "Reconciliation",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      path: "reports/Sources",
      swiftSettings: strict
    ),

    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),
    .target(
      name: "ByteSources",
      dependencies: ["CreditCore", "CZlib", "CZstd"],
      swiftSettings: strict
    ),
    .target(
      name: "RequestLogs",
      dependencies: ["ByteSources", "CreditCore"],
      swiftSettings: strict
    ),
    .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "Digests", dependencies: ["CCrypto", "CreditCore"], swiftSettings: strict),
    // What of libcurl takes any type, with a type; it needs libcurl4-openssl-dev.
    .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
    .target(name: "Transport", dependencies: ["CCurl", "CreditCore"], swiftSettings: strict),
    .target(
      name: "Graph8API",
      dependencies: ["CreditCore", "Documents", "Transport"],
      swiftSettings: unoptimized
    ),
    .target(
      name: "Notifications",
      dependencies: ["CreditCore", "Digests", "Transport"],
      swiftSettings: unoptimized
    ),
    .target(
      name: "UsageStore",
      dependencies: [
        "CreditCore", "Digests", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strict
    ),

    // The verbs: taking usage in, and all others.
    .target(
      name: "Intake",
      dependencies: [
        "ByteSources", "CreditCore", "Digests", "Documents", "LocalFiles", "PriceBooks", "Rating",
        "RequestLogs", "Settings", "UsageStore",
      ],
      swiftSettings: strict
    ),
    .target(
      name: "Workflows",
      dependencies: [
        "AlertFiles", "Alerting", "Bundled", "ByteSources", "CampaignFiles", "CreditCore",
        "Digests", "Documents", "Forecasting", "Graph8API", "Intake", "LocalFiles",
        "Notifications", "PriceBooks", "Rating", "Reconciliation", "Reports", "RequestLogs",
        "Settings", "UsageStore",
      ],
      swiftSettings: strict
    ),

    // The same verbs over HTTP; needs no more of Hummingbird than its server.
    .target(
      name: "HTTPService",
      dependencies: [
        "Alerting", "ByteSources", "CreditCore", "Digests", "Documents", "Intake", "LocalFiles",
        "PriceBooks", "Rating", "Reports", "RequestLogs", "Settings", "UsageStore", "Workflows",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict
    ),

    // The command.
    .executableTarget(
      name: "creditmeter",
      dependencies: [
        "Alerting", "ByteSources", "CampaignFiles", "CreditCore", "Graph8API", "HTTPService",
        "Intake", "LocalFiles", "Notifications", "PriceBooks", "Rating", "Reports", "RequestLogs",
        "Settings", "UsageStore", "Workflows",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: unoptimized
    ),

    // Measurements, built by `make bench`.
    .executableTarget(
      name: "RouteMatchingBenchmark",
      dependencies: ["CreditCore", "PriceBooks", "Rating"],
      path: "Benchmarks/RouteMatching",
      swiftSettings: strict
    ),
    .executableTarget(
      name: "ForecastBenchmark",
      dependencies: ["Forecasting"],
      path: "Benchmarks/forecast/Forecasts",
      swiftSettings: strict
    ),

    .executableTarget(
      name: "HelloBenchmark",
      dependencies: [
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Benchmarks/serve/Hello",
      swiftSettings: strict
    ),
    // Writes the pages of the dashboard for `make test-pages` and `make screenshots`.
    .executableTarget(
      name: "PageWriter",
      dependencies: [
        "CreditCore", "PriceBooks", "Reports", "UsageStore", "Workflows",
      ],
      path: "Tests/Browser/Pages",
      swiftSettings: strict
    ),

    // The tests.
    .testTarget(
      name: "ArchitectureTests",
      swiftSettings: strict
    ),
    .testTarget(
      name: "CommandTests",
      dependencies: ["creditmeter", "TestSupport", "Transport"],
      swiftSettings: strict
    ),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .target(
      name: "FuzzTargets",
      dependencies: ["ByteSources", "CreditCore", "PriceBooks", "Rating", "RequestLogs"],
      path: "Tests/Fuzz/Targets",
      swiftSettings: strict
    ),
    .testTarget(
      name: "FuzzTests",
      dependencies: ["FuzzTargets", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "CreditCoreTests",
      dependencies: ["CreditCore", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "DigestsTests",
      dependencies: ["Digests", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "TransportTests",
      dependencies: ["CreditCore", "TestSupport", "Transport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "Graph8APITests",
      dependencies: ["CreditCore", "Graph8API", "TestSupport", "Transport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "NotificationsTests",
      dependencies: [
        "Alerting", "CreditCore", "Digests", "Notifications", "TestSupport", "Transport",
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "AlertingTests",
      dependencies: [
        "AlertFiles", "Alerting", "ByteSources", "CreditCore", "Documents", "Intake", "PriceBooks",
        "Reports", "TestSupport", "UsageStore", "Workflows",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "DocumentsTests",
      dependencies: ["CreditCore", "Documents", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "ReconciliationTests",
      dependencies: ["CreditCore", "Reconciliation", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "ForecastingTests",
      dependencies: ["Forecasting", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "SettingsTests",
      dependencies: ["CreditCore", "Settings", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "RequestLogsTests",
      dependencies: ["ByteSources", "CreditCore", "RequestLogs", "TestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "UsageStoreTests",
      dependencies: [
        "CreditCore", "Forecasting", "Reports", "TestSupport", "UsageStore", "Workflows",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "RatingTests",
      dependencies: [
        "CampaignFiles", "CreditCore", "Documents", "PriceBooks", "Rating", "TestSupport",
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "FollowTests",
      dependencies: [
        "CreditCore", "Intake", "PriceBooks", "RequestLogs", "TestSupport", "UsageStore",
        "creditmeter",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "DashboardTests",
      dependencies: [
        "Alerting", "ByteSources", "CreditCore", "Intake", "PriceBooks", "Rating", "Reports",
        "UsageStore", "Workflows",
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "HTTPServiceTests",
      dependencies: [
        "ByteSources", "CreditCore", "HTTPService", "Intake", "LocalFiles", "PriceBooks", "Reports",
        "Settings", "UsageStore", "Workflows",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "WorkflowTests",
      dependencies: [
        "Alerting", "ByteSources", "CreditCore", "Digests", "Graph8API", "Intake", "Notifications",
        "PriceBooks", "Reports", "Settings", "TestSupport", "Transport", "UsageStore", "Workflows",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "PriceBooksTests",
      dependencies: ["CreditCore", "PriceBooks", "Rating", "TestSupport"],
      swiftSettings: strict
    ),
  ]
)
