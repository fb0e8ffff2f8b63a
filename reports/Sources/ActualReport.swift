public import CreditCore

/// A kept estimate beside what then happened.
public struct ActualReport: Sendable {
  public struct Line: Sendable {
    public var operation: String
    public var unit: Unit?
    /// Nil where it was not planned.
    public private(set) var quantity: QuantityRange?
    /// Nil where it was not planned, or has no price.
    public private(set) var credits: CreditRange?
    public var actual = UsageSums()

    public init(operation: String, unit: Unit?) {
      self.operation = operation
      self.unit = unit
    }

    /// Adds what a line of the estimate expects.
    public mutating func plan(quantity more: QuantityRange) throws(ArithmeticOverflow) {
      quantity = try quantity?.zip(more) { (a, b) throws(ArithmeticOverflow) in try a + b } ?? more
    }

    public mutating func plan(credits more: QuantityRange) throws(ArithmeticOverflow) {
      let rounded = try more.map { (amount) throws(ArithmeticOverflow) in
        try Credits(rounding: amount)
      }
      credits =
        try credits.map { (known) throws(ArithmeticOverflow) in try known + rounded } ?? rounded
    }
  }

  public var name: String
  public var saved: Instant
  public var since: Instant?
  public var until: Instant?
  public var tags: [(name: String, value: String?)]
  public var credits: CreditRange
  /// By operation: those of the estimate, then others.
  public var lines: [Line]
  public var actual: UsageSums

  public init(
    name: String,
    saved: Instant,
    since: Instant?,
    until: Instant?,
    tags: [(name: String, value: String?)],
    credits: CreditRange,
    lines: [Line],
    actual: UsageSums
  ) {
    self.name = name
    self.saved = saved
    self.since = since
    self.until = until
    self.tags = tags
    self.credits = credits
    self.lines = lines
    self.actual = actual
  }

  private static func isInside(_ range: CreditRange?, _ micros: Int128) -> Bool? {
    range.map { Int128($0.low.micros) <= micros && micros <= Int128($0.high.micros) }
  }

  private static func difference(_ range: CreditRange?, _ micros: Int128) -> Int128 {
    micros - Int128(range?.expected.micros ?? 0)
  }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.actual/1")
      json.field("name", name)
      json.field("saved", saved.description)
      json.field("since", since?.description)
      json.field("until", until?.description)
      json.field("tags") { json in
        json.object { json in
          for tag in tags { json.field(named: tag.name) { $0.text(tag.value) } }
        }
      }
      json.field("lines") { json in
        json.list(lines) { json, line in
          json.object { json in
            json.field("operation", line.operation)
            json.field("unit", line.unit?.rawValue)
            json.field("estimated_quantity", line.quantity)
            json.field("quantity", line.actual.quantityDecimal)
            Self.write(&json, line.credits, line.actual)
          }
        }
      }
      json.field("totals") { json in json.object { Self.write(&$0, credits, actual) } }
    }
    return json.finished()
  }

  private static func write(
    _ json: inout JSONWriter,
    _ range: CreditRange?,
    _ actual: UsageSums
  ) {
    json.field("estimated", range)
    json.field("actual", actual.creditsDecimal)
    json.field(
      "difference",
      ExactDecimal(significand: difference(range, actual.credits), scale: Credits.places)
    )
    json.field("inside", isInside(range, actual.credits))
    json.field("requests", ExactDecimal(significand: actual.requests, scale: 0))
    json.field("unpriced_requests", ExactDecimal(significand: actual.unpricedRequests, scale: 0))
  }

  public var table: [UInt8] {
    var text = "\(printable(name)), estimated at \(saved), beside usage"
    for tag in tags {
      text += " with \(printable(tag.name))" + (tag.value.map { " \(printable($0))" } ?? "")
    }
    if let since { text += " since \(since)" }
    if let until { text += " until \(until)" }
    var table = TextTable([
      ("operation", .left), ("low", .right), ("expected", .right), ("high", .right),
      ("actual", .right), ("difference", .right), ("", .left),
    ])
    for line in lines {
      table.add(
        [line.operation] + Self.cells(line.credits, line.actual, isPlanned: line.quantity != nil)
      )
    }
    table.addRule()
    table.add(["total"] + Self.cells(credits, actual, isPlanned: true))
    text += "\n\n" + table.text + actual.unpricedSentence
    return Array(text.utf8)
  }

  private static func cells(
    _ range: CreditRange?,
    _ actual: UsageSums,
    isPlanned: Bool
  ) -> [String] {
    let change = difference(range, actual.credits)
    let words = ExactDecimal(significand: change, scale: Credits.places).grouped(places: 2)
    let verdict: String =
      switch isInside(range, actual.credits) {
      case true?: "inside"
      case false?: change > 0 ? "above" : "below"
      case nil: isPlanned ? "unpriced" : "not planned"
      }
    return [
      range?.low.shown ?? "", range?.expected.shown ?? "", range?.high.shown ?? "",
      actual.creditsDecimal.grouped(places: 2), (change > 0 ? "+" : "") + words, verdict,
    ]
  }
}
