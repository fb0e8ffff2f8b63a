import CreditCore
import Rating
import UsageStore

// What signed events of the provider tell.
extension RequestIntake {
  /// Keeps an event, and the charge that it tells of.
  func take(_ event: SignedEvent, org: String, now: Instant) throws -> EventEffect {
    let rule = try rater(of: org, at: event.time ?? now).rater.book.event(event.name)
    let time = Self.time(of: event, rule, now)
    var new = NewEvent(key: event.key, org: org, name: event.name, at: time, received: now)
    if let rule { new.charge = try charge(event, rule, org, at: time) }
    return try writer.add(new)
  }

  private func rater(of org: String, at time: Instant) throws -> RaterShelf.Entry {
    let plan = raters.plan(of: org)
    let place = try raters.find(time, plan: plan)
    return raters[place]
  }

  /// When it happened; what no log could say is not believed.
  private static func time(of event: SignedEvent, _ rule: EventRule?, _ now: Instant) -> Instant {
    let told = rule.flatMap { event.instant(at: $0.times) } ?? event.time ?? now
    return told > now || told < earliest ? event.time ?? now : told
  }

  /// Nil where it tells of no charge that can be held.
  private func charge(
    _ event: SignedEvent,
    _ rule: EventRule,
    _ org: String,
    at time: Instant
  ) throws -> EventCharge? {
    let jobs = rule.jobs.compactMap { job in
      event.text(at: job.places).map { Self.jobName($0, of: job.operation) }
    }
    let join: EventCharge.Join
    switch rule.join {
    case .job:
      // What is for no job is none of what such jobs pay for.
      if jobs.isEmpty { return nil }
      join = .job
    case .request(let within): join = .request(from: time.earlier(by: within))
    }
    let entry = try rater(of: org, at: time)
    let (book, plan) = (entry.rater.book, entry.rater.plan)
    guard let place = book.index(of: rule.operation) else { return nil }
    do throws(ArithmeticOverflow) {
      let rated = try book.rate(
        try Self.request(event, rule, book.operations[place].rate(on: plan).unit),
        of: place,
        plan: plan
      )
      let series = Series(
        org: org,
        operation: rule.operation,
        metering: rated.metering,
        unit: rated.unit,
        method: "",
        route: "",
        status: nil,
        replayed: false,
        basis: rated.basis,
        book: entry.id,
        plan: plan,
        tags: "{}"
      )
      let amounts = RatedAmounts(rated)
      return EventCharge(
        series: series,
        amounts: Restatement(
          quantity: amounts.quantity,
          credits: amounts.credits,
          basis: amounts.basis
        ),
        jobs: jobs,
        join: join
      )
    } catch { return nil }
  }

  /// The event as a log could have told of it.
  private static func request(
    _ event: SignedEvent,
    _ rule: EventRule,
    _ unit: Unit
  ) throws(ArithmeticOverflow) -> Request {
    var request = Request(method: "", path: "")
    if let number = event.number(at: rule.quantities) {
      request.usage[unit] = try number.divided(by: rule.per, places: Credits.places)
    } else {
      request.usage[unit] = rule.quantity
    }
    if let credits = event.number(at: rule.credits) {
      request.creditsCharged = try Credits(rounding: credits)
    }
    return request
  }
}
