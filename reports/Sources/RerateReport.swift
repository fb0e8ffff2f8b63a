public import CreditCore

/// What stored usage cost, beside what it costs under other books.
public struct RerateReport: Sendable {
  public struct Amount: Sendable, Equatable {
    /// In micro-credits.
    public var credits: Int128
    public var unpricedRequests: Int128

    public init(credits: Int128 = 0, unpricedRequests: Int128 = 0) {
      self.credits = credits
      self.unpricedRequests = unpricedRequests
    }
  }

  public struct Line: Sendable {
    public var operation: String
    /// Those that are charged.
    public var requests: Int128
    public var changedRequests: Int128
    /// Those from before the first of the books, which keep their price.
    public var earlierRequests: Int128
    public var before: Amount
    public var after: Amount

    public init(
      operation: String,
      requests: Int128,
      changedRequests: Int128,
      earlierRequests: Int128,
      before: Amount,
      after: Amount
    ) {
      self.operation = operation
      self.requests = requests
      self.changedRequests = changedRequests
      self.earlierRequests = earlierRequests
      self.before = before
      self.after = after
    }
  }

  public var books: [(provider: String, version: String, effective: Instant)]
  public var since: Instant?
  public var until: Instant?
  public var lines: [Line]
  public var isApplied = false

  public init(
    books: [(provider: String, version: String, effective: Instant)],
    since: Instant?,
    until: Instant?,
    lines: [Line]
  ) {
    self.books = books
    self.since = since
    self.until = until
    self.lines = lines
  }

  public var totals: Line { Self.total(lines) }

  static func total(_ lines: [Line]) -> Line {
    var total = Line(
      operation: "total",
      requests: 0,
      changedRequests: 0,
      earlierRequests: 0,
      before: Amount(),
      after: Amount()
    )
    for line in lines {
      total.requests += line.requests
      total.changedRequests += line.changedRequests
      total.earlierRequests += line.earlierRequests
      total.before.credits += line.before.credits
      total.before.unpricedRequests += line.before.unpricedRequests
      total.after.credits += line.after.credits
      total.after.unpricedRequests += line.after.unpricedRequests
    }
    return total
  }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.rerate/1")
      json.field("books") { json in
        json.list(books) { json, book in
          json.object { json in
            json.field("provider", book.provider)
            json.field("version", book.version)
            json.field("effective", book.effective.description)
          }
        }
      }
      json.field("since", since?.description)
      json.field("until", until?.description)
      json.field("by_operation") { json in
        json.list(lines) { json, line in
          json.object { json in
            json.field("operation", line.operation)
            json.amounts(line)
            json.counts(line)
          }
        }
      }
      json.field("totals") { json in
        json.object { json in
          json.amounts(totals)
          json.counts(totals)
        }
      }
      json.field("applied", isApplied)
    }
    return json.finished()
  }

  public var table: [UInt8] {
    let names = books.map { "\(printable($0.provider)) \(printable($0.version))" }
    var text =
      "Stored usage under \(names.joined(separator: ", "))\n\n" + Self.lineTable(lines, totals)
    let changed = ExactDecimal(significand: totals.changedRequests, scale: 0).grouped()
    text += "\n\(changed) \(totals.changedRequests == 1 ? "request costs" : "requests cost")"
    text += " something else" + (isApplied ? "; stored\n" : "; --apply stores it\n")
    if totals.earlierRequests > 0, let first = books.first {
      let earlier = ExactDecimal(significand: totals.earlierRequests, scale: 0).grouped()
      text += "\(earlier) from before \(first.effective), when the first book comes into force, "
      text += "keep their price\n"
    }
    return Array(text.utf8)
  }

  /// Old beside new, by operation.
  static func lineTable(
    _ lines: [Line],
    _ totals: Line,
    columns: (old: String, new: String) = ("credits were", "would be")
  ) -> String {
    var table = TextTable([
      ("operation", .left), ("requests", .right), (columns.old, .right), (columns.new, .right),
      ("change", .right), ("unpriced", .right),
    ])
    let free = lines.filter { $0.before == Amount() && $0.after == Amount() }
    for line in lines where !(line.before == Amount() && line.after == Amount()) {
      table.add(cells(line))
    }
    if !free.isEmpty {
      let requests = free.reduce(0) { $0 + $1.requests }
      table.add([
        "\(free.count) free", ExactDecimal(significand: requests, scale: 0).grouped(), "0", "0",
        "0", "0",
      ])
    }
    table.addRule()
    table.add(cells(totals))
    return table.text
  }

  private static func cells(_ line: Line) -> [String] {
    func words(_ micros: Int128) -> String {
      ExactDecimal(significand: micros, scale: Credits.places).grouped()
    }
    let change = line.after.credits - line.before.credits
    let (old, new) = (line.before.unpricedRequests, line.after.unpricedRequests)
    return [
      line.operation, ExactDecimal(significand: line.requests, scale: 0).grouped(),
      words(line.before.credits), words(line.after.credits),
      (change > 0 ? "+" : "") + words(change), old == new ? "\(old)" : "\(old) → \(new)",
    ]
  }
}

extension JSONWriter {
  fileprivate mutating func counts(_ line: RerateReport.Line) {
    field("changed_requests", ExactDecimal(significand: line.changedRequests, scale: 0))
    field("earlier_requests", ExactDecimal(significand: line.earlierRequests, scale: 0))
  }

  /// The fields of a line of old beside new.
  mutating func amounts(_ line: RerateReport.Line) {
    func credits(_ micros: Int128) -> ExactDecimal {
      ExactDecimal(significand: micros, scale: Credits.places)
    }
    field("requests", ExactDecimal(significand: line.requests, scale: 0))
    for (name, amount) in [("old", line.before), ("new", line.after)] {
      field(named: name) { json in
        json.object { json in
          json.field("credits", credits(amount.credits))
          json.field(
            "unpriced_requests",
            ExactDecimal(significand: amount.unpricedRequests, scale: 0)
          )
        }
      }
    }
    field("change", credits(line.after.credits - line.before.credits))
  }
}
