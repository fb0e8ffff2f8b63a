public import CreditCore
public import Reconciliation

/// Rates that were fitted to what the provider took, and the price book that says so.
public struct CalibrateReport: Sendable {
  /// What is uncertain of an operation.
  public struct Uncertain: Sendable {
    public enum Subject: Sendable {
      /// The price of a block of units.
      case price(per: ExactDecimal, min: ExactDecimal, max: ExactDecimal)
      /// The quantity of a request that tells none, at a known price of a unit.
      case quantity(assumed: ExactDecimal, price: Double)
    }

    public var rate: UncertainRate
    public var unit: Unit
    public var subject: Subject

    public init(rate: UncertainRate, unit: Unit, subject: Subject) {
      self.rate = rate
      self.unit = unit
      self.subject = subject
    }
  }

  public var calibration: Calibration
  public var intervals: Int
  public var uncertain: [String: Uncertain]
  public var provider: String
  public var version: String
  public var now: Instant

  public init(
    calibration: Calibration,
    intervals: Int,
    uncertain: [String: Uncertain],
    provider: String,
    version: String,
    now: Instant
  ) {
    self.calibration = calibration
    self.intervals = intervals
    self.uncertain = uncertain
    self.provider = provider
    self.version = version
    self.now = now
  }

  /// The share of what was unexplained that the fitted rates explain; nil where nothing was.
  var removed: Double? {
    calibration.unexplainedBefore > 0
      ? 1 - calibration.unexplainedAfter / calibration.unexplainedBefore : nil
  }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.calibrate/1")
      json.field("intervals", ExactDecimal(intervals))
      json.field("rates") { json in
        json.list(calibration.fits) { json, fit in
          json.object { json in
            json.field("operations") { $0.list(fit.operations) { $0.text($1) } }
            json.field("separable", fit.isSeparable)
            json.field("rate", Self.rate(fit.rate))
            json.field("low", Self.rate(fit.low))
            json.field("high", Self.rate(fit.high))
            json.field("was", fit.isSeparable ? was(fit).map(Self.rate) : .one)
            json.field("at_bound", fit.isAtBound)
          }
        }
      }
      json.field("changes") { json in
        json.list(calibration.changes) { json, change in
          json.object { json in
            json.field("operation", change.operation)
            json.field("after", change.after.description)
            json.field("old", Self.rate(change.old))
            json.field("new", Self.rate(change.new))
          }
        }
      }
      json.field("untold") { $0.list(calibration.untold) { $0.text($1) } }
      json.field("unexplained_before", Statistic.decimal(calibration.unexplainedBefore, places: 6))
      json.field("unexplained_after", Statistic.decimal(calibration.unexplainedAfter, places: 6))
    }
    return json.finished()
  }

  private func was(_ fit: Calibration.Fit) -> Double? {
    uncertain[fit.operations[0]]?.rate.expected
  }

  static func rate(_ value: Double) -> ExactDecimal { Statistic.decimal(value, places: 6) }

  public var table: [UInt8] {
    if calibration.fits.isEmpty {
      let rates = uncertain.count
      return Array(
        (rates == 0
          ? "no rate is uncertain: there is nothing to calibrate\n"
          : "\(intervals) intervals between snapshots tell too little of \(rates) uncertain "
            + (rates == 1 ? "rate" : "rates") + "; three for each are the least\n").utf8
      )
    }
    var table = TextTable([
      ("operation", .left), ("credits a unit", .right), ("19 times in 20", .left), ("was", .right),
      ("", .left),
    ])
    for fit in calibration.fits {
      let unit = uncertain[fit.operations[0]]?.unit.words(for: .one) ?? "unit"
      table.add([
        fit.operations.joined(separator: " + "),
        fit.isSeparable ? short(fit.rate) : "x \(short(fit.rate))",
        "\(short(fit.low)) to \(short(fit.high))",
        fit.isSeparable ? was(fit).map(short) ?? "" : "x 1",
        fit.isSeparable
          ? (fit.isAtBound ? "a \(unit); held by the book's bound" : "a \(unit)")
          : "times the book's rates: they always occur together",
      ])
    }
    var text = table.text
    if let removed {
      text += "\nof \(short(calibration.unexplainedBefore)) credits unexplained in \(intervals) "
      text += "intervals, these rates explain \(Statistic.percent(max(0, removed)))\n"
    }
    for change in calibration.changes {
      text += "\(change.operation) cost \(short(change.old)) until \(change.after), "
      text += "and \(short(change.new)) since\n"
    }
    for operation in calibration.untold { text += "nothing tells of \(operation)\n" }
    return Array(text.utf8)
  }

  private func short(_ value: Double) -> String {
    Statistic.decimal(value, places: abs(value) < 10 ? 3 : 1).grouped()
  }

  /// A price book that extends the shipped one with the rates found, or nil where there are none.
  public var book: [UInt8]? {
    let fits = calibration.fits.filter(\.isSeparable)
    if fits.isEmpty { return nil }
    let day = String(now.description.prefix(10))
    let from = calibration.changes.map(\.after).max() ?? now
    var text = """
      # Rates fitted to \(intervals) intervals between balance snapshots: creditmeter calibrate
      extends: \(provider)
      provider: \(provider)
      version: "\(version)-calibrated-\(day)"
      effective: \(from)
      sources:
        CALIBRATED: {title: "fitted to balance snapshots on \(day)", rank: 50}
      operations:

      """
    for fit in fits { text += entry(of: fit) }
    return Array(text.utf8)
  }

  private func entry(of fit: Calibration.Fit) -> String {
    guard let found = uncertain[fit.operations[0]] else { return "" }
    let spread =
      "fitted \(Self.rate(fit.rate)) a unit, 19 times in 20 from \(Self.rate(fit.low))"
      + " to \(Self.rate(fit.high))"
    let origin = """
          source: CALIBRATED
          confidence: assumed
          note: "\(spread)"

      """
    switch found.subject {
    case .price(let per, let min, let max):
      let block = per.approximate
      let (low, high) = (min.approximate, max.approximate)
      func price(_ rate: Double) -> ExactDecimal {
        Self.rate(Swift.min(Swift.max(rate * block, low), high))
      }
      return "  - id: \(fit.operations[0])\n"
        + "    price: {min: \(min), low: \(price(fit.low)), expected: \(price(fit.rate)), "
        + "high: \(price(fit.high)), max: \(max)}\n" + origin
    case .quantity(let assumed, let price):
      let factor = price > 0 ? fit.rate / price : 1
      return "  - id: \(fit.operations[0])\n"
        + "    default_quantity: {value: \(Self.rate(assumed.approximate * factor)), "
        + "source: CALIBRATED, confidence: assumed, note: \"\(spread)\"}\n"
    }
  }
}
