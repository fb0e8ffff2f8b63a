import ArgumentParser
import CreditCore
import LocalFiles
import Workflows

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How a run ends: exit codes, and what is said on which stream.
enum Outcome {
  /// Exit codes of every command.
  enum Code {
    static let environment: Int32 = 1
    static let badInput: Int32 = 2
    static let refused: Int32 = 3
    static let usage: Int32 = 64
  }

  /// A gate or a check that says no, after its result was printed.
  struct Refused: Error {
    var reasons: [String]
  }

  /// Lines that could not be used, where none may be.
  struct Rejected: Error {
    var count: Int
    /// Whether they were written to a file.
    var isWritten: Bool
  }

  static func run(_ body: () throws -> Void) -> Never {
    signal(SIGPIPE, SIG_IGN)
    do {
      try body()
      exit(0)
    } catch let error as BadInput {
      say(error as any Error)
      exit(Code.badInput)
    } catch let error as EnvironmentFault {
      say(error as any Error)
      exit(Code.environment)
    } catch let error as Refused {
      for reason in error.reasons { say("refused: \(reason)") }
      exit(Code.refused)
    } catch let error as Rejected {
      let lines = error.count == 1 ? "1 line was" : "\(error.count) lines were"
      let hint = error.isWritten ? "" : "; --rejects FILE writes them out"
      say("error: \(lines) rejected\(hint)")
      exit(Code.badInput)
    } catch let error as EstimateWorkflow.Misuse {
      say("error: \(error)")
      exit(Code.usage)
    } catch is ArithmeticOverflow {
      say("error: a number is too large to be held exactly")
      exit(Code.badInput)
    } catch {
      Creditmeter.exit(withError: error)
    }
  }

  /// What is wrong with something that was read.
  static func say(_ error: any Error) {
    say((error as? BadInput)?.brief ?? "error: \(error)")
  }

  /// A message, to standard error.
  static func say(_ message: String) {
    try? Files.write(Array((message + "\n").utf8), to: STDERR_FILENO, named: "standard error")
  }

  /// A result, to a file or standard output; a pipe that was closed ends the run quietly.
  static func deliver(_ bytes: [UInt8], to path: String? = nil) throws(EnvironmentFault) {
    if let path, path != "-" { return try Files.replace(path, with: bytes) }
    try Files.write(bytes, to: STDOUT_FILENO, named: "standard output")
  }

  static func deliver(_ text: String) throws(EnvironmentFault) { try deliver(Array(text.utf8)) }
}
