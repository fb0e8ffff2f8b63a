import CreditCore
import RequestLogs
import UsageStore

/// Gives organisations numbers, so that a request is told apart by a few bytes.
struct OrganisationTable {
  private let hash: IdentityHash
  private let fallback: String?
  private var numbers = NumberMap()
  private let recent = RecentNumbers()
  private(set) var names: [String] = []
  /// Under which the ids of an organisation's requests are hashed, by its number.
  private(set) var scopes: [UInt64] = []

  init(_ hash: IdentityHash, fallback: String?) {
    self.hash = hash
    self.fallback = fallback
  }

  /// The number of an organisation; of that of requests that name none, where `bytes` is absent.
  @inline(__always)
  mutating func number(of bytes: Bytes) throws(LogFault) -> Int {
    if let number = recent[bytes] { return number }
    let number: Int
    if let known = numbers[hash(.text, bytes)] {
      number = Int(known)
    } else {
      number = try look(bytes)
    }
    recent[bytes] = number
    return number
  }

  private mutating func look(_ bytes: Bytes) throws(LogFault) -> Int {
    let name = bytes.isAbsent ? fallback ?? "" : bytes.text
    if let fallback, !bytes.isAbsent, name != fallback {
      throw LogFault(
        .orgConflict,
        at: 0,
        "the request is of organisation \"\(name)\"",
        expected: "only requests of \"\(fallback)\""
      )
    }
    let scope = Array(name.utf8).withUnsafeBufferPointer { hash(.text, $0) }
    let number = scopes.firstIndex(of: scope) ?? names.count
    if number == names.count {
      names.append(name)
      scopes.append(scope)
    }
    numbers.insert(hash(.text, bytes), Int32(truncatingIfNeeded: number))
    return number
  }
}

/// Gives sets of tags numbers; a set is looked at once, not with every request.
struct TagTable {
  /// Sets held in memory; past that all are forgotten.
  private static let memoryLimit = 20_000

  private let hash: IdentityHash
  private let added: [(name: String, value: String)]
  private var numbers = NumberMap()
  private let recent = RecentNumbers()
  /// JSON objects, sorted by name, by number.
  private(set) var texts: [String] = []
  /// Hashes of the texts, by number.
  private(set) var hashes: [UInt64] = []
  /// Texts that looked like keys, by number.
  private(set) var secretCounts: [Int] = []
  private let secrets = SecretFilter()

  init(_ hash: IdentityHash, added: [(name: String, value: String)]) {
    self.hash = hash
    self.added = added
  }

  /// The number of a checked JSON object of texts, or of none.
  @inline(__always)
  mutating func number(of tags: Bytes) -> Int {
    if let number = recent[tags] { return number }
    let key = hash(.text, tags)
    let number = numbers[key].map { Int($0) } ?? look(tags, key)
    recent[tags] = number
    return number
  }

  private mutating func look(_ tags: Bytes, _ key: UInt64) -> Int {
    if texts.count >= Self.memoryLimit {
      numbers.removeAll()
      recent.removeAll()
      texts.removeAll()
      hashes.removeAll()
      secretCounts.removeAll()
    }
    var values: [String: String] = [:]
    for (name, value) in LogTags.pairs(tags) + added { values[name] = value }
    var count = 0
    let parts = values.sorted { $0.key.isSpelled(before: $1.key) }
      .map { name, value in
        let cleanName = secrets.replaced(name)
        let cleanValue = secrets.replaced(value)
        count += cleanName.count + cleanValue.count
        return LogTags.quoted(cleanName.text) + ":" + LogTags.quoted(cleanValue.text)
      }
    let text = "{" + parts.joined(separator: ",") + "}"
    texts.append(text)
    hashes.append(Array(text.utf8).withUnsafeBufferPointer { hash(.text, $0) })
    secretCounts.append(count)
    numbers.insert(key, Int32(truncatingIfNeeded: texts.count - 1))
    return texts.count - 1
  }
}

/// Counts equal lines of a file, so that two of them stay two requests.
///
/// Counts are kept for the lines seen last, half a million at least, in flat memory.
struct LineOrdinals {
  private static let memoryLimit = 500_000

  private var recent = NumberMap()
  private var older = NumberMap()

  /// How many equal lines came before this one.
  mutating func next(_ line: UInt64) -> Int {
    let first = older.count == 0 || recent[line] != nil ? 0 : older[line] ?? 0
    let ordinal = recent.raise(line, first: first)
    if recent.count >= Self.memoryLimit {
      self.older = recent
      recent.removeAll()
    }
    return Int(ordinal)
  }

  mutating func removeAll() {
    if recent.count > 0 { recent.removeAll() }
    if older.count > 0 { older.removeAll() }
  }
}
