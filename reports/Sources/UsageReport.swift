public import CreditCore

/// Stored usage added up by groups.
public struct UsageReport: Sendable {
  public struct Row: Sendable {
    /// Of the groupings, in their order.
    public var values: [UsageValue]
    /// What the quantity counts; nil where units differ.
    public var unit: Unit?
    public var sums: UsageSums

    public init(values: [UsageValue], unit: Unit?, sums: UsageSums) {
      self.values = values
      self.unit = unit
      self.sums = sums
    }
  }

  public var by: [UsageKey]
  /// The zone that days are of.
  public var zone: String
  public var rows: [Row]
  /// How many rows were left out, and what they add up to.
  public var omitted: (rows: Int, sums: UsageSums)?
  /// Of all requests, whether their rows are shown or not.
  public var totals: UsageSums
  /// Which part of the rows these are, where they are handed out in parts.
  public var page: ListPage?

  public init(
    by: [UsageKey],
    zone: String,
    rows: [Row],
    omitted: (rows: Int, sums: UsageSums)?,
    totals: UsageSums
  ) {
    self.by = by
    self.zone = zone
    self.rows = rows
    self.omitted = omitted
    self.totals = totals
  }

  /// Columns of numbers, by the names that JSON and CSV give them.
  public static let numberNames = [
    "requests", "charged_requests", "quantity", "credits", "measured", "counted", "assumed",
    "unpriced_requests", "errors", "rate_limited",
  ]

  public var json: [UInt8] {
    var json = JSONWriter(capacity: 1_024 + rows.count * 320)
    json.object { json in
      json.field("schema", "creditmeter.usage/1")
      json.field("by") { $0.list(by) { $0.text($1.name) } }
      json.field("timezone", zone)
      json.field("rows") { json in
        json.list(rows) { json, row in
          json.object { json in
            for (key, value) in zip(by, row.values) {
              json.field(named: key.name) { $0.value(value) }
            }
            if !by.contains(.unit) { json.field("unit", row.unit?.rawValue) }
            json.numbers(row.sums)
          }
        }
      }
      if let omitted {
        json.field("omitted") { json in
          json.object { json in
            json.field("rows", integer: omitted.rows)
            json.numbers(omitted.sums)
          }
        }
      }
      json.field("totals") { $0.object { $0.numbers(totals) } }
      if let page { json.field(page) }
    }
    return json.finished()
  }

  public var csv: [UInt8] {
    var csv = CSV()
    let unit = by.contains(.unit) ? [] : ["unit"]
    csv.add((by.map(\.name) + unit + Self.numberNames).map(CSV.Cell.text))
    for row in rows {
      csv.add(
        row.values.map(CSV.Cell.init) + (unit.isEmpty ? [] : [.text(row.unit?.rawValue ?? "")])
          + row.sums.numbers.map { .number($0.description) }
      )
    }
    return Array(csv.text.utf8)
  }

  public var table: [UInt8] {
    var table = TextTable(
      by.map { ($0.name, $0 == .status ? .right : .left) } + [
        ("requests", .right), ("charged", .right), ("quantity", .right), ("", .left),
        ("credits", .right), ("measured", .right), ("counted", .right), ("assumed", .right),
        ("unpriced", .right), ("errors", .right), ("429", .right),
      ]
    )
    for row in rows {
      table.add(row.values.map(\.words) + Self.cells(row.sums, unit: row.unit))
    }
    table.addRule()
    let blank = Array(repeating: "", count: max(0, by.count - 1))
    if let omitted {
      let rows = "\(ExactDecimal(omitted.rows).grouped()) more"
      table.add([rows] + blank + Self.cells(omitted.sums, unit: nil))
    }
    table.add(["total"] + blank + Self.cells(totals, unit: nil))
    return Array((table.text + totals.unpricedSentence).utf8)
  }

  private static func cells(_ sums: UsageSums, unit: Unit?) -> [String] {
    let quantity = unit.map { _ in sums.quantityDecimal.grouped() } ?? ""
    let words = unit?.words(for: sums.quantityDecimal) ?? ""
    return [
      whole(sums.requests), whole(sums.chargedRequests), quantity, words,
      credits(sums.credits), credits(sums.measured), credits(sums.counted), credits(sums.assumed),
      whole(sums.unpricedRequests), whole(sums.errors), whole(sums.rateLimited),
    ]
  }

  private static func whole(_ number: Int128) -> String {
    ExactDecimal(significand: number, scale: 0).grouped()
  }

  private static func credits(_ micros: Int128) -> String {
    ExactDecimal(significand: micros, scale: Credits.places).grouped()
  }
}

extension UsageSums {
  var quantityDecimal: ExactDecimal { ExactDecimal(significand: quantity, scale: Credits.places) }
  var creditsDecimal: ExactDecimal { ExactDecimal(significand: credits, scale: Credits.places) }

  /// In the order of ``UsageReport/numberNames``.
  var numbers: [ExactDecimal] {
    func whole(_ number: Int128) -> ExactDecimal { ExactDecimal(significand: number, scale: 0) }
    func millionths(_ number: Int128) -> ExactDecimal {
      ExactDecimal(significand: number, scale: Credits.places)
    }
    return [
      whole(requests), whole(chargedRequests), millionths(quantity), millionths(credits),
      millionths(measured), millionths(counted), millionths(assumed), whole(unpricedRequests),
      whole(errors), whole(rateLimited),
    ]
  }

  /// What totals leave out, said; empty where nothing is.
  var unpricedSentence: String {
    switch unpricedRequests {
    case 0: ""
    case 1: "\n1 request has no known price: no total has its credits\n"
    default:
      "\n\(ExactDecimal(significand: unpricedRequests, scale: 0).grouped()) requests have no known "
        + "price: no total has their credits\n"
    }
  }
}

extension UsageValue {
  /// As people read it.
  var words: String {
    switch self {
    case .absent: "none"
    case .number(let number): String(number)
    case .text(let text): text.isEmpty ? "none" : text
    }
  }
}

extension CSV.Cell {
  init(_ value: UsageValue) {
    switch value {
    case .absent: self = .text("")
    case .number(let number): self = .number(String(number))
    case .text(let text): self = .text(text)
    }
  }
}

extension JSONWriter {
  mutating func value(_ value: UsageValue) {
    switch value {
    case .absent: raw("null")
    case .number(let number): self.number(ExactDecimal(number))
    case .text(let text): self.text(text)
    }
  }

  /// The fields of sums.
  mutating func numbers(_ sums: UsageSums) {
    for (name, number) in zip(UsageReport.numberNames, sums.numbers) {
      field(named: name) { $0.number(number) }
    }
  }
}
