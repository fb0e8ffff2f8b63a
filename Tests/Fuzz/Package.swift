// swift-tools-version: 6.1
import PackageDescription

// Built by `run`, which says where libFuzzer is; a package of its own, so that a plain build does
// without it.
let fuzzer = Context.environment["LIBFUZZER"] ?? "libclang_rt.fuzzer_no_main.a"

let package = Package(
  name: "fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "creditmeter", path: "../..")],
  targets: [
    .target(name: "LibFuzzer", path: "LibFuzzer"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "LibFuzzer", .product(name: "FuzzTargets", package: "creditmeter"),
      ],
      path: "Driver",
      linkerSettings: [.unsafeFlags(["-sanitize=address", fuzzer, "-lstdc++", "-lm"])]
    ),
  ]
)
