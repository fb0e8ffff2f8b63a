import CreditCore

/// The numbers of the texts that were seen last: a short way past a table that is asked for the
/// same few texts again and again.
final class RecentNumbers {
  private struct Entry {
    var text = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
    /// Below zero where there is none.
    var number: Int32 = -1
  }

  private static let size = 128

  private let entries: UnsafeMutablePointer<Entry>

  init() {
    entries = .allocate(capacity: Self.size)
    entries.initialize(repeating: Entry(), count: Self.size)
  }

  deinit {
    removeAll()
    entries.deallocate()
  }

  /// The number of a text, from 0 on, or nil; an absent text is as good as an empty one.
  ///
  /// One that is set takes the place of another's.
  @inline(__always)
  subscript(text: Bytes) -> Int? {
    get {
      let entry = entries + Self.place(of: text)
      guard entry.pointee.number >= 0, Bytes(entry.pointee.text).equals(text) else { return nil }
      return Int(entry.pointee.number)
    }
    set {
      let entry = entries + Self.place(of: text)
      entry.pointee.text.deallocate()
      entry.pointee.text = .allocate(capacity: text.count)
      _ = entry.pointee.text.initialize(fromContentsOf: text)
      entry.pointee.number = newValue.map { Int32(truncatingIfNeeded: $0) } ?? -1
    }
  }

  func removeAll() {
    for place in 0..<Self.size {
      entries[place].text.deallocate()
      entries[place] = Entry()
    }
  }

  /// By its length, and the words at its ends and in its middle.
  @inline(__always)
  private static func place(of text: Bytes) -> Int {
    let last = max(text.count - 8, 0)
    var hash = UInt64(truncatingIfNeeded: text.count) ^ text.word(at: 0)
    hash = (hash &* 0x9E37_79B9_7F4A_7C15) ^ text.word(at: last / 2)
    hash = (hash &* 0x9E37_79B9_7F4A_7C15) ^ text.word(at: last)
    return Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) &>> 57)
  }
}
