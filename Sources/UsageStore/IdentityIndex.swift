import CreditCore
import GRDBSQLite

/// Finds the requests of a day, and of the days beside it, by their identity.
///
/// Works as a log-structured tree: every commit adds a run of identities sorted by hash, small
/// runs are merged into larger ones, and filters in memory say of nearly every new request that
/// no run has it. Memory stays below a limit: days that are not in use are forgotten and read
/// again when they are needed.
final class IdentityIndex {
  /// How far apart two times of one request may lie.
  static let windowSeconds = 86_400
  private static let secondsOfDay = 86_400
  /// Filters and entries of all days together.
  private static let memoryLimit = 8 << 20
  private static let daysInMemory = 64

  private final class Day {
    let number: Int
    var runs: [IdentityRuns.Run]
    /// Of what is in runs.
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

    /// Makes room for so many more in the last filter.
    func reserve(_ count: Int) {
      if let last = filters.last, last.capacity - last.count >= count { return }
      filters.append(
        IdentityFilter(capacity: max(count * 2, (filters.last?.capacity ?? 0) * 2, 64))
      )
    }

    @inline(__always)
    func insert(_ entry: IdentityEntry) { filters[filters.count - 1].insert(entry.word) }

    var byteCount: Int { filters.reduce(added.pointee.byteCount) { $0 + $1.byteCount } }
  }

  /// What a request at the day at hand is looked for in; requests come in order of time.
  private struct Window {
    var day = Int.min
    /// That day, and those before and after it.
    var days: [Day] = []
    var added: UnsafeMutablePointer<IdentityTable>?
    var addedBefore: UnsafeMutablePointer<IdentityTable>?
    var addedAfter: UnsafeMutablePointer<IdentityTable>?
    /// Of all three.
    var filters: ContiguousArray<IdentityFilter> = []
  }

  private let storage: IdentityRuns
  private var days: [Int: Day] = [:]
  private var clock = 0
  private var window = Window()
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
    if window.added?.pointee.contains(identity) == true { return true }
    if window.addedBefore?.pointee.contains(identity) == true { return true }
    if window.addedAfter?.pointee.contains(identity) == true { return true }
    return window.filters.withUnsafeBufferPointer { filters in
      for filter in filters where filter.mayContain(identity) { return true }
      return false
    }
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
      day.added.pointee.forEach(of: identity, take)
      if !day.filters.contains(where: { $0.mayContain(identity) }) { continue }
      for run in day.runs { try storage.forEach(near: identity, in: run, take) }
    }
    return found
  }

  @inline(__always)
  func insert(_ identity: UInt64, at second: Int) throws(EnvironmentFault) {
    try turn(to: second)
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

  /// Has the filters and entries of the days at hand where they are looked for.
  private func look() {
    if window.days.isEmpty { return }
    window.added = window.days[0].added
    window.addedBefore = window.days[1].added
    window.addedAfter = window.days[2].added
    window.filters.removeAll(keepingCapacity: true)
    for day in window.days { window.filters += day.filters }
  }

  private func day(_ number: Int) throws(EnvironmentFault) -> Day {
    if let day = days[number] { return day }
    let day = Day(number, try storage.runs(of: number), spareTable ?? IdentityTable())
    spareTable = nil
    day.reserve(day.runs.reduce(0) { $0 + $1.entries })
    for run in day.runs { try storage.forEach(in: run) { day.insert($0) } }
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
    look()
  }

  private func store(_ day: Day) throws(EnvironmentFault) {
    let count = day.added.pointee.count
    if count == 0 { return }
    day.runs = try storage.add(day.added.pointee.sorted(), to: day.number, beside: day.runs)
    day.reserve(count)
    day.added.pointee.visit { day.insert($0) }
    day.added.pointee.clear()
    if window.days.contains(where: { $0 === day }) { return }
    spareTable?.deallocate()
    spareTable = day.added.pointee
    day.added.pointee = IdentityTable()
  }
}
