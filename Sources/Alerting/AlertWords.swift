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
    var words = Words()
    compare(row, &words)
    switch cause {
    case .fired(let levels):
      if !levels.isEmpty { words.add("also passed: \(levels.joined(separator: ", "))") }
      if let late = row.reading.lateBreach {
        words.add("found late: it held from \(late.from) on")
      }
    case .unmuted: words.add("firing since \(row.entry.since), and nobody was told until now")
    case .still: words.add("still firing, since \(row.entry.since)")
    case .resolved:
      words.add("it fired from \(row.before?.since ?? row.entry.since) to \(row.entry.since)")
      if let event { words.add(self.words(event)) }
    case .state:
      switch row.mute {
      case .silenced(let until): words.add("silenced until \(until)")
      case .level(let level): words.add("\(level) fires")
      case .graver(let rule): words.add("\"\(rule)\" fires, which is graver")
      case nil: break
      }
    }
    if row.measure.isEstimated { words.add("estimated, for the balance is old") }
    if !row.measure.note.isEmpty { words.add(row.measure.note) }
    return words.text
  }

  static func late(
    _ row: AlertMachine.Row,
    _ late: (from: Instant, to: Instant, value: ExactDecimal)
  ) -> String {
    var words = Words()
    words.put("late data: it was ")
    put(late.value, row, &words)
    words.put(" between \(late.from) and \(late.to), and is over: ")
    compare(row, &words)
    return words.text
  }

  private static func words(_ event: AlertWatch.Event) -> String {
    switch event {
    case .topUp(let credits): "topped up by \(credits.decimal.grouped()) credits"
    case .newPeriod: "a new billing period began"
    }
  }

  private static func compare(_ row: AlertMachine.Row, _ words: inout Words) {
    putSubject(row, &words)
    guard let value = row.reading.value else { return words.put(" is not known") }
    words.put(" is ")
    put(value, row, &words)
    guard let threshold = row.reading.threshold else {
      return words.put(", and its threshold is not known")
    }
    if value == threshold {
      words.put(", at its threshold of ")
    } else {
      words.put(value < threshold ? ", below " : ", above ")
    }
    put(threshold, row, &words)
  }

  private static func putSubject(_ row: AlertMachine.Row, _ words: inout Words) {
    switch row.rule.condition {
    case .balanceBelow: words.put("the balance")
    case .runwayBelow(_, let percentile): words.put("the runway (\(percentile.rawValue))")
    case .budget(let budget):
      let isForecast = row.key.level.hasPrefix("forecast")
      words.put(isForecast ? "the forecast for the " : "what was spent in the ")
      words.put(budget.per == .period ? "billing period" : budget.per.rawValue)
    case .burnRateAbove(_, let window, let other):
      words.put("spending of ", window)
      if let other { words.put(" and ", other) }
      words.put(" against the usual")
    case .spikeAbove(_, let window):
      words.put("spending of ", window)
      words.put(" against the seven days before")
    case .rateLimitedAbove(_, let window):
      words.put("the share of requests that met 429 in ", window)
    case .snapshotOlderThan: words.put("the age of the balance")
    case .usageOlderThan: words.put("the age of the newest request")
    case .unexplainedAbove(_, let window):
      words.put("the part of ", window)
      words.put(" that requests do not explain")
    case .unpricedAbove(.amount, let window):
      words.put("the number of unpriced requests in ", window)
    case .unpricedAbove(.percent, let window):
      words.put("the share of unpriced requests in ", window)
    }
  }

  private static func put(
    _ value: ExactDecimal,
    _ row: AlertMachine.Row,
    _ words: inout Words
  ) {
    value.writeGrouped(into: &words.bytes)
    switch row.rule.condition.unit {
    case "percent": words.put("%")
    case let unit:
      words.put(" ")
      words.put(unit)
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

/// A sentence as it grows, which is cheaper in bytes: nearly every row has one.
private struct Words {
  var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(128) }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  mutating func put(_ text: String) {
    let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { bytes.append(contentsOf: $0) }
    if isDone == nil { bytes.append(contentsOf: text.utf8) }
  }

  mutating func put(_ text: String, _ span: Span) {
    put(text)
    put(span.description)
  }

  /// Something more, behind what is there.
  mutating func add(_ text: String) {
    put("; ")
    put(text)
  }
}
