import CreditCore
import Rating
import RequestLogs
import UsageStore

/// A request that has bodies, and what they tell.
final class Call {
  let request: Request
  let facts: CallFacts

  init(_ request: Request, _ facts: CallFacts) {
    self.request = request
    self.facts = facts
  }
}

// What one request's answer tells about another.
extension RequestIntake {
  /// Keeps what the answer at hand tells, and what may tell more of the request that was added.
  func link(
    _ call: Call,
    _ match: RouteMatcher.Match?,
    at time: Instant,
    _ rater: Rater,
    org: String
  ) throws {
    do {
      try keepLearned(call, at: time, rater.book, org: org)
      guard let match, call.request.isCharged else { return }
      let operation = rater.book.operations[match.operation]
      if let job = rater.book.job(of: call.request, as: match, facts: call.facts) {
        let name = Self.jobName(job, of: operation.id)
        let isNew = operation.jobPlaceholder == nil || isEarliest(hash(name), hash(org), time)
        if isNew { writer.link(.job(name), of: org) }
      }
      if let use = try rater.book.stepUse(of: call.request, as: match, facts: call.facts),
        let factor = use.factor.millionths
      {
        writer.link(.steps(sequence: use.sequence, factor: factor), of: org)
      }
    } catch is ArithmeticOverflow {
      // The request is stored; what cannot be held is as good as not told.
    }
  }

  private func keepLearned(
    _ call: Call,
    at time: Instant,
    _ book: PriceBook,
    org: String
  ) throws {
    switch try book.learned(from: call.request, facts: call.facts) {
    case .steps(let sequence, let count)?:
      guard let steps = Int64(exactly: count.normalized.significand), count.normalized.scale == 0,
        sequences.learn(steps, of: sequence, org: org, at: time)
      else { return }
      try writer.learn(steps: steps, of: sequence, org: org, at: time)
    case .job(let operation, let job, let credits?, let quantity)?:
      try writer.learn(
        credits: credits.micros,
        quantity: quantity?.millionths,
        ofJob: Self.jobName(job, of: operation),
        org: org,
        at: time
      )
    case .job(_, _, nil, _)?, nil: return
    }
  }

  /// Jobs of different operations may have the same name.
  static func jobName(_ job: String, of operation: String) -> String { "\(operation) \(job)" }

  /// Keeps the job that the path of a request without bodies names: of many requests for one, only
  /// the earliest says something new.
  func linkPath(
    _ record: LogRecord,
    _ match: RouteMatcher.Match,
    _ arguments: Bytes,
    _ rater: Rater,
    org: Int
  ) {
    guard record.isCharged else { return }
    let scope = UInt64(truncatingIfNeeded: match.operation)
    let job = writer.hash(.text, in: scope, arguments)
    guard isEarliest(job, orgs.scopes[org], record.time) else { return }
    let request = Request(method: record.method.text, path: record.path.text)
    guard let job = rater.book.job(of: request, as: match) else { return }
    let operation = rater.book.operations[match.operation].id
    writer.link(.job(Self.jobName(job, of: operation)), of: orgs.names[org])
  }

  /// Whether a request is the earliest so far that names a job by its path.
  private func isEarliest(_ job: UInt64, _ scope: UInt64, _ time: Instant) -> Bool {
    let key = writer.hash.combined(job, scope)
    if let earliest = pathJobs[key], earliest <= time { return false }
    if pathJobs.count >= Self.pathJobsLimit { pathJobs.removeAll() }
    pathJobs[key] = time
    return true
  }

  private static let pathJobsLimit = 20_000

  private func hash(_ text: String) -> UInt64 {
    Array(text.utf8).withUnsafeBufferPointer { writer.hash(.text, $0) }
  }

  /// What a charge that pays for steps costs by the steps known; nil leaves it as it is.
  func restatement(of charge: StepCharge, _ sequence: String) throws -> Restatement? {
    let series = charge.series
    guard let steps = sequences.steps(of: sequence, org: series.org, at: charge.time),
      let rater = raters.find(book: series.book, plan: series.plan),
      let operation = rater.book.index(of: series.operation)
    else { return nil }
    do throws(ArithmeticOverflow) {
      let factor = ExactDecimal(significand: Int128(charge.factor), scale: Credits.places)
      var request = Request(method: series.method, path: series.route, status: series.status)
      request.usage[series.unit] = try factor * ExactDecimal(steps)
      let rated = try rater.book.rate(request, of: operation, plan: series.plan)
      return Restatement(
        quantity: rated.quantity?.millionths,
        credits: rated.credits?.micros,
        basis: rated.basis
      )
    } catch { return nil }
  }
}
