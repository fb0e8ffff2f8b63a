import CreditCore
import RequestLogs
import UsageStore

/// Gives organisations numbers, so that a request is told apart by a few bytes.
struct OrganisationTable {
  struct Organisation {
    var number: Int32
    var name: String
    /// Under which the ids of its requests are hashed.
    var scope: UInt64
  }

  private let hash: IdentityHash
  private let fallback: String?
  private var known: [UInt64: Organisation] = [:]
  private var last: (bytes: [UInt8], organisation: Organisation)?

  init(_ hash: IdentityHash, fallback: String?) {
    self.hash = hash
    self.fallback = fallback
  }

  /// - Parameter bytes: absent where the log names none.
  @inline(__always)
  mutating func find(_ bytes: Bytes) throws(LogFault) -> Organisation {
    if let last, last.bytes.withUnsafeBufferPointer({ $0.equals(bytes) }) {
      return last.organisation
    }
    return try look(bytes)
  }

  private mutating func look(_ bytes: Bytes) throws(LogFault) -> Organisation {
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
    let organisation =
      known[scope] ?? Organisation(number: Int32(known.count), name: name, scope: scope)
    known[scope] = organisation
    last = (Array(bytes), organisation)
    return organisation
  }
}

/// Gives sets of tags numbers; a set is looked at once, not with every request.
struct TagTable {
  struct TagSet {
    var number: Int32
    /// A JSON object, sorted by name.
    var text: String
    /// Texts in it that looked like keys.
    var secrets: Int
  }

  /// Sets held in memory; more than that are numbered anew.
  private static let memoryLimit = 20_000

  private let hash: IdentityHash
  private let added: [(name: String, value: String)]
  private var known: [UInt64: TagSet] = [:]
  private var numbers: [String: Int32] = [:]
  private let secrets = SecretFilter()

  init(_ hash: IdentityHash, added: [(name: String, value: String)]) {
    self.hash = hash
    self.added = added
  }

  /// - Parameter tags: a checked JSON object of texts, or absent.
  @inline(__always)
  mutating func find(_ tags: Bytes) throws -> TagSet {
    let key = hash(.text, tags)
    if let set = known[key] { return set }
    return look(tags, key)
  }

  private mutating func look(_ tags: Bytes, _ key: UInt64) -> TagSet {
    if known.count >= Self.memoryLimit { known.removeAll() }
    var values: [String: String] = [:]
    for (name, value) in LogTags.pairs(tags) + added { values[name] = value }
    var count = 0
    let parts = values.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { name, value in
        let cleanName = secrets.replaced(Array(name.utf8))
        let clean = secrets.replaced(Array(value.utf8))
        count += clean.count + cleanName.count
        return LogTags.quoted(cleanName.text) + ":" + LogTags.quoted(clean.text)
      }
    let text = "{" + parts.joined(separator: ",") + "}"
    let number = numbers[text] ?? Int32(truncatingIfNeeded: numbers.count)
    numbers[text] = number
    let set = TagSet(number: number, text: text, secrets: count)
    known[key] = set
    return set
  }
}

/// Finds the number of a series by plain numbers, without building its texts.
struct SeriesCache {
  struct Key: Hashable {
    var org: Int32
    var route: UInt64
    var method: UInt64
    /// -1 for one that no pattern matches.
    var operation: Int
    var status: Int?
    var replayed: Bool
    var basis: Basis
    var tags: Int32
    var rater: Int

    func hash(into hasher: inout Hasher) {
      var mixed = route ^ (method &* 0x9E37_79B9_7F4A_7C15)
      mixed ^= UInt64(truncatingIfNeeded: Int(tags) << 20 ^ Int(org) << 44 ^ (status ?? 0))
      hasher.combine(mixed)
    }
  }

  private static let memoryLimit = 50_000
  private var numbers: [Key: Int32] = [:]

  /// A method in any letter case, as a number.
  @inline(__always)
  static func method(_ bytes: Bytes) -> UInt64 {
    var value: UInt64 = 0
    for byte in bytes { value = value << 8 | value >> 56 ^ UInt64(byte & ~0x20) }
    return value
  }

  @inline(__always)
  mutating func number(_ key: Key, _ make: () throws -> Int32) throws -> Int32 {
    if let number = numbers[key] { return number }
    if numbers.count >= Self.memoryLimit { numbers.removeAll() }
    let number = try make()
    numbers[key] = number
    return number
  }
}

/// Counts equal lines of a file, so that two of them stay two requests.
///
/// Equal lines have equal times: counts are kept for the times seen last, in flat memory.
struct LineOrdinals {
  private static let memoryLimit = 500_000

  private var recent: [UInt64: Int32] = [:]
  private var older: [UInt64: Int32] = [:]

  /// How many equal lines came before this one.
  mutating func next(_ line: UInt64, at time: Instant) -> Int {
    let ordinal = recent[line] ?? older[line] ?? 0
    recent[line] = ordinal + 1
    if recent.count >= Self.memoryLimit {
      older = recent
      recent = [:]
    }
    return Int(ordinal)
  }

  mutating func removeAll() {
    recent.removeAll(keepingCapacity: recent.count < 10_000)
    older.removeAll()
  }
}
