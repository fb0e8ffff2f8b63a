import CreditCore
import Documents
import Rating

extension BookDecoder {
  static let rateKeys = [
    "metering", "unit", "price", "per", "rounding", "source", "confidence", "note", "disputed",
    "default_quantity", "items_per_request",
  ]

  mutating func rate(_ fields: Fields, of what: String, fallback: Rate) -> Rate {
    var rate = fallback
    if let metering: Metering = fields.choice("metering", into: &faults) {
      rate.metering = metering
      if metering != .metered { rate.price = nil }
    }
    if let unit: Unit = fields.choice("unit", into: &faults) { rate.unit = unit }
    if let rounding: Rounding = fields.choice("rounding", into: &faults) {
      rate.rounding = rounding
    }
    if let per = fields.amount("per", into: &faults), let node = fields["per"] {
      rate.per = per.isZero ? .one : per
      if per.isZero { faults.append(node.diagnostic("per is 0", expected: "a number above zero")) }
    }
    if let node = fields["price"] {
      rate.price = price(node)
      if rate.metering != .metered {
        faults.append(
          node.diagnostic(
            "\(what) has a price but is \(rate.metering.rawValue)",
            expected: "metering: metered"
          )
        )
      }
      if fallback.price == nil {
        _ = fields.required("rounding", of: what, into: &faults)
      }
      if rate.price != nil {
        for key in ["source", "confidence"] { _ = fields.required(key, of: what, into: &faults) }
      }
    }
    // Whoever gives a price says where it is from; what was said of another does not go on.
    let unsaid = Provenance(source: "", confidence: .assumed)
    rate.provenance = provenance(
      fields,
      fallback: fields["price"] == nil ? fallback.provenance : unsaid
    )
    if let node = fields["default_quantity"] {
      rate.defaultQuantity = provided(node, "default_quantity")
    }
    if let node = fields["items_per_request"] { rate.itemsPerRequest = itemsPerRequest(node) }
    return rate
  }

  private mutating func price(_ node: Node) -> Price? {
    guard case .mapping = node.content else {
      return attempt { () throws(Diagnostic) in Price(try Self.priceAmount(node)) }
    }
    let keys = ["min", "low", "expected", "high", "max"]
    let fields = Fields(node, of: "price", allowed: keys, into: &faults)
    for key in ["low", "expected", "high"] {
      _ = fields.required(key, of: "price", into: &faults)
    }
    guard let low = fields.amount("low", into: &faults),
      let expected = fields.amount("expected", into: &faults),
      let high = fields.amount("high", into: &faults)
    else { return nil }
    let min = fields.amount("min", into: &faults) ?? low
    let max = fields.amount("max", into: &faults) ?? high
    let values = [min, low, expected, high, max]
    for (index, key) in keys.enumerated().dropFirst() where values[index] < values[index - 1] {
      faults.append(
        (fields[key] ?? node).diagnostic(
          "price \(key) \(values[index]) is below \(keys[index - 1]) \(values[index - 1])",
          expected: "min <= low <= expected <= high <= max"
        )
      )
      return nil
    }
    return Price(min: min, bounds: Bounds(low: low, expected: expected, high: high), max: max)
  }

  /// A number of credits that credits can hold.
  private static func priceAmount(_ node: Node) throws(Diagnostic) -> ExactDecimal {
    let amount = try node.amount(of: "price")
    if (try? Credits(rounding: amount)) != nil { return amount }
    throw node.diagnostic(
      "price is past what credits can hold",
      expected: "at most 9,223,372,036,854"
    )
  }

  private mutating func itemsPerRequest(_ node: Node) -> ItemsPerRequest? {
    let what = "items_per_request"
    let fields = Fields(
      node,
      of: what,
      allowed: ["of", "count", "source", "confidence", "note"],
      into: &faults
    )
    guard let countNode = fields.required("count", of: what, into: &faults) else { return nil }
    let confidence = provenance(fields, fallback: Provenance(source: "", confidence: .assumed))
    let driver = fields.string("of", into: &faults)
    if case .scalar("all", _) = countNode.content {
      return ItemsPerRequest(driver: driver, count: .all, confidence: confidence.confidence)
    }
    return attempt { () throws(Diagnostic) in
      let count = try countNode.amount(of: "count")
      if count.isZero {
        throw countNode.diagnostic("count is 0", expected: "a number above zero, or all")
      }
      return ItemsPerRequest(
        driver: driver,
        count: .items(count),
        confidence: confidence.confidence
      )
    }
  }
}
