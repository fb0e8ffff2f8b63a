import Foundation

/// A program of the tests that serves a port of this machine, until it is let go.
public final class LoopbackServer {
  private let process = Process()
  public let port: Int

  public struct NoPort: Error {}

  /// Runs a script by its path within `Tests`; it prints its port first.
  public init(_ script: String, _ arguments: [String] = []) throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    process.executableURL = tests.appending(path: script)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    var line = Data()
    while line.last != 0x0A, let more = try output.fileHandleForReading.read(upToCount: 1),
      !more.isEmpty
    {
      line += more
    }
    guard let port = Int(String(decoding: line.dropLast(), as: UTF8.self)) else { throw NoPort() }
    self.port = port
  }

  public var origin: String { "http://127.0.0.1:\(port)" }

  deinit {
    // Threads of tests hold other signals back, and so do the programs that they start.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
