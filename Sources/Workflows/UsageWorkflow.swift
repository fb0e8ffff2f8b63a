public import CreditCore
public import Reports
public import UsageStore

/// Shows stored usage.
public enum UsageWorkflow {
  /// What a person asks for.
  public struct Question: Sendable {
    public var filter = UsageFilter()
    public var since: Instant?
    public var until: Instant?
    public var by: [UsageKey] = []
    public var zone = Zone.utc
    public var sort: [Sort] = []
    /// Rows that are shown.
    public var limit: Int?
    /// The part of the rows that is shown, rather than the first ones.
    public var page: ListPage?

    public init() {}
  }

  /// A column that rows are sorted by.
  public struct Sort: Sendable {
    enum Column: Sendable {
      case key(UsageKey)
      case number(String)
    }

    let column: Column
    let isDescending: Bool

    /// Reads a grouping or a number's name, and perhaps `:asc` or `:desc`; numbers come largest
    /// first unless said otherwise.
    public init?(_ text: String) {
      var name = text
      var direction: Bool?
      for (ending, isDescending) in [(":asc", false), (":desc", true)] where name.hasSuffix(ending)
      {
        name.removeLast(ending.utf8.count)
        direction = isDescending
      }
      if UsageReport.numberNames.contains(name) {
        column = .number(name)
        isDescending = direction ?? true
      } else if let key = UsageKey(name) {
        column = .key(key)
        isDescending = direction ?? false
      } else {
        return nil
      }
    }

    /// Whether rows grouped so have the column.
    public func applies(to by: [UsageKey]) -> Bool {
      if case .key(let key) = column { by.contains(key) } else { true }
    }
  }

  public static func report(_ store: UsageStore, _ question: Question) throws -> UsageReport {
    var query = UsageQuery()
    query.filter = question.filter
    query.since = question.since
    query.until = question.until
    query.by = question.by.filter { !$0.isTime }
    let times = question.by.filter(\.isTime)
    let zone = question.zone
    if !times.isEmpty { query.cuts = { UsagePeriods.starts(of: times, in: zone, $0) } }
    let answer = try store.usage(query)
    var rows = answer.groups.map { group in
      var values = group.values.makeIterator()
      return UsageReport.Row(
        values: question.by.map { key in
          guard key.isTime else { return values.next() ?? .absent }
          return group.start.map { .text(UsagePeriods.name(of: key, at: $0, in: zone)) } ?? .absent
        },
        unit: group.unit,
        sums: group.sums
      )
    }
    rows.sort { precedes($0, $1, question) }
    var page = question.page
    if let asked = page {
      page?.total = rows.count
      rows = Array(rows.dropFirst(asked.offset).prefix(asked.limit))
    }
    var omitted: (rows: Int, sums: UsageSums)?
    if let limit = question.limit, rows.count > limit {
      var sums = UsageSums()
      for row in rows[limit...] { sums += row.sums }
      omitted = (rows.count - limit, sums)
      rows.removeLast(rows.count - limit)
    }
    var report = UsageReport(
      by: question.by,
      zone: zone.name,
      rows: rows,
      omitted: omitted,
      totals: answer.totals
    )
    report.page = page
    return report
  }

  private static func precedes(
    _ left: UsageReport.Row,
    _ right: UsageReport.Row,
    _ question: Question
  ) -> Bool {
    for sort in question.sort {
      let order: (isLess: Bool, isMore: Bool)
      switch sort.column {
      case .key(let key):
        guard let place = question.by.firstIndex(of: key) else { continue }
        let (a, b) = (left.values[place], right.values[place])
        order = (a < b, b < a)
      case .number(let name):
        let (a, b) = (left.sums.number(named: name), right.sums.number(named: name))
        order = (a < b, b < a)
      }
      if order.isLess || order.isMore { return order.isMore == sort.isDescending }
    }
    return left.values.lexicographicallyPrecedes(right.values)
  }

  /// Hands single requests to a writer.
  public static func list(
    _ store: UsageStore,
    _ question: Question,
    order: UsageStore.RequestOrder,
    into writer: inout RequestListWriter
  ) throws {
    var query = UsageQuery()
    query.filter = question.filter
    query.since = question.since
    query.until = question.until
    var page = question.page
    var skipped = page?.offset ?? 0
    let limit = page?.limit ?? question.limit ?? .max
    var count = 0
    let totals = try store.requests(query, order: order) { request in
      if limit == 0 { return false }
      if skipped > 0 {
        skipped -= 1
        return true
      }
      try writer.add(ListedRequest(request, in: question.zone))
      count += 1
      return count < limit
    }
    page?.total = Int(clamping: totals.requests)
    try writer.finish(totals: totals, page: page)
  }
}

extension UsageSums {
  fileprivate func number(named name: String) -> Int128 {
    switch name {
    case "requests": requests
    case "charged_requests": chargedRequests
    case "quantity": quantity
    case "credits": credits
    case "measured": measured
    case "counted": counted
    case "assumed": assumed
    case "unpriced_requests": unpricedRequests
    case "errors": errors
    default: rateLimited
    }
  }
}

extension ListedRequest {
  init(_ request: StoredRequest, in zone: Zone) {
    let series = request.series
    self.init(
      time: zone.description(of: request.time),
      org: series.org,
      operation: series.operation,
      metering: series.metering,
      method: series.method,
      path: request.path,
      status: series.status,
      replayed: series.replayed,
      unit: series.unit,
      quantity: request.quantity.map {
        ExactDecimal(significand: Int128($0), scale: Credits.places)
      },
      credits: request.credits,
      basis: series.basis,
      book: request.book,
      plan: series.plan,
      source: request.source,
      tags: series.tagPairs
    )
  }
}

/// Parts of time that rows are grouped by.
enum UsagePeriods {
  /// Where any of the keys has another value than before.
  static func starts(of keys: [UsageKey], in zone: Zone, _ span: Range<Instant>) -> [Instant] {
    var starts: [Instant] = []
    var names: [String] = []
    var start = first(keys, zone, span.lowerBound)
    while start < span.upperBound {
      let current = keys.map { name(of: $0, at: start, in: zone) }
      if current != names { starts.append(start) }
      names = current
      start = next(keys, zone, start)
    }
    return starts
  }

  /// The start of the hour or day that an instant lies in.
  private static func first(_ keys: [UsageKey], _ zone: Zone, _ instant: Instant) -> Instant {
    guard keys.contains(.hour) else { return zone.start(of: zone.local(instant).date) }
    return hour(of: instant, in: zone)
  }

  private static func next(_ keys: [UsageKey], _ zone: Zone, _ start: Instant) -> Instant {
    guard keys.contains(.hour) else {
      let day = zone.local(start).date
      var number = day.number + 1
      // A zone may skip a day.
      while zone.start(of: CivilDate(number: number)) <= start { number += 1 }
      return zone.start(of: CivilDate(number: number))
    }
    // The clocks may be set by less than an hour within it.
    for minutes in [15, 30, 45, 60] {
      let later = Instant(microseconds: start.microseconds + Int64(minutes) * 60_000_000)
      if hour(of: later, in: zone) != hour(of: start, in: zone) { return later }
    }
    return Instant(microseconds: start.microseconds + 3_600_000_000)
  }

  /// The start of the hour that the clocks show, as if they had not been set within it.
  private static func hour(of instant: Instant, in zone: Zone) -> Instant {
    let past = zone.local(instant).microsecond % 3_600_000_000
    return Instant(microseconds: instant.microseconds - past)
  }

  static func name(of key: UsageKey, at instant: Instant, in zone: Zone) -> String {
    let date = zone.local(instant).date
    switch key {
    case .hour: return zone.description(of: instant)
    case .week: return date.weekName
    case .month: return date.monthName
    default: return date.description
    }
  }
}
