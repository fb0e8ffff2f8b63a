import CreditCore
import Synchronization

/// What was read of days, for questions about much the same days that come again and again: only
/// what was changed since is read anew.
///
/// It serves one ``UsageStore``.
public final class DayMemory: Sendable {
  private let turn = Mutex(())
  // Only within a turn.
  nonisolated(unsafe) private let sums = DaySums()

  public init() {}

  func using<Result: Sendable>(_ body: (DaySums) throws -> Result) rethrows -> Result {
    try turn.withLock { _ in try body(sums) }
  }
}

/// Sums by series of days, and of their beginnings up to where they were cut.
final class DaySums {
  struct Row {
    let series: Int
    var sums = SeriesAmounts()
  }

  private struct Beginning {
    /// In microseconds since 1970; not part of it.
    var end: Int64
    var rows: [Row]
  }

  private struct Day {
    /// Commits that were counted before it was read.
    let changes: Int
    let whole: [Row]
    /// The one that was asked for last comes last.
    var beginnings: [Beginning] = []
    var lastUse: Int

    var rowCount: Int { beginnings.reduce(whole.count) { $0 + $1.rows.count } }
  }

  /// Rows of all days together, some 20 MB.
  private static let limit = 600_000
  /// Beginnings of a day: midnights of a zone stay, and times of day come and go.
  private static let beginningLimit = 4

  private var days: [Int64: Day] = [:]
  private var rowCount = 0
  /// Of the question at hand: commits that were counted before it, and its number.
  private var changes = 0
  private var clock = 0
  private(set) var series = PeriodSeries(by: .operation)
  private var families = FamilyDays()

  /// Starts a question: takes in new series, and forgets what was changed.
  ///
  /// `changes`: how many commits were counted before the connection's transaction began, so that
  /// whatever is read is known to have these.
  func begin(
    _ connection: OpaquePointer,
    _ changes: Int,
    _ dayChanges: DayChanges
  ) throws(EnvironmentFault) {
    (self.changes, clock) = (changes, clock + 1)
    for (number, day) in days
    where dayChanges.haveChanged(number...number, since: day.changes) {
      days[number] = nil
    }
    families.forget(dayChanges)
    forgetOldest()
    try series.readOn(connection)
  }

  /// What families add up to on each day of a query; `read` reads of it what is not known.
  func familyDays(
    _ query: PeriodQuery,
    _ read: (PeriodQuery) throws -> [FamilySums]
  ) rethrows -> [FamilySums] {
    try families.answer(query, changes, read)
  }

  /// Leaves room for what is read next.
  private func forgetOldest() {
    rowCount = days.values.reduce(0) { $0 + $1.rowCount }
    if rowCount < Self.limit { return }
    for (number, day) in days.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
      if rowCount < Self.limit / 2 { return }
      rowCount -= day.rowCount
      days[number] = nil
    }
  }

  /// What a day since 1970 adds up to.
  func whole(_ number: Int64, _ connection: OpaquePointer) throws -> [Row] {
    if let day = days[number] {
      days[number]?.lastUse = clock
      return day.whole
    }
    var rows: [Row] = []
    try DailyWalk(connection).forEachBlock(number...number) { block in
      for index in 0..<block.count {
        rows.append(Row(series: block.series(index), sums: block.sums(index)))
      }
    }
    if rowCount + rows.count <= Self.limit {
      days[number] = Day(changes: changes, whole: rows, lastUse: clock)
      rowCount += rows.count
    }
    return rows
  }

  /// What a day adds up to before an instant, in microseconds since 1970.
  ///
  /// It costs by the requests between that and the nearest instant up to which it is known.
  func beginning(
    of number: Int64,
    until end: Int64,
    _ connection: OpaquePointer,
    _ requests: StoredRequests
  ) throws -> [Row] {
    let start = number * PartedSpan.dayLength
    if end <= start { return [] }
    let whole = try whole(number, connection)
    if end >= start + PartedSpan.dayLength { return whole }
    var known = days[number]?.beginnings ?? []
    if let place = known.firstIndex(where: { $0.end == end }) {
      let found = known.remove(at: place)
      days[number]?.beginnings = known + [found]
      return found.rows
    }
    let ends = [
      Beginning(end: start, rows: []), Beginning(end: start + PartedSpan.dayLength, rows: whole),
    ]
    let nearest = (ends + known).min { abs($0.end - end) < abs($1.end - end) }
    let rows = try Self.rows(of: nearest ?? ends[0], movedTo: end, requests)
    keep(Beginning(end: end, rows: rows), of: number)
    return rows
  }

  private func keep(_ beginning: Beginning, of number: Int64) {
    guard days[number] != nil, rowCount + beginning.rows.count <= Self.limit else { return }
    days[number]?.beginnings.append(beginning)
    rowCount += beginning.rows.count
    guard let known = days[number]?.beginnings, known.count > Self.beginningLimit else { return }
    days[number]?.beginnings.removeFirst()
    rowCount -= known[0].rows.count
  }

  private static func rows(
    of known: Beginning,
    movedTo end: Int64,
    _ requests: StoredRequests
  ) throws -> [Row] {
    var sums = Dictionary(uniqueKeysWithValues: known.rows.map { ($0.series, $0) })
    let sign: Int64 = known.end < end ? 1 : -1
    try requests.forEach(from: min(known.end, end), to: max(known.end, end)) { row in
      let series = Int(seriesNumber(row.series))
      let amounts = Amounts(quantity: row.quantity, credits: row.credits)
      sums[series, default: Row(series: series)].sums += SeriesAmounts(amounts, requests: sign)
    }
    return sums.values.filter { !$0.sums.isEmpty }
  }
}
