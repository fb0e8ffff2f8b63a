import ByteSources
import CreditCore
import RequestLogs
import Testing

@Suite("What a log is shows in its content")
struct DetectionTests {
  private static let object = #"{"ts":1794994200,"method":"GET","path":"/a"}"#
  private static let line = #"h - - [18/Nov/2026:09:30:00 +0000] "GET /a HTTP/1.1" 200 1"#
  private static let row = "ts,method,path\n1794994200,GET,/a"
  private static let read = "2026-11-18T09:30:00Z GET /a"

  @Test(
    "objects, lines and rows",
    arguments: [object, line, row, "\n\n \r\n" + object, "\n" + line]
  )
  func found(log: String) throws {
    for log in [log, log + "\n", "\u{FEFF}" + log] {
      #expect(try entries(log).map { $0.replacing(" status=200", with: "") } == [Self.read])
    }
  }

  @Test("nothing is no fault in any format")
  func empty() throws {
    for log in ["", "\n", " \r\n\t\n", "\u{FEFF}"] {
      for format in [LogFormat?.none] + LogFormat.allCases.map(Optional.some) {
        #expect(try entries(log, format: format).isEmpty)
      }
    }
  }

  @Test("a damaged first line is rejected, and the next one decides")
  func damaged() throws {
    #expect(try entries("ET /a HTTP/1.1\" 200 1\n" + Self.line).count == 2)
    #expect(try entries("thod\":\"GET\"}\n" + Self.object).count == 2)
    #expect(try entries(#"{"ts":179"# + "\n" + Self.object).count == 2)
    #expect(try entries(#"h - - [18/Nov/2026:09:30:00 +0000] "\x16\x03" 400 1"#).count == 1)
  }

  /// Texts and bytes that are no log, and the start of the message.
  static let refused: [([UInt8], String)] = [
    (Array("hello\nworld\n".utf8), "log:1:1: error: this is not a log that can be read\n  hello\n"),
    (Array("\n\n  hello\n".utf8), "log:3:1: error: this is not a log that can be read"),
    (Array("1,2,3\n".utf8), "log:1:1: error: this is not a log that can be read"),
    ([0xFF, 0xFE, 0x7B, 0, 0x7D, 0], "log:1:1: error: the text is UTF-16\n  FF FE 7B 00"),
    ([0xFE, 0xFF, 0, 0x7B, 0, 0x7D], "log:1:1: error: the text is UTF-16"),
    ([0xFF, 0xFE, 0, 0, 0x7B, 0, 0, 0], "log:1:1: error: the text is UTF-32"),
    (Array("{\0\"\0t\0s\0".utf8), "log:1:1: error: the text is UTF-16LE"),
    (Array("\0{\0\"\0t\0s".utf8), "log:1:1: error: the text is UTF-16BE"),
    ([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0], "log:1:1: error: the file is binary, not text"),
    (
      Array("a.log".utf8) + Array(repeating: 0, count: 252) + Array("ustar\u{0}00".utf8),
      "log:1:1: error: the file is a tar archive"
    ),
  ]

  @Test("what is no log is refused with what it is", arguments: refused.indices)
  func noLog(index: Int) {
    let (bytes, message) = Self.refused[index]
    let told = refusal(bytes) ?? ""
    #expect(told.hasPrefix(message), "\(told)")
    #expect(told.split(separator: "\n").count <= 5)
  }

  @Test("a NUL in a line is that line's fault")
  func nul() throws {
    let read = try entries(Self.object + "\n{\"ts\":\0}\n" + Self.object)
    #expect(read.count == 3)
    #expect(read[1].hasPrefix("control:2:7:"), "\(read[1])")
  }

  /// A format that does not fit, a log, and the format that does.
  static let misfits: [(LogFormat, String, String)] = [
    (.csv, object, "ndjson"), (.csv, line, "combined"), (.combined, object, "ndjson"),
    (.combined, row, "csv"), (.ndjson, line, "combined"), (.ndjson, row, "csv"),
  ]

  @Test("a format that does not fit is refused with the one that does", arguments: misfits.indices)
  func misfit(index: Int) {
    let (format, log, fitting) = Self.misfits[index]
    let told = refusal(log, format: format) ?? ""
    #expect(told.hasPrefix("log:1:1: error: no line can be read as \(format)"), "\(told)")
    #expect(told.contains("--input \(fitting)"))
  }

  @Test("where one of a hundred lines fits, the format that was named counts")
  func named() throws {
    let log = String(repeating: Self.line + "\n", count: 99) + Self.object + "\n"
    let read = try entries(log + Self.line, format: .ndjson)
    #expect(read.count == 101)
    #expect(read.count { $0 == Self.read } == 1)
    let late = String(repeating: Self.line + "\n", count: 100) + Self.object + "\n"
    #expect(refusal(late, format: .ndjson) != nil)
  }

  @Test("a log in its own format may be all bad")
  func allBad() throws {
    #expect(try entries("{\"a\":1}\n{\n", format: .ndjson).count == 2)
  }

  @Test("rejects of an earlier run are read again, whatever format their lines have")
  func rejects() throws {
    func reject(_ raw: String) -> String {
      let quoted = raw.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        .replacing("\n", with: "\\n")
      return #"{"file":"x","line":9,"column":1,"reason":"time","message":"m","raw":"\#(quoted)"}"#
    }
    let log = [
      reject(Self.object), reject(Self.line), reject(Self.row), reject("hello"),
      reject(#"{"ts":"x","method":"GET","path":"/a"}"#), reject(""), Self.object,
      #"{"file":"x"}"#,
    ].joined(separator: "\n")
    let read = try entries(log).map { $0.replacing(" status=200", with: "") }
    #expect(read.count == 7)
    #expect(Array(read[0..<3]) == [Self.read, Self.read, Self.read])
    #expect(read[3].hasPrefix("columns:4:1: the line ends after the client address; expected a"))
    #expect(read[4].hasPrefix("time:5:"))
    #expect(read[5] == Self.read)
    #expect(read[6].hasPrefix("missing:8:1:"))
    // A reject in a reject is one too many.
    #expect(try entries(reject(reject(Self.object))).map { $0.prefix(9) } == ["missing:1"])
    #expect(try entries(reject(Self.line), format: .combined).count == 1)
  }

  @Test("lines before a fault of the file are read")
  func fault() throws {
    let log = (0..<5_000).map { Self.object.replacing("/a", with: "/\($0 &* 48_271 % 65_537)") }
      .joined(separator: "\n")
    let packed = try piped(Array(log.utf8), through: "gzip").dropLast(2_000)
    let source = try Decompressed.open(MemorySource(Array(packed)), name: "log.gz")
    let reader = try LogReader.open(source, format: nil, options: ReadOptions(name: "log.gz"))
    var count = 0
    #expect(throws: EnvironmentFault.self) {
      while let entry = try reader.next() {
        guard case .request = entry else { break }
        count += 1
      }
    }
    #expect((100..<5_000).contains(count))
  }

  @Test("a log that is still empty is read once it has a line")
  func late() throws {
    final class Growing: ByteSource {
      var bytes: [UInt8] = []
      func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count)
        buffer.copyBytes(from: bytes[..<count])
        bytes.removeFirst(count)
        return count
      }
    }
    for log in [Self.object, Self.line, Self.row] {
      let source = Growing()
      var options = ReadOptions(name: "log")
      options.isAppended = true
      let reader = try LogReader.open(source, format: nil, options: options)
      var count = 0
      for byte in Array((log + "\n").utf8) {
        #expect(count == 0)
        source.bytes = [byte]
        while let entry = try reader.next() {
          guard case .request(let record) = entry else { continue }
          #expect(record.path.text == "/a")
          count += 1
        }
      }
      #expect(count == 1)
      #expect(reader.consumed == log.utf8.count + 1)
    }
  }
}
