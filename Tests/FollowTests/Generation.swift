import Foundation

/// What a log was written with over time, until it was cut short or its file replaced.
final class Generation {
  private(set) var bytes: [UInt8] = []
  /// Whole lines, and where each ends.
  private(set) var lines: [(text: String, end: Int)] = []
  /// Texts that are no requests: bad lines, and lines half of which was written.
  private(set) var bad: [(text: String, end: Int)] = []
  /// What completes the last line.
  var rest = ""
  /// Bytes that were there when somebody looked, and ended up in the database.
  var seen = 0
  /// Whether it is open in the run at hand.
  var isHeld = false
  /// Whether its content is nowhere any more.
  var isGone = false
  /// Whether it was rotated before anybody followed its path.
  var isUnwanted = false
  /// What was written in its place.
  var successor: Generation?
  /// Whether nobody ever saw it, although it is gone.
  var isUnnoticed = false

  var hasHalf: Bool { !rest.isEmpty }

  /// Whether nobody can know that something of it is lost.
  var isSilent: Bool {
    guard let successor else { return isUnnoticed }
    let known = bytes[..<((bytes[..<min(seen, bytes.count)].lastIndex(of: 0x0A) ?? -1) + 1)]
    // Without a line that can be read, it is not known how many were.
    return !lines.contains { $0.end <= seen }
      || successor.bytes.starts(with: known)
  }

  /// Whether the line that ends there must be stored.
  func mustHave(_ end: Int) -> Bool { !isUnwanted && (!isGone || end <= seen) }
  /// Up to where its lines are whole.
  var wholeEnd: Int { (bytes.lastIndex(of: 0x0A) ?? -1) + 1 }

  func header(_ text: String) { bytes += Array((text + "\n").utf8) }

  func line(_ text: String, isBad: Bool = false) {
    bytes += Array((text + "\n").utf8)
    if isBad { bad.append((text, bytes.count)) } else { lines.append((text, bytes.count)) }
  }

  func half(_ text: String, cut: Int) {
    bytes += Array(text.utf8.prefix(cut))
    rest = String(decoding: Array(text.utf8.dropFirst(cut)), as: UTF8.self)
    halfStart = String(text.prefix(cut))
  }

  private(set) var halfStart = ""

  /// Text of the line that is completed.
  func complete() {
    let text = halfStart + rest
    bytes += Array((rest + "\n").utf8)
    lines.append((text, bytes.count))
    rest = ""
  }
}

/// How lines are written.
enum LineStyle: CaseIterable {
  case json
  case jsonWithID
  case csv
  case csvWithID
  case combined

  var header: String? {
    switch self {
    case .csv: "timestamp,method,path,status"
    case .csvWithID: "timestamp,method,path,status,request_id"
    default: nil
    }
  }

  var hasID: Bool { self == .jsonWithID || self == .csvWithID }

  func line(_ number: Int) -> String {
    let (minute, second) = (number / 60 % 60, number % 60)
    let clock = String(format: "%02d:%02d:%02d", number / 3_600 % 24, minute, second)
    let path = "/contacts/L\(number)"
    return switch self {
    case .json:
      #"{"timestamp":"2026-11-01T\#(clock)Z","method":"GET","path":"\#(path)","status":200}"#
    case .jsonWithID:
      #"{"timestamp":"2026-11-01T\#(clock)Z","method":"GET","path":"\#(path)","request_id":"r\#(number)"}"#
    case .csv: "2026-11-01T\(clock)Z,GET,\(path),200"
    case .csvWithID: "2026-11-01T\(clock)Z,GET,\(path),200,r\(number)"
    case .combined:
      #"10.0.0.7 - - [01/Nov/2026:\#(clock) +0000] "GET \#(path) HTTP/1.1" 200 17 "-" "t/1""#
    }
  }

  /// The path's last name, which tells lines apart in the database.
  static func name(of line: String) -> String {
    let digits = line.split(separator: "/contacts/L", maxSplits: 1).last?.prefix { $0.isNumber }
    return "L\(digits ?? "")"
  }
}
