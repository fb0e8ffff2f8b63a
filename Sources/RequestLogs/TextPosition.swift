import CreditCore

/// A place in a text, from 1 on: its physical line, and its column in Unicode scalars.
struct TextPosition: Equatable {
  /// Characters of a text that were left out where it is kept.
  struct Gap {
    /// Before which byte of what is kept.
    var offset: Int
    var characters: Int
  }

  var line = 1
  var column = 1
  /// Whether only space stands before it on its line.
  var isLineStart = true

  /// The place `text`, which starts here, ends at.
  func behind(_ text: Bytes, gaps: [Gap] = []) -> TextPosition {
    var place = self
    var lineStart = 0
    while let end = text.place(of: 0x0A, from: lineStart) {
      place.line += 1
      lineStart = end + 1
    }
    let rest = Bytes(rebasing: text[lineStart...])
    if place.line != line {
      place.column = 1
      place.isLineStart = true
    }
    place.column += rest.characterCount
    for gap in gaps where gap.offset > lineStart && gap.offset <= text.count {
      place.column += gap.characters
    }
    if place.isLineStart { place.isLineStart = rest.isBlank }
    return place
  }
}

extension UnsafeBufferPointer where Element == UInt8 {
  /// How many characters a text has, as it is shown: in UTF-8 every byte but the continuations
  /// starts one.
  var characterCount: Int {
    placeOfStray == nil ? characterStarts : text.unicodeScalars.count
  }

  /// The same of a part of a text, which may begin and end within a character.
  var characterStarts: Int {
    var count = 0
    for byte in self where byte & 0xC0 != 0x80 { count += 1 }
    return count
  }
}
