import CreditCore
import Rating
import RequestLogs
import UsageStore

/// Rates requests as a log gives them and hands them to the database.
final class RequestIntake {
  struct Options {
    /// The organisation of requests that name none.
    var org: String?
    /// Where the log comes from; identifies lines without an id.
    var source: String
    /// Tags of every request.
    var tags: [(name: String, value: String)]
    /// Requests later than this are refused.
    var latest: Instant
  }

  private let writer: ImportWriter
  private let options: Options
  private var raters: RaterShelf
  private var routes = RoutePath()
  private var orgs: OrganisationTable
  private var tags: TagTable
  private var series = SeriesCache()
  private var ordinals = LineOrdinals()
  private let sourceScope: UInt64
  private let secrets = SecretFilter()

  init(_ writer: ImportWriter, raters: RaterShelf, options: Options) {
    self.writer = writer
    self.raters = raters
    self.options = options
    orgs = OrganisationTable(writer.hash, fallback: options.org)
    tags = TagTable(writer.hash, added: options.tags)
    sourceScope = Array(options.source.utf8).withUnsafeBufferPointer { writer.hash(.text, $0) }
  }

  /// Forgets how often lines of the file before were seen.
  func beginFile() { ordinals.removeAll() }

  /// Rates a request and adds it.
  ///
  /// Throws ``LogFault`` for a request that cannot be used, and ``EnvironmentFault`` where it
  /// cannot be stored.
  func take(_ record: LogRecord) throws {
    try checkTime(record)
    let org = try orgs.find(record.org)
    let plan = raters.plan(of: org.name)
    let rater = try raters.find(record.time, plan)
    let target = record.target
    let matched = try match(record, target, raters[rater].book)
    let isCharged = record.isCharged
    let rated = try rate(record, matched, isCharged, rater, org)
    let tagSet = try tags.find(record.tags)
    if tagSet.secrets > 0 { writer.countSecrets(tagSet.secrets) }
    if record.path.isAbsent {
      routes = RoutePath()
    } else {
      routes.part(target, matched.pattern, raters[rater].book.matcher)
    }
    let number = try self.series.number(
      SeriesCache.Key(
        org: org.number,
        route: hash(of: record.path.isAbsent ? [] : routes.route),
        method: SeriesCache.method(record.method),
        operation: matched.operation,
        status: record.status,
        replayed: record.replayed,
        basis: rated.basis,
        tags: tagSet.number,
        rater: rater
      )
    ) {
      try writer.number(
        of: describe(record, matched, rated, rater: rater, org: org.name, tags: tagSet.text)
      )
    }
    try add(record, rated, number, org)
  }

  // MARK: Looking at the record

  private func checkTime(_ record: LogRecord) throws(LogFault) {
    if record.time < Self.earliest {
      throw LogFault(
        .ancient,
        at: record.timeOffset,
        "\(record.time) is before 2000",
        expected: "a time of the request"
      )
    }
    if record.time > options.latest {
      throw LogFault(
        .future,
        at: record.timeOffset,
        "\(record.time) is more than a day ahead",
        expected: "a time that has been"
      )
    }
  }

  private static let earliest = Instant(microseconds: 946_684_800_000_000)

  private struct Matched {
    var pattern: RouteMatcher.Match?
    /// In the book's operations, or -1.
    var operation: Int
  }

  private func match(
    _ record: LogRecord,
    _ target: Bytes,
    _ book: PriceBook
  ) throws(LogFault) -> Matched {
    if !record.operation.isAbsent {
      let name = record.operation.text
      if let index = book.index(of: name) { return Matched(pattern: nil, operation: index) }
      let near = nearest(to: name, among: book.operations.map(\.id))
      throw LogFault(
        .unknown,
        at: record.offset(of: record.operation),
        "unknown operation \"\(name)\"",
        expected: "an operation of the price book",
        hint: near.map { "did you mean \($0)?" }
      )
    }
    let match = book.matcher.match(
      method: record.method,
      target: target,
      bodyField: { name in BodyFacts.field(name, of: record.requestBody) }
    )
    return Matched(pattern: match, operation: match?.operation ?? -1)
  }

  private func rate(
    _ record: LogRecord,
    _ matched: Matched,
    _ isCharged: Bool,
    _ rater: Int,
    _ org: OrganisationTable.Organisation
  ) throws -> RatedRequest {
    let isPlain =
      record.usage.isEmpty && record.creditsCharged == nil && record.responseBody.isAbsent
      && record.requestBody.isAbsent && record.operation.isAbsent
    do throws(ArithmeticOverflow) {
      if isPlain, let rated = try raters.plainRate(rater, matched.pattern, isCharged) {
        return rated
      }
      let book = raters[rater].book
      var request = Request(
        method: record.method.text,
        path: record.path.text,
        status: record.status,
        replayed: record.replayed,
        creditsCharged: record.creditsCharged
      )
      for (unit, quantity) in record.usage { request.usage[unit] = quantity }
      let steps = raters.steps
      let facts = BodyFacts.facts(record) { sequence in
        steps[StepKey(org: org.name, sequence: sequence)].map { ExactDecimal($0) }
      }
      if matched.pattern == nil, matched.operation >= 0 {
        return try book.rate(request, of: matched.operation, plan: raters[rater].plan)
      }
      return try book.rate(request, as: matched.pattern, plan: raters[rater].plan, facts: facts)
    } catch {
      throw LogFault(
        .range,
        at: 0,
        "the credits of this request are too large to be held exactly",
        expected: "smaller numbers"
      )
    }
  }

  private func hash(of bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBufferPointer { writer.hash(.text, $0) }
  }

  private func describe(
    _ record: LogRecord,
    _ matched: Matched,
    _ rated: RatedRequest,
    rater: Int,
    org: String,
    tags: String
  ) -> Series {
    let shelf = raters[rater]
    return Series(
      org: org,
      operation: matched.operation < 0 ? "unknown" : shelf.book.operations[matched.operation].id,
      metering: rated.metering,
      unit: rated.unit,
      method: record.method.text.uppercased(),
      route: record.path.isAbsent ? "" : secrets.replaced(routes.route).text,
      status: record.status,
      replayed: record.replayed,
      basis: rated.basis,
      book: shelf.id,
      plan: shelf.plan,
      tags: tags
    )
  }

  // MARK: Handing it on

  private func add(
    _ record: LogRecord,
    _ rated: RatedRequest,
    _ series: Int32,
    _ org: OrganisationTable.Organisation
  ) throws {
    let hasID = !record.requestID.isAbsent
    let identity: UInt64
    if hasID {
      identity = writer.hash(.requestID, in: org.scope, record.requestID)
    } else {
      let line = writer.hash(.line, in: org.scope ^ sourceScope, record.raw)
      identity = writer.hash.line(line, ordinal: ordinals.next(line, at: record.time))
    }
    let request = NewRequest(
      identity: identity,
      hasID: hasID,
      idempotencyKey: record.idempotencyKey.isAbsent
        ? 0 : writer.hash(.idempotencyKey, in: org.scope, record.idempotencyKey),
      time: record.time,
      series: series,
      quantity: rated.quantity?.millionths,
      credits: rated.credits?.micros,
      line: record.line
    )
    let arguments = record.path.isAbsent ? [] : routes.arguments
    try arguments.withUnsafeBufferPointer { bytes in
      if secrets.mayContain(bytes) {
        let clean = secrets.replaced(arguments)
        writer.countSecrets(clean.count)
        try clean.bytes.withUnsafeBufferPointer {
          try writer.add(request, arguments: $0.isEmpty ? .absent : $0, raw: record.raw)
        }
      } else {
        try writer.add(request, arguments: bytes.isEmpty ? .absent : bytes, raw: record.raw)
      }
    }
  }
}
