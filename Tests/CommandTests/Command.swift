import Foundation

/// The built command, run as a user runs it.
enum Command {
  struct Result {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The folder of the project.
  static let project = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static let fixtures = project.appending(path: "Tests/Fixtures")

  /// The binary beside the test bundle.
  static let binary: URL = {
    #if os(macOS)
    Bundle(for: Token.self).bundleURL.deletingLastPathComponent().appending(path: "creditmeter")
    #else
    URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "creditmeter")
    #endif
  }()

  private final class Token {}

  static func run(
    _ arguments: [String],
    in folder: URL = project,
    input: Data? = nil,
    environment: [String: String] = [:]
  ) throws -> Result {
    try run(executable: binary, arguments, in: folder, input: input, environment: environment)
  }

  static func run(
    executable: URL,
    _ arguments: [String],
    in folder: URL,
    input: Data? = nil,
    environment: [String: String] = [:]
  ) throws -> Result {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CREDITMETER") }
    let scratch = try Scratch()
    // Nobody's own database is looked at.
    variables["XDG_DATA_HOME"] = scratch.folder.appending(path: "data").path
    variables.merge(environment) { $1 }
    process.environment = variables
    let (outputFile, errorFile) = (
      scratch.folder.appending(path: "o"), scratch.folder.appending(path: "e")
    )
    for file in [outputFile, errorFile] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    if let input {
      let inputFile = scratch.folder.appending(path: "i")
      try input.write(to: inputFile)
      process.standardInput = try FileHandle(forReadingFrom: inputFile)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    process.waitUntilExit()
    // A signal is no exit code; callers that expect one must see the difference.
    let status = process.terminationStatus
    return Result(
      status: process.terminationReason == .exit ? status : 1_000 + status,
      output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self)
    )
  }
}

/// A folder of its own that goes away with the value.
final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: name).path)
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: folder.appending(path: name))
    return name
  }
}
