import Foundation
import Testing

@Suite("The layers hold, and files stay readable")
struct ArchitectureTests {
  private static let project = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What each module may import of the package's own modules and of libraries.
  static let allowed: [(path: String, imports: Set<String>)] = [
    ("Sources/CreditCore", []),
    ("Sources/Rating", ["CreditCore", "Glibc", "Musl", "Darwin"]),
    ("Sources/Reconciliation", ["CreditCore", "Glibc", "Musl", "Darwin"]),
    ("Sources/Forecasting", ["CreditCore", "Glibc", "Musl", "Darwin"]),
    ("Sources/Alerting", ["CreditCore"]),
    ("Sources/Bundled", ["BundledBytes", "CreditCore"]),
    ("Sources/Documents", ["CreditCore", "CYaml"]),
    ("Sources/LocalFiles", ["CreditCore", "Glibc", "Musl", "Darwin"]),
    ("pricing/Sources", ["Bundled", "CreditCore", "Documents", "LocalFiles", "Rating"]),
    ("Sources/CampaignFiles", ["CreditCore", "Documents", "Rating"]),
    ("Sources/Settings", ["CreditCore", "Documents"]),
    ("Sources/AlertFiles", ["Alerting", "CreditCore", "Documents"]),
    (
      "reports/Sources",
      ["Bundled", "CreditCore", "Mustache", "Rating", "Reconciliation", "Synchronization"]
    ),
    ("Sources/ByteSources", ["CZlib", "CZstd", "CreditCore", "Glibc", "Musl", "Darwin"]),
    ("Sources/RequestLogs", ["ByteSources", "CreditCore", "Glibc", "Musl", "Darwin"]),
    ("Sources/Digests", ["CCrypto", "CreditCore"]),
    ("Sources/Transport", ["CCurl", "CreditCore", "Glibc", "Musl", "Darwin"]),
    ("Sources/Graph8API", ["CreditCore", "Documents", "Transport"]),
    ("Sources/Notifications", ["CreditCore", "Digests", "Transport"]),
    (
      "Sources/UsageStore",
      [
        "CreditCore", "Digests", "GRDB", "GRDBSQLite", "Synchronization", "Glibc", "Musl", "Darwin",
      ]
    ),
    (
      "Sources/Intake",
      [
        "ByteSources", "CreditCore", "Digests", "Documents", "LocalFiles", "PriceBooks", "Rating",
        "RequestLogs", "Settings", "Synchronization", "UsageStore", "Glibc", "Musl", "Darwin",
      ]
    ),
    (
      "Sources/Workflows",
      [
        "AlertFiles", "Alerting", "Bundled", "ByteSources", "CampaignFiles", "CreditCore",
        "Digests", "Documents", "Forecasting", "Graph8API", "Intake", "LocalFiles",
        "Notifications", "PriceBooks", "Rating", "Reconciliation", "Reports", "RequestLogs",
        "Settings", "Synchronization", "UsageStore",
      ]
    ),
    (
      "Sources/HTTPService",
      [
        "Alerting", "ByteSources", "CreditCore", "Digests", "Documents", "HTTPTypes",
        "HummingbirdCore", "Intake", "LocalFiles", "Logging", "NIOConcurrencyHelpers", "NIOCore",
        "NIOHTTPTypes", "NIOPosix", "PriceBooks", "Rating", "Reports", "RequestLogs",
        "ServiceLifecycle", "Settings", "Synchronization", "UnixSignals", "UsageStore",
        "Workflows",
      ]
    ),
    (
      "Sources/creditmeter",
      [
        "Alerting", "ArgumentParser", "ByteSources", "CampaignFiles", "CreditCore", "Graph8API",
        "HTTPService", "Intake", "LocalFiles", "Notifications", "PriceBooks", "Rating", "Reports",
        "RequestLogs", "Settings", "Synchronization", "UsageStore", "Workflows", "Glibc", "Musl",
        "Darwin",
      ]
    ),
  ]

  struct File: CustomTestStringConvertible {
    let path: String
    let lines: [String]
    var testDescription: String { path }
  }

  static let files: [File] = allowed.flatMap { module in
    let folder = project.appending(path: module.path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
      let text = (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
      return File(path: "\(module.path)/\(name)", lines: text.components(separatedBy: "\n"))
    }
  }

  @Test("a module imports only the floors below it", arguments: files)
  func imports(file: File) throws {
    let module = try #require(Self.allowed.first { file.path.hasPrefix($0.path + "/") })
    for name in Self.imports(of: file.lines) {
      #expect(module.imports.contains(name), "\(file.path) imports \(name)")
    }
  }

  static func imports(of lines: [String]) -> [String] {
    lines.compactMap { line in
      let words = line.split(separator: " ").filter {
        !["public", "internal", "@_exported"].contains($0)
      }
      return words.first == "import" && words.count == 2 ? String(words[1]) : nil
    }
  }

  @Test(
    "nothing traps, and only the command reads clock, environment and arguments",
    arguments: files
  )
  func forbidden(file: File) {
    let text = file.lines.joined(separator: "\n")
    if !Self.forbiddenWords(in: file.path).contains(where: { text.contains($0) }) { return }
    for (number, line) in file.lines.enumerated() {
      for word in Self.forbidden(line, in: file.path) {
        Issue.record("\(file.path):\(number + 1) has \(word)")
      }
    }
  }

  static func forbidden(_ line: String, in path: String) -> [String] {
    let code = line.components(separatedBy: "//").first ?? line
    return forbiddenWords(in: path).filter { code.contains($0) }
  }

  private static func forbiddenWords(in path: String) -> [String] {
    var words = ["try!", "as!", "fatalError("]
    if !path.hasPrefix("Sources/UsageStore/") { words += ["SELECT ", "INSERT "] }
    if !path.hasPrefix("Sources/creditmeter/") {
      words += ["Date()", "UUID()", "getenv(", "clock_gettime(", "CommandLine.", "exit("]
    }
    return words
  }

  @Test("a file has at most 300 lines of at most 100 columns", arguments: files)
  func size(file: File) {
    #expect(file.lines.count <= 301)
    for (number, line) in file.lines.enumerated() where line.utf8.count > 100 && line.count > 100 {
      Issue.record("\(file.path):\(number + 1) has \(line.count) columns")
    }
  }

  @Test("a function has at most 70 lines", arguments: files)
  func functions(file: File) {
    for (start, length) in Self.functionLengths(file.lines) where length > 70 {
      Issue.record("\(file.path):\(start) starts a function of \(length) lines")
    }
  }

  /// Where each function starts, and its lines up to the brace that closes it.
  static func functionLengths(_ lines: [String]) -> [(start: Int, length: Int)] {
    var result: [(Int, Int)] = []
    for (index, line) in lines.enumerated() where line.contains("func ") || line.contains("init") {
      let words = line.split(separator: " ").map { $0.prefix { $0 != "(" } }
      guard words.contains("func") || words.contains("init"), !line.hasSuffix("}") else { continue }
      let indent = line.prefix { $0 == " " }
      guard let end = lines[index...].firstIndex(where: { $0 == indent + "}" }) else { continue }
      result.append((index + 1, end - index + 1))
    }
    return result
  }

  @Test("the checks see what they are for")
  func control() {
    #expect(
      Self.imports(of: ["public import Rating", "  import Glibc", "// import X"]) == [
        "Rating", "Glibc",
      ]
    )
    #expect(Self.forbidden("let x = try! f()", in: "Sources/Rating/X.swift") == ["try!"])
    #expect(Self.forbidden("let x = Date()", in: "Sources/Rating/X.swift") == ["Date()"])
    #expect(Self.forbidden("let x = getenv(\"A\")", in: "Sources/creditmeter/X.swift").isEmpty)
    let long = ["  func f() {"] + Array(repeating: "    x()", count: 80) + ["  }"]
    #expect(Self.functionLengths(long).first?.length == 82)
    #expect(Self.files.count > 40)
  }
}
