import CreditCore
import GRDBSQLite

/// Finds the requests of a day, and of the days beside it, by their identity.
///
/// Works as a log-structured tree: every commit adds a run of identities sorted by hash, small
/// runs are merged into larger ones, and filters in memory, which stay in the processor's own, say
/// of nearly every new request that it was not seen. Memory stays below a limit: days that are not
/// in use are forgotten and read again when they are needed.
final class IdentityIndex {
  /// How far apart two times of one request may lie.
  static let windowSeconds = 86_400
  private static let secondsOfDay = 86_400
  /// Filters and entries of all days together.
  private static let memoryLimit = 8 << 20
  private static let daysInMemory = 64
  /// Of the first filter of the first day.
  private static let leastCapacity = 4_096

  private final class Day {
    let number: Int
    var runs: [IdentityRuns.Run]
    /// Of all that was seen.
    var filters: [IdentityFilter] = []
    /// What no run has yet, at an address that stays.
    let added: UnsafeMutablePointer<IdentityTable>
    var lastUse = 0

    init(_ number: Int, _ runs: [IdentityRuns.Run], _ table: IdentityTable) {
      self.number = number
      self.runs = runs
      added = .allocate(capacity: 1)
      added.initialize(to: table)
    }

    deinit {
      for filter in filters { filter.deallocate() }
      added.pointee.deallocate()
      added.deallocate()
    }

    /// The filter that takes so many more; `usual`: how many a day has.
    func filter(for count: Int, usual: Int) -> IdentityFilter {
      if let last = filters.last, last.room >= count { return last }
      let filter = IdentityFilter(capacity: max(count, (filters.last?.capacity ?? 0) * 2, usual))
      filters.append(filter)
      return filter
    }

    /// How many identities were seen.
    var count: Int { filters.reduce(0) { $0 + $1.capacity - $1.room } }

    var byteCount: Int { filters.reduce(added.pointee.byteCount) { $0 + $1.byteCount } }
  }

  /// What a request at the day at hand is looked for in; requests come in order of time.
  private struct Window {
    var day = Int.min
    /// That day, and those before and after it.
    var days: [Day] = []
    /// Where that day takes more.
    var added: UnsafeMutablePointer<IdentityTable>?
    var filter: IdentityFilter?
    /// Of all three days.
    var filters: ContiguousArray<IdentityFilter> = []
  }

  private let storage: IdentityRuns
  private var days: [Int: Day] = [:]
  private var clock = 0
  private var window = Window()
  /// Of what was read ahead: nothing is, where nobody keeps it.
  private var touched: UInt64 = 0
  /// An empty table that grew as large as a day needs: the next day will need one.
  private var spareTable: IdentityTable?

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    storage = try IdentityRuns(connection)
  }

  deinit { spareTable?.deallocate() }

  /// Whether a request with this identity may have been seen within a day of `second`.
  @inline(__always)
  func mayHave(_ identity: UInt64, around second: Int) throws(EnvironmentFault) -> Bool {
    try turn(to: second)
    return window.filters.withUnsafeBufferPointer { filters in
      for filter in filters where filter.mayContain(identity) { return true }
      return false
    }
  }

  /// Reads where an identity will be looked up and inserted if it is of the day at hand.
  ///
  /// Asked for one after another before all else, many wait for their memory at once.
  @inline(__always)
  func touch(_ identity: UInt64) {
    var read = window.added?.pointee.touch(identity) ?? 0
    window.filters.withUnsafeBufferPointer { filters in
      for filter in filters { read ^= filter.touch(identity) }
    }
    touched ^= read
  }

  /// The times of requests with this identity within a day of `second`.
  ///
  /// 47 bits of the hashes are compared, so the caller looks at the request itself.
  func seconds(of identity: UInt64, around second: Int) throws(EnvironmentFault) -> [Int] {
    guard try mayHave(identity, around: second) else { return [] }
    var found: [Int] = []
    for day in window.days {
      let start = day.number * Self.secondsOfDay
      let take: (IdentityEntry) -> Void = { entry in
        let other = start + entry.secondOfDay
        if entry.isOf(identity), abs(other - second) <= Self.windowSeconds { found.append(other) }
      }
      if !day.filters.contains(where: { $0.mayContain(identity) }) { continue }
      day.added.pointee.forEach(of: identity, take)
      for run in day.runs { try storage.forEach(near: identity, in: run, take) }
    }
    return found
  }

  @inline(__always)
  func insert(_ identity: UInt64, at second: Int) throws(EnvironmentFault) {
    try turn(to: second)
    if window.filter.map({ $0.room == 0 }) ?? true { makeRoom() }
    window.filter?.insert(identity)
    window.added?.pointee.insert(
      IdentityEntry(identity, secondOfDay: second - window.day * Self.secondsOfDay)
    )
  }

  // MARK: Keys that are compared by nothing else

  /// Whether a key was added within a day of `second`: all its 64 bits are compared.
  func hasKey(_ key: UInt64, around second: Int) throws(EnvironmentFault) -> Bool {
    let seconds = try seconds(of: key, around: second)
    if seconds.isEmpty { return false }
    return try self.seconds(of: Self.turned(key), around: second).contains { seconds.contains($0) }
  }

  func insertKey(_ key: UInt64, at second: Int) throws(EnvironmentFault) {
    try insert(key, at: second)
    try insert(Self.turned(key), at: second)
  }

  /// The bits that an entry has no room for come first.
  private static func turned(_ key: UInt64) -> UInt64 { key << 32 | key >> 32 }

  // MARK: Days

  @inline(__always)
  private func turn(to second: Int) throws(EnvironmentFault) {
    let place = second - window.day &* Self.secondsOfDay
    if window.days.isEmpty || place < 0 || place >= Self.secondsOfDay {
      try load(second / Self.secondsOfDay)
    }
  }

  private func load(_ number: Int) throws(EnvironmentFault) {
    clock += 1
    window.day = number
    window.days = [try day(number), try day(number - 1), try day(number + 1)]
    for day in window.days { day.lastUse = clock }
    look()
    try forget()
  }

  /// Has the filters of the days at hand where they are looked at.
  private func look() {
    window.added = window.days.first?.added
    window.filter = window.days.first?.filters.last
    window.filters.removeAll(keepingCapacity: true)
    for day in window.days { window.filters += day.filters }
  }

  /// Gives the day at hand a filter that has room.
  private func makeRoom() {
    _ = window.days.first?.filter(for: 1, usual: usualCapacity)
    look()
  }

  /// What the fullest of the days in memory had, and a little more.
  private var usualCapacity: Int {
    let most = days.values.reduce(0) { max($0, $1.count) }
    return max(most + most / 8, Self.leastCapacity)
  }

  private func day(_ number: Int) throws(EnvironmentFault) -> Day {
    if let day = days[number] { return day }
    let day = Day(number, try storage.runs(of: number), spareTable ?? IdentityTable())
    spareTable = nil
    let count = day.runs.reduce(0) { $0 + $1.entries }
    if count > 0 {
      let filter = day.filter(for: count, usual: count + count / 8)
      for run in day.runs { try storage.forEach(in: run) { filter.insert($0.word) } }
    }
    days[number] = day
    return day
  }

  /// Forgets the days that were not used for longest, so that memory is left for others.
  private func forget() throws(EnvironmentFault) {
    var bytes = days.values.reduce(0) { $0 + $1.byteCount }
    if bytes <= Self.memoryLimit, days.count <= Self.daysInMemory { return }
    for day in days.values.sorted(by: { $0.lastUse < $1.lastUse }) where day.lastUse < clock {
      if bytes <= Self.memoryLimit / 2, days.count <= Self.daysInMemory / 2 { break }
      bytes -= day.byteCount
      try store(day)
      days[day.number] = nil
    }
  }

  /// Stores what was added, as part of the transaction at hand.
  func store() throws(EnvironmentFault) {
    for (_, day) in days.sorted(by: { $0.key < $1.key }) { try store(day) }
  }

  private func store(_ day: Day) throws(EnvironmentFault) {
    if day.added.pointee.count == 0 { return }
    day.runs = try storage.add(day.added.pointee.sorted(), to: day.number, beside: day.runs)
    day.added.pointee.clear()
    if window.days.contains(where: { $0 === day }) { return }
    spareTable?.deallocate()
    spareTable = day.added.pointee
    day.added.pointee = IdentityTable()
  }
}
