public import CreditCore

extension DashboardPages {
  private static let mostMessages = 100

  /// What fires, what is silenced, and what was said.
  public func alerts(
    _ values: AlertsValues,
    _ session: PageSession
  ) throws(EnvironmentFault) -> [UInt8] {
    let firing = values.firing.count
    let content: PageValues = [
      "summary": Self.summary(values),
      "stuck": Self.stuck(values),
      "empty": values.rows.isEmpty
        ? [
          "No rule was evaluated yet. Rules stand in alerts.yaml; the service evaluates them after "
            + "each change, and this command does at once:"
        ] : [],
      "states": values.rows.isEmpty ? [] : [["rows": Self.states(values, session)]] as [PageValues],
      "silences": Self.silences(values, session),
      "none": values.silences.isEmpty ? ["Nothing is silenced."] : [],
      "form": session.isAdmin ? [Self.form(values)] : [] as [PageValues],
      "mayNot": session.isAdmin ? [] : ["A token with the scope admin may silence a rule."],
      "history": Self.history(values, session),
    ]
    return try page(
      "alerts.mustache",
      content,
      session,
      place: .alerts,
      title: (firing == 0 ? "" : "(\(firing)) ") + "Alerts",
      footer: "As of \(values.zone.description(of: values.at.wholeSecond))."
    )
  }

  private static func summary(_ values: AlertsValues) -> String {
    let words = AlertEntry.State.allCases.map { state in
      (state, values.rows.count { $0.entry.state == state })
    }
    let shown = words.filter { $0.1 > 0 || $0.0 == .firing }.sorted { $0.0.order < $1.0.order }
    return shown.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
  }

  private static func stuck(_ values: AlertsValues) -> [PageValues] {
    if values.failed == 0 { return [] }
    let sentence =
      "Their destinations took none of them in three days; creditmeter alerts outbox says why."
    return [
      [
        "heading": values.failed == 1
          ? "1 message was given up" : "\(values.failed) messages were given up",
        "sentence": sentence,
      ]
    ]
  }

  private static func states(_ values: AlertsValues, _ session: PageSession) -> [PageValues] {
    values.rows.sorted { ($1.rank, $0.key) < ($0.rank, $1.key) }.map { row in
      let entry = row.entry
      return [
        "state": entry.state.rawValue,
        "tone": tone(entry.state, entry.severity),
        "rule": name(row.key.rule, row.key.level),
        "severity": entry.severity.rawValue,
        "org": org(row.key.org, session),
        "silenced": values.silence(over: row.key).map {
          ["silenced until \(DateWords.moment($0.silence.until, values.zone))"]
        } ?? [],
        "value": amount(entry.value, entry.unit),
        "threshold": amount(entry.threshold, entry.unit),
        "since": DateWords.moment(entry.since, values.zone),
        "reason": EstimatePage.sentence(entry.reason),
      ]
    }
  }

  private static func name(_ rule: String, _ level: String) -> String {
    level.isEmpty ? rule : "\(rule), \(level)"
  }

  private static func org(_ org: String, _ session: PageSession) -> [String] {
    session.org != nil ? [] : [org.isEmpty ? "no organisation" : org]
  }

  private static func amount(_ amount: ExactDecimal?, _ unit: String) -> String {
    guard let amount else { return "" }
    let text = amount.shown.replacing("-", with: "−")
    switch unit {
    case "percent": return "\(text) %"
    case "credits", "": return text
    default: return "\(text) \(unit)"
    }
  }

  private static func tone(
    _ state: AlertEntry.State,
    _ severity: AlertMessage.Severity
  ) -> String {
    switch state {
    case .firing: severity.tone
    case .pending: "doubt"
    case .ok, .resolved: "good"
    }
  }

  private static func silences(_ values: AlertsValues, _ session: PageSession) -> [PageValues] {
    if values.silences.isEmpty { return [] }
    let rows = values.silences.map { kept -> PageValues in
      let silence = kept.silence
      // One of all organisations is not one organisation's to end.
      let isOwn = session.org == nil || silence.org == session.org
      return [
        "until": DateWords.moment(silence.until, values.zone),
        "rule": silence.rule,
        "org": silence.org.map { $0.isEmpty ? "no organisation" : $0 } ?? "every organisation",
        "author": silence.author,
        "reason": silence.reason,
        "end": session.isAdmin && isOwn ? [["id": String(kept.id)]] : [] as [PageValues],
      ]
    }
    return [["rows": rows]]
  }

  private static func form(_ values: AlertsValues) -> PageValues {
    let rules = values.rules.map { rule -> PageValues in
      ["value": Markup(exactly: rule), "name": rule]
    }
    return ["rules": rules, "hasRules": !rules.isEmpty]
  }

  private static func history(_ values: AlertsValues, _ session: PageSession) -> [PageValues] {
    if values.history.isEmpty { return [] }
    let rows = values.history.prefix(mostMessages).map { message -> PageValues in
      [
        "at": DateWords.moment(message.at, values.zone),
        "state": message.state.rawValue,
        "tone": message.state == .firing ? message.severity.tone : "good",
        "rule": name(message.rule, message.level),
        "org": org(message.org, session),
        "reason": EstimatePage.sentence(message.reason),
      ]
    }
    let more = values.history.count - rows.count
    return [["rows": rows, "more": more > 0 ? ["\(more) older ones are not shown"] : []]]
  }
}

extension AlertEntry.State {
  fileprivate var order: Int {
    switch self {
    case .firing: 0
    case .pending: 1
    case .resolved: 2
    case .ok: 3
    }
  }
}
