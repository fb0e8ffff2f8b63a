public import CreditCore

/// Budgets, and what of them is spent.
public struct BudgetReport: Sendable {
  public struct Row: Sendable {
    public var rule: String
    public var org: String
    public var from: CivilDate
    /// The day behind the last.
    public var to: CivilDate
    public var budget: ExactDecimal
    public var used: ExactDecimal
    /// For the end of the period; nil where too little is known.
    public var forecast: ExactDecimal?
    /// The highest that fires.
    public var level: String?

    public init(
      rule: String,
      org: String,
      from: CivilDate,
      to: CivilDate,
      budget: ExactDecimal,
      used: ExactDecimal,
      forecast: ExactDecimal?,
      level: String?
    ) {
      (self.rule, self.org, self.from, self.to) = (rule, org, from, to)
      (self.budget, self.used, self.forecast, self.level) = (budget, used, forecast, level)
    }

    /// In percent.
    var share: ExactDecimal? {
      try? (used * ExactDecimal(100)).divided(by: budget, places: 2).normalized
    }
  }

  public var at: Instant
  public var rows: [Row] = []

  public init(at: Instant) { self.at = at }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.budgets/1")
      json.field("at", at.description)
      json.field("budgets") { json in
        json.list(rows) { json, row in
          json.object { json in
            json.field("rule", row.rule)
            json.field("org", row.org)
            json.field("from", row.from.description)
            json.field("to", row.to.description)
            json.field("budget", row.budget)
            json.field("used", row.used)
            json.field("percent", row.share)
            json.field("left", try? row.budget - row.used)
            json.field("forecast", row.forecast)
            json.field("level", row.level)
          }
        }
      }
    }
    return json.finished()
  }

  public var table: [UInt8] {
    if rows.isEmpty { return Array("no budgets\n".utf8) }
    var table = TextTable([
      ("budget", .left), ("organisation", .left), ("since", .left), ("credits", .right),
      ("used", .right), ("", .right), ("by the end", .right), ("fires", .left),
    ])
    for row in rows {
      table.add([
        row.rule, row.org, row.from.description, row.budget.grouped(places: 0),
        row.used.grouped(places: 0), row.share.map { "\($0.grouped(places: 1))%" } ?? "",
        row.forecast.map { $0.grouped(places: 0) } ?? "unknown", row.level ?? "",
      ])
    }
    return Array(table.text.utf8)
  }
}
