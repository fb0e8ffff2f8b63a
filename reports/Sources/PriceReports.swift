public import CreditCore
public import Rating

/// What `prices` prints about a book's operations.
public struct PriceList: Sendable {
  public var book: PriceBook
  public var plan: String
  public var metering: Metering?

  public init(book: PriceBook, plan: String, metering: Metering? = nil) {
    self.book = book
    self.plan = plan
    self.metering = metering
  }

  private var operations: [Operation] {
    book.operations
      .filter { operation in
        let rate = operation.rate(on: plan)
        return metering == nil || metering == rate.metering || metering == rate.effectiveMetering
      }
      .sorted { $0.id < $1.id }
  }

  public var table: String {
    var table = TextTable([
      ("operation", .left), ("metering", .left), ("credits", .right), ("a", .left),
      ("confidence", .left), ("what", .left),
    ])
    for operation in operations {
      let rate = operation.rate(on: plan)
      table.add([
        operation.id, rate.metering.rawValue, rate.priceWords, rate.blockWords,
        rate.provenance.confidence.rawValue, operation.title,
      ])
    }
    return "\(book.provider) \(book.version), plan \(plan)\n\n" + table.text
  }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.prices/1")
      json.field("book") { $0.write(book) }
      json.field("plan", plan)
      json.field("operations") { json in
        json.list(operations) { json, operation in
          json.object { json in
            json.field("id", operation.id)
            json.field("family", operation.family)
            json.field("title", operation.title)
            json.write(operation.rate(on: plan))
            json.field("requests") { $0.list(operation.requests) { $0.text($1.text) } }
          }
        }
      }
    }
    return json.finished()
  }
}

/// What a request costs, and why.
public struct PriceExplanation: Sendable {
  public var book: PriceBook
  public var plan: String
  public var method: String
  public var path: String
  public var match: RouteMatcher.Match?

  public init(
    book: PriceBook,
    plan: String,
    method: String,
    path: String,
    match: RouteMatcher.Match?
  ) {
    self.book = book
    self.plan = plan
    self.method = method
    self.path = path
    self.match = match
  }

  private var operation: Operation? { match.map { book.operations[$0.operation] } }

  /// How the request is metered; what no pattern matches is unpriced, never free.
  var metering: Metering { operation?.rate(on: plan).effectiveMetering ?? .unpriced }

  /// What one unit costs, in words; nil where no pattern matches.
  var price: String? { operation?.rate(on: plan).sentence }

  /// What is known of the request, in the order it is read.
  var facts: [(name: String, value: String)] {
    guard let operation, let match else {
      let book = "\(book.provider) \(book.version)"
      return [
        ("operation", "unknown"),
        (
          "metering",
          "unpriced: no pattern of \(book) matches \(printable(method)) \(printable(path))"
        ),
        ("", "Unknown is not free: totals leave it out and say so."),
      ]
    }
    let rate = operation.rate(on: plan)
    var facts = [
      (name: "operation", value: "\(operation.id): \(operation.title)"),
      (
        "metering",
        rate.metering.rawValue + (rate.effectiveMetering == rate.metering ? "" : ", unpriced")
      ),
      ("price", rate.sentence), ("matched by", book.matcher.patterns[match.pattern].description),
      ("plan", plan + (operation.planRates[plan] == nil ? "" : ", which has a rate of its own")),
      ("source", sources(rate.provenance.source)),
      ("confidence", rate.provenance.confidence.rawValue),
    ]
    if let note = rate.provenance.note { facts.append(("note", note)) }
    if let size = rate.defaultQuantity {
      let words = "\(size.value) \(rate.unit.words(for: size.value)) a request"
      facts.append(("if untold", "\(words), \(size.provenance.confidence.rawValue)"))
    }
    if let hold = operation.hold {
      facts.append(("hold", hold.sentence))
    }
    for dispute in rate.provenance.disputed {
      facts.append(("disputed", "\(dispute.says) (\(dispute.source)); \(dispute.why)"))
    }
    return facts
  }

  public var table: String {
    facts.map { name, value in
      name + String(repeating: " ", count: 12 - name.count) + value + "\n"
    }.joined()
  }

  private func sources(_ ids: String) -> String {
    let titles = ids.split(separator: ",").map { part in
      let id = part.filter { $0 != " " }
      return book.sources.first { $0.id == id }.map { "\(id), \($0.title)" } ?? id
    }
    return titles.joined(separator: "; ")
  }

  public var json: [UInt8] {
    var json = JSONWriter(openDepth: 1)
    json.object { json in
      json.field("schema", "creditmeter.price/1")
      json.field("operation", operation?.id ?? "unknown")
      guard let operation, let match else {
        json.field("metering", Metering.unpriced.rawValue)
        json.field("price") { $0.raw("null") }
        json.field("book") { $0.write(book) }
        json.field("plan", plan)
        return
      }
      json.field("family", operation.family)
      json.field("title", operation.title)
      json.write(operation.rate(on: plan))
      json.field("pattern", book.matcher.patterns[match.pattern].description)
      json.field("book") { $0.write(book) }
      json.field("plan", plan)
    }
    return json.finished()
  }
}

extension JSONWriter {
  fileprivate mutating func write(_ book: PriceBook) {
    object { json in
      json.field("provider", book.provider)
      json.field("version", book.version)
    }
  }

  fileprivate mutating func write(_ rate: Rate) {
    field("metering", rate.metering.rawValue)
    field("unit", rate.unit.rawValue)
    field("price") { json in
      if let price = rate.price {
        json.object { json in
          json.field("min", price.min)
          json.field("low", price.bounds.low)
          json.field("expected", price.bounds.expected)
          json.field("high", price.bounds.high)
          json.field("max", price.max)
        }
      } else if rate.metering == .free {
        json.number(.zero)
      } else {
        json.raw("null")
      }
    }
    field("priced", rate.effectiveMetering != .unpriced)
    field("per", rate.per)
    field("rounding", rate.rounding.rawValue)
    field("source", rate.provenance.source)
    field("confidence", rate.provenance.confidence.rawValue)
    field("note", rate.provenance.note)
    field("disputed") { json in
      json.list(rate.provenance.disputed) { json, dispute in
        json.object { json in
          json.field("says", dispute.says)
          json.field("source", dispute.source)
          json.field("why", dispute.why)
        }
      }
    }
  }
}

extension Hold {
  /// `records x dearest price x 1.25 when a job starts, the rest released every 100 records`.
  fileprivate var sentence: String {
    "\(driver) x dearest price x \(factor) when a job starts; what is not spent is released "
      + "every \(releaseEvery.grouped()) \(driver) (\(provenance.confidence.rawValue))"
  }
}

extension Rate {
  var priceWords: String {
    guard let price else { return metering == .free ? "0" : "unpriced" }
    let bounds = price.bounds
    return bounds.isRanged ? "\(bounds.low) to \(bounds.high)" : bounds.expected.description
  }

  var blockWords: String {
    per == .one ? unit.words(for: .one) : "\(per.grouped()) \(unit.words(for: per))"
  }

  /// `20 credits a minute, each item rounded up`.
  var sentence: String {
    guard let price else {
      return metering == .free ? "0 credits" : "no published price: unpriced, never free"
    }
    var text = "\(priceWords) \(price.bounds.high == .one ? "credit" : "credits") a \(blockWords)"
    if price.bounds.isRanged { text += ", \(price.bounds.expected) expected" }
    if price.min < price.bounds.low || price.max > price.bounds.high {
      text += ", never below \(price.min) or above \(price.max)"
    }
    return text + (rounding == .up ? ", each item rounded up" : "")
  }
}
