/// Names that rotation gives: `access.log.1`, `access.log-20261124.gz`, `access-2026-11-24.log`.
enum RotatedName {
  private static let packings = [".gz", ".zst", ".zstd", ".bz2", ".xz"]
  private static let words: Set<String> = ["old", "bak", "prev", "save", "orig"]
  private static let separators: Set<Character> = [".", "-", "_"]

  /// The names that a file may have had before it was rotated.
  static func bases(of name: String) -> [String] {
    var bases: [String] = []
    var plain = name[...]
    if let packing = packings.first(where: { name.hasSuffix($0) }), name.count > packing.count {
      plain = plain.dropLast(packing.count)
      bases.append(String(plain))
    }
    bases += unmarked(plain)
    if let dot = plain.lastIndex(of: "."), plain[dot...].dropFirst().allSatisfy(\.isLetter) {
      bases += unmarked(plain[..<dot]).map { $0 + plain[dot...] }
    }
    return bases
  }

  /// What stands before a number or a date at the end.
  private static func unmarked(_ name: Substring) -> [String] {
    name.indices.dropFirst().filter { separators.contains(name[$0]) }
      .filter { isMark(name[name.index(after: $0)...]) }
      .map { String(name[..<$0]) }
  }

  private static func isMark(_ text: Substring) -> Bool {
    if words.contains(String(text)) { return true }
    guard let first = text.first, first.isASCII, first.isNumber else { return false }
    return text.allSatisfy { $0.isASCII && ($0.isNumber || "-_.:TZ+".contains($0)) }
  }

  /// Whether the first of two files that were written last at the same time is the older one.
  static func isOlder(_ name: String, _ other: String) -> Bool {
    (name.utf8.count, name) > (other.utf8.count, other)
  }
}
