import Foundation
import Testing

@Suite("Whoever reads a log is told of the first line that cannot be used")
struct RejectNoticeTests {
  private static let bad = Requests.line(2).replacingOccurrences(of: "GET", with: "G E T")
  private static let first = """
    {"timestamp":"2026-11-01T00:00:02Z","method":"G E T","path":"/contacts/L2"}
                                                  ^
    """
  private static func told(_ place: String, _ severity: String = "warning") -> String {
    let lines = first.split(separator: "\n").map { "  \($0)\n" }.joined()
    return "\(place): \(severity): \"G E T\" is not a method\n\(lines)"
      + "expected a method such as GET or POST\n"
  }

  private func run(_ log: String, _ options: [String] = []) throws -> Command.Result {
    let scratch = try Scratch()
    try scratch.write("a.log", log)
    let arguments = ["ingest", "a.log", "--database", "usage.db"]
    return try Command.run(arguments + options, in: scratch.folder)
  }

  @Test("its place, the line, and what was expected; of more, how many and how to have them")
  func notice() throws {
    let log = Requests.lines([1]) + Self.bad + "\n"
    let one = try run(log)
    #expect(one.status == 0)
    #expect(one.errors == Self.told("a.log:2:47"))
    let two = try run(log + "bad\n" + Requests.lines([3]))
    #expect(two.status == 0)
    #expect(
      two.errors == Self.told("a.log:2:47")
        + "1 more line was rejected; --rejects FILE writes all of them out\n"
    )
    let written = try run(log + "bad\nbad\n", ["--rejects", "bad.ndjson"])
    #expect(written.status == 0)
    #expect(written.errors == Self.told("a.log:2:47") + "2 more lines were rejected\n")
    #expect(try run(log, ["--dry-run"]).errors == Self.told("a.log:2:47"))
  }

  @Test("a clean log says nothing, read once or again")
  func clean() throws {
    let scratch = try Scratch()
    try scratch.write("a.log", Requests.lines(1...3))
    for options in [[], ["--strict"], ["--format", "json"]] {
      let arguments = ["ingest", "a.log", "--database", "usage.db"] + options
      let result = try Command.run(arguments, in: scratch.folder)
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    }
  }

  @Test("with --strict it is an error, and all is said once")
  func strict() throws {
    let log = Requests.lines([1]) + Self.bad + "\nbad\n"
    let result = try run(log, ["--strict"])
    #expect(result.status == 2)
    #expect(
      result.errors == Self.told("a.log:2:47", "error")
        + "error: 2 lines were rejected; --rejects FILE writes them out\n"
    )
    let written = try run(log, ["--strict", "--rejects", "bad.ndjson"])
    #expect(written.status == 2)
    #expect(
      written.errors == Self.told("a.log:2:47", "error") + "error: 2 lines were rejected\n"
    )
  }

  @Test("the result on standard output is the result alone", arguments: ["table", "json"])
  func output(format: String) throws {
    let result = try run(Requests.lines([1]) + Self.bad + "\n", ["--format", format])
    #expect(result.output.contains(format == "json" ? #""rejected":1"# : "1 rejected"))
    #expect(!result.output.contains("a.log"), "\(result.output)")
    if format == "json" { #expect(try Requests.summary(result) == counts(1, rejected: 1)) }
  }

  @Test("the row of a table and the element of a list are shown, not what is before them")
  func parts() throws {
    let rows = "timestamp,method,path\n2026-11-01T00:00:01Z,GET,/a\n2026-11-01T00:00:01Z,G T,/b\n"
    #expect(
      try run(rows).errors == """
        a.log:3:22: warning: "G T" is not a method
          2026-11-01T00:00:01Z,G T,/b
                               ^
        expected a method such as GET or POST

        """
    )
    let element = #"{"timestamp":"2026-11-01T00:00:02Z","# + "\n" + #" "method":"G"}"#
    let elements = try run("[\(Requests.line(1)), \(element)]", ["--input", "json"])
    #expect(
      elements.errors.hasPrefix(
        """
        a.log:1:\(Requests.line(1).count + 4): warning: path not given
          {"timestamp":"2026-11-01T00:00:02Z",
          ^

        """
      ),
      "\(elements.errors)"
    )
  }

  @Test("keys and tokens are not shown, and the caret stands where it belongs")
  func secrets() throws {
    let path = #""path":"/a?key=g8_live_0123456789abcdef""#
    let line = #"{\#(path),"note":"Bearer abcdefghijkl","status":"?"}"#
    let result = try run(Requests.lines([1]) + line + "\n")
    #expect(!result.errors.contains("0123456789") && !result.errors.contains("abcdefgh"))
    let lines = result.errors.split(separator: "\n")
    let shown = #"  {"path":"/a?key=[secret]","note":"Bearer [secret]","status":"?"}"#
    #expect(lines.count == 4 && lines[1] == shown, "\(result.errors)")
    let caret = lines[2].count - 1
    #expect(lines[2].last == "^" && shown.dropFirst(caret).hasPrefix("?\""), "\(result.errors)")
    let quoted = try run(Requests.lines([1]) + #"{"timestamp":"g8_live_0123456789abcdef"}"#)
    #expect(
      quoted.errors.hasPrefix(#"a.log:2:15: warning: "[secret]" is not a time: "#),
      "\(quoted.errors)"
    )
  }

  @Test("what would move a cursor or hide a text is shown as harmless characters")
  func controls() throws {
    let result = try run(Requests.lines([1]) + "bad \u{1B}[2J\u{7}\u{202E}\u{85}\r.\n")
    #expect(result.errors.contains("\n  bad \u{FFFD}[2J\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}.\n"))
    let controls = result.errors.unicodeScalars.filter {
      $0 != "\n" && [.control, .format].contains($0.properties.generalCategory)
    }
    #expect(controls.isEmpty, "\(result.errors)")
  }

  @Test("a log that is followed has its first said at once, and the others counted at the end")
  func followed() throws {
    let scratch = try Scratch()
    try scratch.write("a.log", Requests.lines([1]) + Self.bad + "\nbad\n")
    let command = try RunningCommand(
      ["ingest", "a.log", "--follow", "--database", "usage.db", "--format", "json"],
      in: scratch.folder
    )
    let first = Self.told("a.log:2:47")
    #expect(try eventually { try command.errors == first })
    #expect(try eventually { try Requests.stored(in: scratch) == [1] })
    let result = try command.end(SIGTERM)
    #expect(result.status == 0)
    #expect(
      result.errors == first + "1 more line was rejected; --rejects FILE writes all of them out\n"
    )
    #expect(try Requests.summary(result) == counts(1, rejected: 2))
  }
}
