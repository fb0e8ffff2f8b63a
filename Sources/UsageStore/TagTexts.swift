import CreditCore

/// The tags of a series: a JSON object of texts, as it is stored.
enum TagTexts {
  /// Names and values in the order stored; nil for what is no such object.
  static func pairs(_ text: String) -> [(name: String, value: String)]? {
    var scanner = Scanner(bytes: Array(text.utf8))
    return scanner.object()
  }

  static func value(_ name: String, in text: String) -> String? {
    pairs(text)?.first { $0.name.isSpelled(like: name) }?.value
  }

  private struct Scanner {
    let bytes: [UInt8]
    var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func object() -> [(name: String, value: String)]? {
      guard skip("{") else { return nil }
      var pairs: [(name: String, value: String)] = []
      if skip("}") { return place == bytes.count ? pairs : nil }
      repeat {
        guard let name = string(), skip(":"), let value = string() else { return nil }
        pairs.append((name, value))
      } while skip(",")
      return skip("}") && place == bytes.count ? pairs : nil
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard place < bytes.count, bytes[place] == UInt8(ascii: character) else { return false }
      place += 1
      return true
    }

    private mutating func string() -> String? {
      guard skip("\"") else { return nil }
      var text: [UInt8] = []
      while place < bytes.count {
        let byte = bytes[place]
        place += 1
        switch byte {
        case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
        case UInt8(ascii: "\\"):
          guard let escaped = escape() else { return nil }
          text += Array(String(escaped).utf8)
        default: text.append(byte)
        }
      }
      return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
      guard place < bytes.count else { return nil }
      defer { place += 1 }
      switch bytes[place] {
      case UInt8(ascii: "n"): return "\n"
      case UInt8(ascii: "r"): return "\r"
      case UInt8(ascii: "t"): return "\t"
      case UInt8(ascii: "u"):
        guard place + 4 < bytes.count,
          let number = UInt32(
            String(decoding: bytes[(place + 1)...(place + 4)], as: UTF8.self),
            radix: 16
          )
        else { return nil }
        place += 4
        return Unicode.Scalar(number)
      default: return Unicode.Scalar(bytes[place])
      }
    }
  }
}
