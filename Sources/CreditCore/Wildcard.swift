/// A text in which `*` stands for any characters, compared by bytes: `voice.*`.
public struct Wildcard: Sendable {
  private let bytes: [UInt8]

  public init(_ pattern: String) { bytes = Array(pattern.utf8) }

  public func matches(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { matches($0) }
  }

  func matches(_ text: Bytes) -> Bool {
    // Greedy, with one place to return to: the last star.
    var (place, index) = (0, 0)
    var retry: (place: Int, index: Int)?
    while index < text.count {
      if place < bytes.count, bytes[place] == UInt8(ascii: "*") {
        retry = (place + 1, index)
        place += 1
      } else if place < bytes.count, bytes[place] == text[index] {
        place += 1
        index += 1
      } else if let last = retry {
        retry = (last.place, last.index + 1)
        (place, index) = (last.place, last.index + 1)
      } else {
        return false
      }
    }
    return bytes[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
