import CreditCore

/// What alerts say.
enum AlertWords {
  /// Why somebody is told.
  enum Cause {
    case fired(also: [String])
    /// A silence ended, or what was graver is over.
    case unmuted
    case still
    case resolved
    /// Nobody is told; it is only listed.
    case state
  }

  static let nothingToDo = "Nothing; this is over."

  static func reason(
    of row: AlertMachine.Row,
    _ cause: Cause,
    _ event: AlertWatch.Event? = nil
  ) -> String {
    var parts = [comparison(row)]
    switch cause {
    case .fired(let levels):
      if !levels.isEmpty { parts.append("also passed: \(levels.joined(separator: ", "))") }
      if let late = row.reading.lateBreach {
        parts.append("found late: it held from \(late.from) on")
      }
    case .unmuted: parts.append("firing since \(row.entry.since), and nobody was told until now")
    case .still: parts.append("still firing, since \(row.entry.since)")
    case .resolved:
      parts.append("it fired from \(row.before?.since ?? row.entry.since) to \(row.entry.since)")
      if let event { parts.append(words(event)) }
    case .state:
      switch row.mute {
      case .silenced(let until): parts.append("silenced until \(until)")
      case .level(let level): parts.append("\(level) fires")
      case .graver(let rule): parts.append("\"\(rule)\" fires, which is graver")
      case nil: break
      }
    }
    if row.measure.isEstimated { parts.append("estimated, for the balance is old") }
    if !row.measure.note.isEmpty { parts.append(row.measure.note) }
    return parts.joined(separator: "; ")
  }

  static func late(
    _ row: AlertMachine.Row,
    _ late: (from: Instant, to: Instant, value: ExactDecimal)
  ) -> String {
    "late data: it was \(amount(late.value, row)) between \(late.from) and \(late.to), and is"
      + " over: \(comparison(row))"
  }

  private static func words(_ event: AlertWatch.Event) -> String {
    switch event {
    case .topUp(let credits): "topped up by \(credits.decimal.grouped()) credits"
    case .newPeriod: "a new billing period began"
    }
  }

  private static func comparison(_ row: AlertMachine.Row) -> String {
    let subject = subject(row)
    guard let value = row.reading.value else { return "\(subject) is not known" }
    guard let threshold = row.reading.threshold else {
      return "\(subject) is \(amount(value, row)), and its threshold is not known"
    }
    let place =
      value == threshold ? "at its threshold of" : value < threshold ? "below" : "above"
    return "\(subject) is \(amount(value, row)), \(place) \(amount(threshold, row))"
  }

  private static func subject(_ row: AlertMachine.Row) -> String {
    switch row.rule.condition {
    case .balanceBelow: return "the balance"
    case .runwayBelow(_, let percentile): return "the runway (\(percentile.rawValue))"
    case .budget(let budget):
      let what =
        row.key.level.hasPrefix("forecast") ? "the forecast for" : "what was spent in"
      return "\(what) the \(budget.per == .period ? "billing period" : budget.per.rawValue)"
    case .burnRateAbove(_, let window, let other):
      let windows = window.description + (other.map { " and \($0)" } ?? "")
      return "spending of \(windows) against the usual"
    case .spikeAbove(_, let window): return "spending of \(window) against the seven days before"
    case .rateLimitedAbove(_, let window): return "the share of requests that met 429 in \(window)"
    case .snapshotOlderThan: return "the age of the balance"
    case .usageOlderThan: return "the age of the newest request"
    case .unexplainedAbove(_, let window):
      return "the part of \(window) that requests do not explain"
    case .unpricedAbove(.amount, let window): return "the number of unpriced requests in \(window)"
    case .unpricedAbove(.percent, let window): return "the share of unpriced requests in \(window)"
    }
  }

  private static func amount(_ value: ExactDecimal, _ row: AlertMachine.Row) -> String {
    let number = value.grouped()
    switch row.rule.condition.unit {
    case "percent": return number + "%"
    case "times": return number + " times"
    case let unit: return "\(number) \(unit)"
    }
  }

  static func action(_ rule: AlertRule) -> String {
    switch rule.condition {
    case .balanceBelow, .runwayBelow:
      "Top up, or pause what spends most (creditmeter burn names it)."
    case .budget: "Look at what spends it (creditmeter usage), and raise the budget or pause it."
    case .burnRateAbove, .spikeAbove: "Find what spends so fast: creditmeter burn --window 1h."
    case .rateLimitedAbove: "Slow the callers down: graph8 limits requests by organisation."
    case .snapshotOlderThan: "See why no balance comes: creditmeter doctor."
    case .usageOlderThan: "See why no requests come in: the log, or what follows it."
    case .unexplainedAbove: "Run creditmeter reconcile, and calibrate the assumed rates."
    case .unpricedAbove: "Give these operations a price in an override book: creditmeter usage."
    }
  }
}
