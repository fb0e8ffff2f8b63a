public import CreditCore

/// How fast credits went, over several windows that end now.
public struct BurnReport: Sendable {
  public struct Part: Sendable {
    public var name: String
    /// In micro-credits.
    public var credits: Int128

    public init(name: String, credits: Int128) {
      self.name = name
      self.credits = credits
    }
  }

  /// What the provider's own counter says.
  public struct Counted: Sendable {
    /// In micro-credits.
    public var spent: Int128
    /// That lie between the snapshots.
    public var seconds: Int64

    public init(spent: Int128, seconds: Int64) {
      self.spent = spent
      self.seconds = seconds
    }
  }

  public struct Window: Sendable {
    public var span: Span
    public var from: Instant
    public var requests: Int128
    /// In micro-credits.
    public var credits: Int128
    public var unpricedRequests: Int128
    /// Credits of the window before, in micro-credits; nil where requests do not go back so far.
    public var before: Int128?
    /// Seconds of the window for which there can be requests; nil where there are none at all.
    public var history: Int64?
    /// Nil where no two snapshots lie in the window.
    public var snapshots: Counted?
    public var top: [Part]

    public init(
      span: Span,
      from: Instant,
      requests: Int128,
      credits: Int128,
      unpricedRequests: Int128,
      before: Int128?,
      history: Int64?,
      snapshots: Counted?,
      top: [Part]
    ) {
      self.span = span
      self.from = from
      self.requests = requests
      self.credits = credits
      self.unpricedRequests = unpricedRequests
      self.before = before
      self.history = history
      self.snapshots = snapshots
      self.top = top
    }

    /// Exact to the micro-credit, over the seconds that there can be requests of; nil where
    /// there are none: an empty history is not a rate of zero.
    func perDay(_ credits: Int128) -> ExactDecimal? {
      guard let history, history > 0 else { return nil }
      return BurnReport.rate(credits, over: history, each: 86_400)
    }

    var perHour: ExactDecimal? {
      guard let history, history > 0 else { return nil }
      return BurnReport.rate(credits, over: history, each: 3_600)
    }

    /// A share of the window before; nil where that had none.
    var change: Double? {
      guard let before, before != 0 else { return nil }
      return Double(credits - before) / Double(before)
    }
  }

  public var at: Instant
  public var balance: Snapshot?
  public var windows: [Window]

  public init(at: Instant, balance: Snapshot?, windows: [Window]) {
    self.at = at
    self.balance = balance
    self.windows = windows
  }

  static func rate(_ micros: Int128, over seconds: Int64, each: Int64) -> ExactDecimal {
    let credits = ExactDecimal(significand: micros, scale: Credits.places)
    let rate = try? (credits * ExactDecimal(each)).divided(by: ExactDecimal(seconds), places: 6)
    return rate ?? .zero
  }

  /// Days until the balance is gone at a window's rate; nil where nothing goes.
  func runway(at window: Window) -> Double? {
    guard let balance = balance?.balance, let rate = window.perDay(window.credits)?.approximate,
      rate > 0
    else { return nil }
    return max(0, balance.approximate / rate)
  }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.burn/1")
      json.field("at", at.description)
      json.field("balance", balance?.balance?.decimal)
      json.field("balance_at", balance?.at.description)
      json.field("windows") { json in
        json.list(windows) { json, window in
          json.object { json in
            json.field("window", window.span.description)
            json.field("from", window.from.description)
            json.field("to", at.description)
            json.field("requests", ExactDecimal(significand: window.requests, scale: 0))
            json.field("credits", micros(window.credits))
            json.field(
              "unpriced_requests",
              ExactDecimal(significand: window.unpricedRequests, scale: 0)
            )
            json.field("credits_per_hour", window.perHour)
            json.field("credits_per_day", window.perDay(window.credits))
            json.field("covered_seconds", window.history.map { ExactDecimal($0) })
            json.field("previous", window.before.map(micros))
            json.field("change", window.change.map { Statistic.decimal($0, places: 4) })
            json.field("from_snapshots") { json in
              guard let counted = window.snapshots else { return json.raw("null") }
              json.object { json in
                json.field("credits", micros(counted.spent))
                json.field(
                  "credits_per_day",
                  Self.rate(counted.spent, over: counted.seconds, each: 86_400)
                )
                json.field("covered_seconds", ExactDecimal(counted.seconds))
              }
            }
            json.field("runway_days", runway(at: window).map { Statistic.decimal($0, places: 2) })
            json.field("top") { json in
              json.list(window.top) { json, part in
                json.object { json in
                  json.field("operation", part.name)
                  json.field("credits", micros(part.credits))
                  json.field("share", Self.share(part.credits, of: window.credits))
                }
              }
            }
          }
        }
      }
    }
    return json.finished()
  }

  private static func share(_ part: Int128, of whole: Int128) -> ExactDecimal? {
    whole == 0 ? nil : Statistic.decimal(Double(part) / Double(whole), places: 4)
  }

  public var table: [UInt8] {
    var table = TextTable([
      ("window", .left), ("credits", .right), ("an hour", .right), ("a day", .right),
      ("change", .right), ("by snapshots, a day", .right), ("runway", .right), ("most", .left),
    ])
    for window in windows {
      let counted = window.snapshots.map {
        Self.rate($0.spent, over: $0.seconds, each: 86_400).grouped(places: 1)
      }
      let most = window.top.first.map { part in
        "\(part.name) \(Statistic.percent(Double(part.credits) / Double(window.credits)))"
      }
      table.add([
        window.span.description, micros(window.credits).grouped(),
        window.perHour?.grouped(places: 1) ?? "unknown",
        window.perDay(window.credits)?.grouped(places: 1) ?? "unknown",
        window.change.map(Self.signed) ?? "", counted ?? "",
        runway(at: window).map { "\(Statistic.decimal($0, places: 1).grouped()) days" } ?? "",
        most ?? "",
      ])
    }
    var text = table.text
    for window in windows where (window.history ?? 0) < window.span.seconds {
      guard let history = window.history else {
        text += "\nthere are no requests before \(at)\n"
        break
      }
      text += "\nrequests go back \(Statistic.decimal(Double(history) / 86_400, places: 1)) days: "
      text += "longer windows are rated over those\n"
      break
    }
    let unpriced = windows.map(\.unpricedRequests).max() ?? 0
    if unpriced > 0 {
      let count = ExactDecimal(significand: unpriced, scale: 0).grouped()
      text += "\n\(count) requests have no known price: no rate has their credits\n"
    }
    return Array(text.utf8)
  }

  private static func signed(_ share: Double) -> String {
    (share > 0 ? "+" : "") + Statistic.percent(share)
  }
}

private func micros(_ amount: Int128) -> ExactDecimal {
  ExactDecimal(significand: amount, scale: Credits.places)
}
