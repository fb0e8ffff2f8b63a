import CreditCore
import GRDBSQLite

/// Finds the requests of a day, and of the days beside it, by their identity.
///
/// Works as a log-structured tree: every commit adds a run of identities sorted by hash, small
/// runs are merged into larger ones, and a filter in memory says of nearly every new request
/// that no run has it. Memory stays below a limit: days that are not in use are forgotten and
/// read again when they are needed.
final class IdentityIndex {
  struct Entry {
    var identity: UInt64
    /// Of the request, since 1970.
    var second: UInt32
  }

  /// How far apart two times of one request may lie.
  static let windowSeconds = 86_400
  /// The filters of all days together.
  private static let memoryLimit = 20 << 20
  private static let daysInMemory = 64

  private final class Day {
    var filters: [IdentityFilter] = []
    var runs: [IdentityRuns.Run] = []
    /// Added since the last commit.
    var added: [Entry] = []
    /// Places in `added`, of as many as were looked for; made when many are looked for.
    private var places: [UInt64: Int] = [:]
    private var placed = 0
    private var lookUps = 0
    var lastUse = 0

    @inline(__always)
    func mayContain(_ identity: UInt64) -> Bool {
      for filter in filters where filter.mayContain(identity) { return true }
      return false
    }

    @inline(__always)
    func insert(_ identity: UInt64) {
      if filters.isEmpty || filters[filters.count - 1].isFull { grow(for: 0) }
      filters[filters.count - 1].insert(identity)
    }

    /// The second at which an identity was added since the last commit.
    func addedSecond(of identity: UInt64) -> Int? {
      lookUps += 1
      if lookUps < 50 {
        return added.first { $0.identity == identity }.map { Int($0.second) }
      }
      for place in placed..<added.count { places[added[place].identity] = place }
      placed = added.count
      return places[identity].map { Int(added[$0].second) }
    }

    func forgetAdded() {
      added.removeAll(keepingCapacity: added.count < 100_000)
      if !places.isEmpty { places.removeAll(keepingCapacity: true) }
      placed = 0
      lookUps = 0
    }

    func grow(for count: Int) {
      let last = filters.last?.capacity ?? 0
      filters.append(IdentityFilter(capacity: max(count * 2, last * 4, 8_192)))
    }

    var byteCount: Int { filters.reduce(0) { $0 + $1.byteCount } }
  }

  private let storage: IdentityRuns
  private var days: [Int: Day] = [:]
  private var clock = 0
  /// The day at hand with its neighbours; requests come in order of time.
  private var current = (day: Int.min, before: Day(), at: Day(), after: Day())

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    storage = try IdentityRuns(connection)
  }

  /// The times of requests with this identity within a day of `second`.
  ///
  /// Hashes are compared, so the caller looks at the request itself.
  @inline(__always)
  func seconds(of identity: UInt64, around second: Int) throws(EnvironmentFault) -> [Int] {
    try turn(to: second)
    if !current.at.mayContain(identity), !current.before.mayContain(identity),
      !current.after.mayContain(identity)
    {
      return []
    }
    var found: [Int] = []
    for day in [current.at, current.before, current.after] where day.mayContain(identity) {
      if let second = day.addedSecond(of: identity) { found.append(second) }
      for run in day.runs {
        try storage.find(identity, in: run) { found.append(Int($0)) }
      }
    }
    return found.filter { abs($0 - second) <= Self.windowSeconds }
  }

  @inline(__always)
  func insert(_ identity: UInt64, at second: Int) throws(EnvironmentFault) {
    try turn(to: second)
    current.at.insert(identity)
    current.at.added.append(
      Entry(identity: identity, second: UInt32(truncatingIfNeeded: second))
    )
  }

  @inline(__always)
  private func turn(to second: Int) throws(EnvironmentFault) {
    let day = second / 86_400
    if day != current.day { try load(day) }
  }

  private func load(_ day: Int) throws(EnvironmentFault) {
    clock += 1
    let (before, at, after) = (try self.day(day - 1), try self.day(day), try self.day(day + 1))
    current = (day, before, at, after)
    for day in [before, at, after] { day.lastUse = clock }
    forget()
  }

  private func day(_ number: Int) throws(EnvironmentFault) -> Day {
    if let day = days[number] { return day }
    let day = Day()
    day.runs = try storage.runs(of: number)
    let count = day.runs.reduce(0) { $0 + $1.entries }
    if count > 0 { day.grow(for: count) }
    for run in day.runs {
      try storage.forEach(in: run) { day.insert($0.identity) }
    }
    days[number] = day
    return day
  }

  /// Forgets the days that were not used for longest, but for those that have something to store.
  private func forget() {
    var bytes = days.values.reduce(0) { $0 + $1.byteCount }
    while bytes > Self.memoryLimit || days.count > Self.daysInMemory {
      let oldest = days.filter { $0.value.lastUse < clock && $0.value.added.isEmpty }
        .min { $0.value.lastUse < $1.value.lastUse }
      guard let oldest else { return }
      bytes -= oldest.value.byteCount
      days[oldest.key] = nil
    }
  }

  /// Stores what was added, as part of the transaction at hand.
  func store() throws(EnvironmentFault) {
    for (number, day) in days.sorted(by: { $0.key < $1.key }) where !day.added.isEmpty {
      let sorted = day.added.sorted { $0.identity < $1.identity }
      day.runs = try storage.add(sorted, to: number, beside: day.runs)
      day.forgetAdded()
    }
  }
}
