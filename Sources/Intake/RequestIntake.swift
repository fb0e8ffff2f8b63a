import CreditCore
import Rating
import RequestLogs
import UsageStore

/// Rates requests as a log gives them and hands them to the database.
final class RequestIntake {
  let writer: ImportWriter
  var options: Options
  var raters: RaterShelf
  var orgs: OrganisationTable
  /// Plans of organisations, by their numbers.
  private var plans: [Int] = []
  private var tags: TagTable
  private var series = SeriesNumbers()
  var ordinals = LineOrdinals()
  let sourceScope: UInt64
  private let secrets = SecretFilter()
  let sequences: SequenceSteps
  /// The request at hand and its bodies, where it has some.
  private var call: Call?
  /// Whether nothing besides its line and the book decided what the request at hand costs, so that
  /// it is the same whenever it is read.
  private(set) var isSelfContained = true
  /// The earliest request for each job that a path names.
  var pathJobs: [UInt64: Instant] = [:]

  init(_ writer: ImportWriter, raters: RaterShelf, options: Options) throws {
    self.writer = writer
    sequences = try SequenceSteps(writer, known: options.steps)
    self.raters = raters
    self.options = options
    orgs = OrganisationTable(writer.hash, fallback: options.org)
    tags = TagTable(writer.hash, added: options.tags)
    sourceScope = Array(options.source.utf8).withUnsafeBufferPointer { writer.hash(.text, $0) }
  }

  /// Takes the writer's questions, which another intake may have taken since.
  func activate() {
    writer.restateSteps = { [unowned self] sequence, charge in
      try self.restatement(of: charge, sequence)
    }
  }

  /// Forgets how often lines of the file before were seen.
  func beginFile() { ordinals.removeAll() }

  /// Rates an organisation's requests from here on by its plan at `time`, if no later one is known.
  func setTier(_ tier: String, of org: String, at time: Instant) {
    guard raters.setTier(tier, of: org, at: time),
      let number = orgs.names.firstIndex(where: { $0.isSpelled(like: org) }),
      number < plans.count
    else { return }
    plans[number] = raters.plan(of: org)
  }

  /// Rates a request and adds it.
  ///
  /// Throws ``LogFault`` for a request that cannot be used, and ``EnvironmentFault`` where it
  /// cannot be stored.
  func take(_ record: LogRecord) throws {
    try checkTime(record)
    let org = try orgs.number(of: record.org)
    if org == plans.count { plans.append(raters.plan(of: orgs.names[org])) }
    let place = try raters.find(record.time, plan: plans[org])
    let rater = raters[place].rater
    let matched = try match(record, rater)
    let rated = try rate(record, matched, rater, org)
    let tagSet = tags.number(of: record.tags)
    if tags.secretCounts[tagSet] > 0 { writer.countSecrets(tags.secretCounts[tagSet]) }
    let key = seriesKey(record, matched, rated, place: place, org: org, tags: tagSet)
    if let key { series.touch(key) }
    let identity = identity(of: record, org)
    let number: Int32
    if let key, let known = series[key] {
      number = known
    } else {
      number = try writer.number(
        of: describe(record, matched, rated, raters[place], org: org, tags: tagSet)
      )
      if let key { series.insert(key, number) }
    }
    try add(record, identity, matched.arguments, rated, number, org)
    if let call {
      try link(call, matched.pattern, at: record.time, rater, org: orgs.names[org])
    } else if let match = matched.pattern, rater.namesJob(match.operation) {
      linkPath(record, match, matched.arguments, rater, org: org)
    }
  }

  @inline(__always)
  private func seriesKey(
    _ record: LogRecord,
    _ matched: Matched,
    _ rated: RatedAmounts,
    place: Int,
    org: Int,
    tags tagSet: Int
  ) -> SeriesKey? {
    guard let method = series.number(of: matched.method) else { return nil }
    return SeriesKey(
      route: matched.route,
      operation: matched.operation + 1,
      rater: place,
      org: org,
      tags: tagSet,
      method: method,
      // An unknown status is none that there is; 0 says that no answer came.
      status: record.status ?? 999,
      flags: rated.basis.number << 1 | (record.replayed ? 1 : 0)
    )
  }

  // MARK: Looking at the record

  private struct Matched {
    var pattern: RouteMatcher.Match?
    /// In the book's operations, or -1.
    var operation: Int
    /// The rater's number of the route, from its own.
    var route = 0
    var arguments = Bytes.absent
    var method: MethodName
  }

  @inline(__always)
  private func match(_ record: LogRecord, _ rater: Rater) throws(LogFault) -> Matched {
    if !record.operation.isAbsent { return try named(record.operation, at: record, rater.book) }
    let finder = rater.finder
    finder.find(method: record.method, target: record.target) { name in
      BodyFacts.field(name, of: record.requestBody)
    }
    return Matched(
      pattern: finder.match,
      operation: finder.match?.operation ?? -1,
      route: finder.route,
      arguments: finder.arguments,
      method: finder.method
    )
  }

  private func named(
    _ operation: Bytes,
    at record: LogRecord,
    _ book: PriceBook
  ) throws(LogFault) -> Matched {
    let name = operation.text
    if let index = book.index(of: name) {
      return Matched(pattern: nil, operation: index, method: MethodName(record.method))
    }
    let near = nearest(to: name, among: book.operations.map(\.id))
    throw LogFault(
      .unknown,
      at: record.offset(of: operation),
      "unknown operation \"\(name)\"",
      expected: "an operation of the price book",
      hint: near.map { "did you mean \($0)?" }
    )
  }

  @inline(__always)
  private func rate(
    _ record: LogRecord,
    _ matched: Matched,
    _ rater: Rater,
    _ org: Int
  ) throws(LogFault) -> RatedAmounts {
    if call != nil { call = nil }
    isSelfContained = true
    let hasBodies = !record.responseBody.isAbsent || !record.requestBody.isAbsent
    do throws(ArithmeticOverflow) {
      if !hasBodies, record.operation.isAbsent,
        let rated = try rater.rate(
          matched.pattern,
          isCharged: record.isCharged,
          usage: record.usage,
          creditsCharged: record.creditsCharged
        )
      {
        return rated
      }
      return RatedAmounts(try rateInFull(record, matched, rater, org))
    } catch {
      throw LogFault(
        .range,
        at: 0,
        "the credits of this request are too large to be held exactly",
        expected: "smaller numbers"
      )
    }
  }

  private func rateInFull(
    _ record: LogRecord,
    _ matched: Matched,
    _ rater: Rater,
    _ org: Int
  ) throws(ArithmeticOverflow) -> RatedRequest {
    var request = Request(
      method: record.method.text,
      path: record.path.text,
      status: record.status,
      replayed: record.replayed,
      creditsCharged: record.creditsCharged
    )
    for (unit, quantity) in record.usage { request.usage[unit] = quantity }
    if matched.pattern == nil, matched.operation >= 0 {
      return try rater.book.rate(request, of: matched.operation, plan: rater.plan)
    }
    isSelfContained = false
    let (sequences, org, time) = (sequences, orgs.names[org], record.time)
    let facts = BodyFacts.facts(record) { sequence in
      sequences.steps(of: sequence, org: org, at: time).map { ExactDecimal($0) }
    }
    if !record.requestBody.isAbsent || !record.responseBody.isAbsent { call = Call(request, facts) }
    return try rater.book.rate(request, as: matched.pattern, plan: rater.plan, facts: facts)
  }

  private func describe(
    _ record: LogRecord,
    _ matched: Matched,
    _ rated: RatedAmounts,
    _ entry: RaterShelf.Entry,
    org: Int,
    tags tagSet: Int
  ) -> Series {
    let operations = entry.rater.book.operations
    let route =
      record.operation.isAbsent
      ? secrets.replaced(entry.rater.finder.routeText(of: record.target).text).text : ""
    return Series(
      org: orgs.names[org],
      operation: matched.operation < 0 ? "unknown" : operations[matched.operation].id,
      metering: rated.metering,
      unit: rated.unit,
      method: record.method.text.uppercased(),
      route: route,
      status: record.status,
      replayed: record.replayed,
      basis: rated.basis,
      book: entry.id,
      plan: entry.rater.plan,
      tags: tags.texts[tagSet]
    )
  }

  // MARK: Handing it on

  /// The hash of a request's id, or of its line and how many lines like it came before.
  @inline(__always)
  private func identity(of record: LogRecord, _ org: Int) -> UInt64 {
    let scope = orgs.scopes[org]
    if !record.requestID.isAbsent { return writer.hash(.requestID, in: scope, record.requestID) }
    let line = writer.hash(.line, in: scope ^ sourceScope, record.raw)
    return writer.hash.combined(line, UInt64(truncatingIfNeeded: ordinals.next(line)))
  }

  private func add(
    _ record: LogRecord,
    _ identity: UInt64,
    _ arguments: Bytes,
    _ rated: RatedAmounts,
    _ series: Int32,
    _ org: Int
  ) throws {
    let request = NewRequest(
      identity: identity,
      hasID: !record.requestID.isAbsent,
      idempotencyKey: record.idempotencyKey.isAbsent
        ? 0 : writer.hash(.idempotencyKey, in: orgs.scopes[org], record.idempotencyKey),
      time: record.time,
      series: series,
      quantity: rated.quantity,
      credits: rated.credits,
      line: record.line
    )
    guard secrets.mayContain(arguments) else {
      return try writer.add(request, arguments: arguments, raw: record.raw)
    }
    let clean = secrets.replaced(Array(arguments))
    writer.countSecrets(clean.count)
    try clean.bytes.withUnsafeBufferPointer {
      try writer.add(request, arguments: $0, raw: record.raw)
    }
  }
}

extension Basis {
  /// From 0 to 3.
  fileprivate var number: Int {
    switch self {
    case .measured: 0
    case .counted: 1
    case .assumed: 2
    case .unpriced: 3
    }
  }
}
