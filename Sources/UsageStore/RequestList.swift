public import CreditCore

/// One stored request.
public struct StoredRequest: Sendable {
  public var time: Instant
  public var series: Series
  /// Without base path and query; empty for what happened in the background.
  public var path: String
  /// In millionths; nil when nothing tells.
  public var quantity: Int64?
  public var credits: Credits?
  /// Provider and version of the book that priced it.
  public var book: String
  /// Where its log came from.
  public var source: String
}

extension UsageStore {
  public enum RequestOrder: Sendable {
    case oldestFirst
    case newestFirst
    case dearestFirst
  }

  /// Hands stored requests to `body`, as long as it says that it wants more; what all of them add
  /// up to, whether it wanted them or not.
  public func requests(
    _ query: UsageQuery,
    order: RequestOrder = .oldestFirst,
    _ body: (StoredRequest) throws -> Bool
  ) throws -> UsageSums {
    try reading { connection in
      try Self.list(connection, query, order, body)
      let reading = try UsageReading(connection, query)
      try reading.run()
      return reading.answer.totals
    }
  }

  private static func list(
    _ connection: OpaquePointer,
    _ query: UsageQuery,
    _ order: RequestOrder,
    _ body: (StoredRequest) throws -> Bool
  ) throws {
    let filter = query.filter
    let books = try BookNames(connection)
    let imports = try ImportSources(connection)
    let all = try SeriesTexts(connection, filter)
    let start = query.since?.microseconds ?? .min
    let end = query.until?.microseconds ?? .max
    if start >= end { return }
    let statement = try Statement(connection, RequestListSQL.requests(order))
    statement.bind(1, StoredRequests.firstID(ofSecond: floorDivided(start, by: 1_000_000)))
    statement.bind(2, StoredRequests.lastID(ofSecond: floorDivided(end - 1, by: 1_000_000)))
    while try statement.step() {
      let at = (statement.integer(0) >> 31) * 1_000_000 &+ statement.integer(1)
      guard at >= start, at < end, let (series, isPartial) = all[statement.integer(2)] else {
        continue
      }
      let origin = imports[statement.integer(5)]
      let path = series.route.isEmpty ? "" : series.path(arguments: statement.text(6))
      guard filter.takes(origin), !isPartial || filter.takes(path: path) else { continue }
      let wantsMore = try body(
        StoredRequest(
          time: Instant(microseconds: at),
          series: series,
          path: path,
          quantity: statement.optionalInteger(3),
          credits: statement.optionalInteger(4).map { Credits(micros: $0) },
          book: books[series.book],
          source: origin.source
        )
      )
      if !wantsMore { return }
    }
  }
}

enum RequestListSQL {
  static func requests(_ order: UsageStore.RequestOrder) -> String {
    let columns: String =
      switch order {
      case .oldestFirst: "id"
      case .newestFirst: "id DESC"
      case .dearestFirst: "credits DESC, id"
      }
    return """
      SELECT id, microsecond, series, quantity, credits, import, arguments FROM charges
      WHERE id >= ? AND id <= ? ORDER BY \(columns)
      """
  }
}

/// The series that a filter takes, whole.
private struct SeriesTexts {
  private var entries: [Int64: (series: Series, isPartial: Bool)] = [:]

  init(_ connection: OpaquePointer, _ filter: UsageFilter) throws(EnvironmentFault) {
    let statement = try Statement(connection, UsageSQL.series)
    while try statement.step() {
      let series = Series(statement)
      let extent = filter.extent(of: series)
      if extent != .none { entries[statement.integer(0)] = (series, extent == .some) }
    }
  }

  subscript(number: Int64) -> (series: Series, isPartial: Bool)? { entries[number] }
}
