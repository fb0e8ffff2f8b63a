import CreditCore
import HTTPTypes

/// What a browser sends by a form, either way that browsers do.
struct Form {
  private var fields: [(name: String, value: String)] = []

  static let types = ["application/x-www-form-urlencoded", "multipart/form-data"]

  /// Throws ``Fault`` for anything else.
  init(_ call: Call) throws(Fault) {
    guard let header = call.headers[.contentType] else { return }
    if call.contentType == Self.types[0] {
      try readPairs(call.body)
    } else {
      guard let boundary = Self.boundary(in: header) else {
        throw .badRequest("the form has no boundary")
      }
      try readParts(call.body, boundary: boundary)
    }
  }

  /// What was typed, its ends of lines as in a file; empty where the field is not there.
  subscript(name: String) -> String {
    let value = fields.first { $0.name == name }?.value ?? ""
    return value.contains("\r\n")
      ? value.split(separator: "\r\n", omittingEmptySubsequences: false)
        .joined(separator: "\n") : value
  }

  private mutating func readPairs(_ body: [UInt8]) throws(Fault) {
    guard let text = String(validating: body, as: UTF8.self) else {
      throw .badRequest("the form is not UTF-8")
    }
    for pair in Substring(text).utf8.split(separator: UInt8(ascii: "&")) {
      let parts = pair.split(
        separator: UInt8(ascii: "="),
        maxSplits: 1,
        omittingEmptySubsequences: false
      )
      guard let name = percentDecoded(parts[0]),
        let value = percentDecoded(parts.count > 1 ? parts[1] : "".utf8[...])
      else { throw .badRequest("the form is not percent-encoded UTF-8") }
      fields.append((name, value))
    }
  }

  /// RFC 7578.
  private mutating func readParts(_ body: [UInt8], boundary: String) throws(Fault) {
    let mark = Array("--\(boundary)".utf8)
    let blank = Array("\r\n\r\n".utf8)
    var rest = body[...]
    guard let first = rest.firstRange(of: mark) else {
      throw .badRequest("the form has no part")
    }
    rest = rest[first.upperBound...]
    while !rest.starts(with: [0x2D, 0x2D]) {
      guard let head = rest.firstRange(of: blank),
        let end = rest[head.upperBound...].firstRange(of: Array("\r\n".utf8) + mark)
      else { throw .badRequest("a part of the form has no end") }
      let header = String(decoding: rest[..<head.lowerBound], as: UTF8.self)
      guard let value = String(validating: rest[head.upperBound..<end.lowerBound], as: UTF8.self)
      else { throw .badRequest("the form is not UTF-8") }
      if let name = Self.name(in: header) { fields.append((name, value)) }
      rest = rest[end.upperBound...]
    }
  }

  private static func boundary(in header: String) -> String? {
    for part in header.split(separator: ";").dropFirst() {
      let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].lowercased() == "boundary" else { continue }
      let text = pair[1].filter { $0 != "\"" }
      return (1...70).contains(text.utf8.count) ? String(text) : nil
    }
    return nil
  }

  private static func name(in header: String) -> String? {
    guard let start = header.firstRange(of: "; name=\"")?.upperBound,
      let end = header[start...].firstIndex(of: "\"")
    else { return nil }
    return String(header[start..<end])
  }
}
