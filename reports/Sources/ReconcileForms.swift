import CreditCore
import Reconciliation

extension ReconcileReport {
  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.reconcile/1")
      json.field("intervals") { json in
        json.list(accounts.flatMap { account in account.rows.map { (account.org, $0) } }) {
          json,
          row in
          json.object { json in
            json.field("org", row.0)
            json.field("from", row.1.interval.from.description)
            json.field("to", row.1.interval.to.description)
            json.field("opening", row.1.interval.opening.decimal)
            json.field("closing", row.1.interval.closing.decimal)
            json.sums(row.1.sums)
            json.field("inferred", row.1.interval.isInferred)
          }
        }
      }
      json.field("totals") { json in json.object { $0.sums(totals) } }
      json.field("by_operation") { json in
        json.list(byOperation) { json, row in
          json.object { json in
            json.field("operation", row.operation)
            json.field("credits", micros(row.credits))
          }
        }
      }
      json.field("events") { json in
        json.list(accounts.flatMap { account in account.events.map { (account.org, $0) } }) {
          json,
          event in
          json.object { json in
            json.field("org", event.0)
            json.field("at", event.1.at.description)
            json.field("kind", event.1.kind.name)
            json.field("credits", event.1.kind.credits?.decimal)
            json.field("what", event.1.kind.sentence)
          }
        }
      }
      json.field("could_explain") { json in
        json.list(suspects) { json, suspect in
          json.object { json in
            json.field("operation", suspect.operation)
            json.field("credits", micros(suspect.credits))
            json.field("factor", suspect.factor.map { Statistic.decimal($0, places: 3) })
          }
        }
      }
    }
    return json.finished()
  }

  public var table: [UInt8] {
    var text = ""
    for account in accounts {
      if accounts.count > 1 { text += "\(account.org.isEmpty ? "no organisation" : account.org)\n" }
      text += Self.rows(of: account)
      if accounts.count > 1 { text += "\n" }
    }
    text += waterfall
    let kinds = accounts.flatMap(\.events)
    if !kinds.isEmpty {
      text += "\nWhat happened\n"
      for event in kinds.prefix(Self.eventsShown) {
        text += "  \(event.at)  \(event.kind.sentence)\n"
      }
      if kinds.count > Self.eventsShown {
        text += "  and \(kinds.count - Self.eventsShown) more; --format json has all\n"
      }
    }
    text += suspicion
    return Array(text.utf8)
  }

  private static let rowsShown = 40
  private static let eventsShown = 20

  private static func rows(of account: Account) -> String {
    var table = TextTable([
      ("from", .left), ("to", .left), ("left balance", .right), ("rated", .right),
      ("ledger", .right), ("topped up", .right), ("reset", .right), ("unexplained", .right),
    ])
    // Where there are many, those that need a look.
    let shown: [Row]
    if account.rows.count > rowsShown {
      let worst = account.rows.sorted { abs($1.sums.unexplained) < abs($0.sums.unexplained) }
        .prefix(rowsShown)
      shown = worst.sorted { $0.interval.from < $1.interval.from }
    } else {
      shown = account.rows
    }
    for row in shown {
      let sums = row.sums
      table.add(
        [row.interval.from.description, row.interval.to.description] + cells(sums)
      )
    }
    table.addRule()
    var total = Sums()
    for row in account.rows { total += row.sums }
    table.add(["total", "\(account.rows.count) intervals"] + cells(total))
    var text = table.text
    if shown.count < account.rows.count {
      text += "the \(shown.count) intervals with most unexplained; --format json has all\n"
    }
    if account.rows.contains(where: \.interval.isInferred) {
      text += "where snapshots have no used-this-period, what left is what the balance fell by\n"
    }
    return text
  }

  private static func cells(_ sums: Sums) -> [String] {
    [
      micros(sums.left).grouped(), micros(sums.rated).grouped(),
      sums.ledger.map { micros($0).grouped() } ?? "", blankZero(sums.toppedUp),
      blankZero(sums.reset), micros(sums.unexplained).grouped(),
    ]
  }

  private static func blankZero(_ amount: Int128) -> String {
    amount == 0 ? "" : micros(amount).grouped()
  }

  /// From the opening to the closing balance.
  private var waterfall: String {
    let rows = accounts.flatMap(\.rows)
    let opening = accounts.compactMap(\.rows.first?.interval.opening.micros)
      .reduce(Int128(0)) { $0 + Int128($1) }
    let closing = accounts.compactMap(\.rows.last?.interval.closing.micros)
      .reduce(Int128(0)) { $0 + Int128($1) }
    if rows.isEmpty { return "fewer than two snapshots: there is nothing to reconcile\n" }
    let sums = totals
    var table = TextTable([("from balance to balance", .left), ("credits", .right)])
    table.add(["opening balance", micros(opening).grouped()])
    for row in byOperation {
      table.add(["  rated: \(row.operation)", micros(-row.credits).grouped()])
    }
    table.add(["  unexplained", micros(-sums.unexplained).grouped()])
    let others = [
      ("topped up", sums.toppedUp), ("new period", sums.reset), ("refunded", sums.refunded),
      ("held, released or expired", sums.adjusted),
    ]
    for (name, amount) in others where amount != 0 {
      table.add(
        ["  \(name)", "+" + micros(amount).grouped()].map { $0.replacing("+-", with: "-") }
      )
    }
    table.addRule()
    table.add(["closing balance", micros(closing).grouped()])
    return "\n" + table.text
  }

  private var suspicion: String {
    let rest = totals.unexplained
    guard rest != 0, let share = share(of: rest) else { return "" }
    var text = "\n\(share) of what left the balance is not explained by the requests\n"
    let able = suspects.filter { $0.factor != nil }.prefix(5)
    for suspect in able {
      text += "  \(suspect.operation) at \(Statistic.decimal(suspect.factor ?? 1, places: 2)) times"
      text += " its \(micros(suspect.credits).grouped()) would explain it\n"
    }
    if able.isEmpty {
      text +=
        "  no uncertain rate within its bounds explains it alone: calls that are not logged?\n"
    }
    return text
  }

  private func share(of rest: Int128) -> String? {
    totals.left > 0 ? Statistic.percent(Double(rest) / Double(totals.left)) : nil
  }
}

private func micros(_ amount: Int128) -> ExactDecimal {
  ExactDecimal(significand: amount, scale: Credits.places)
}

extension JSONWriter {
  fileprivate mutating func sums(_ sums: ReconcileReport.Sums) {
    field("left_balance", micros(sums.left))
    field("rated", micros(sums.rated))
    field("ledger", sums.ledger.map(micros))
    field("ledger_only", sums.ledgerOnly.map(micros))
    field("log_only", sums.logOnly.map(micros))
    field("topped_up", micros(sums.toppedUp))
    field("reset", micros(sums.reset))
    field("refunded", micros(sums.refunded))
    field("adjusted", micros(sums.adjusted))
    field("unexplained", micros(sums.unexplained))
  }
}

extension BalanceEvent.Kind {
  /// The word that JSON has for it.
  var name: String {
    switch self {
    case .topUp: "top_up"
    case .periodReset: "period_reset"
    case .refund: "refund"
    case .adjustment: "adjustment"
    case .planChange: "plan_change"
    case .gap: "gap"
    case .unknownBalance: "unknown_balance"
    case .contradiction: "contradiction"
    case .late: "late"
    }
  }

  var credits: Credits? {
    switch self {
    case .topUp(let credits), .periodReset(let credits), .refund(let credits),
      .adjustment(let credits):
      credits
    default: nil
    }
  }

  var sentence: String {
    switch self {
    case .topUp(let credits): "topped up by \(credits.decimal.grouped())"
    case .periodReset(let credits):
      "a new billing period; the balance was filled up by \(credits.decimal.grouped())"
    case .refund(let credits): "\(credits.decimal.grouped()) refunded"
    case .adjustment(let credits) where credits < .zero:
      "\(Credits(micros: -credits.micros).decimal.grouped()) gone from the balance beside use: "
        + "held, or expired"
    case .adjustment(let credits): "\(credits.decimal.grouped()) back in the balance: released"
    case .planChange(let from, let to): "the plan changed from \(from) to \(to)"
    case .gap(let span): "no snapshot for \(Self.words(span))"
    case .unknownBalance: "a snapshot without a balance"
    case .contradiction: "two snapshots of this instant differ; the later one counts"
    case .late: "a snapshot that came after later ones"
    }
  }

  private static func words(_ span: Span) -> String {
    let seconds = span.seconds
    if seconds >= 172_800 { return "\(seconds / 86_400) days" }
    if seconds >= 7_200 { return "\(seconds / 3_600) hours" }
    return "\(max(1, seconds / 60)) minutes"
  }
}
