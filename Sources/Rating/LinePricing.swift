import CreditCore

/// An operation with its rate on one plan, looked up once for all lines.
final class RatedOperation: Sendable {
  let operation: Operation
  let rate: Rate
  /// What the price rests on, where it is not one published number.
  let priceNote: String?
  /// What is said where an assumed number of items a request decides how many there are.
  let batchNote: String?
  /// Whether the provider holds credits when its job starts.
  var isHeld: Bool { operation.hold != nil }
  /// The driver that counts requests, as an index of the operation's drivers.
  let requestsDriver: Int?
  /// A limit of pages does not depend on the plan, so any plan's rate may tell it.
  let itemsPerRequest: ItemsPerRequest?

  init(_ operation: Operation, plan: String) {
    self.operation = operation
    rate = operation.rate(on: plan)
    requestsDriver = operation.drivers.firstIndex(where: \.countsRequests)
    itemsPerRequest =
      rate.itemsPerRequest
      ?? operation.planRates.keys.sorted().lazy
      .compactMap { operation.planRates[$0]?.itemsPerRequest }.first
    if let batch = itemsPerRequest, batch.confidence == .assumed, case .items(let n) = batch.count,
      n > .one
    {
      batchNote = "\(n.grouped()) \(batch.driver ?? rate.unit.pluralWords) a request assumed"
    } else {
      batchNote = nil
    }
    if rate.effectiveMetering == .unpriced {
      priceNote = "no published price"
    } else if let price = rate.price, price.bounds.isRanged {
      priceNote =
        "\(price.bounds.low) to \(price.bounds.high) credits a "
        + "\(rate.unit.words(for: .one)), \(price.bounds.expected) expected"
    } else {
      priceNote = nil
    }
  }
}

extension Estimator {
  /// One line's quantity, credits and requests.
  func price(
    _ line: CampaignLine,
    campaign: Int
  ) throws(ArithmeticOverflow) -> EstimateLine {
    guard let index = line.operation else { return try unknown(line, campaign: campaign) }
    let rated = operations[index]
    var (model, assumptions) = try LineModel.make(line, rated)
    if let note = batchNote(line, rated) { assumptions.append(note) }
    if let note = priceNote(line, rated) { assumptions.append(note) }
    return try EstimateLine(
      line,
      campaign: campaign,
      operation: rated.operation.id,
      metering: line.creditsPerUnit == nil ? rated.rate.effectiveMetering : .metered,
      unit: rated.rate.unit,
      model: model,
      requests: try requests(line, rated, model),
      assumptions: assumptions,
      confidence: confidence(line, rated.rate, model)
    )
  }

  private func unknown(
    _ line: CampaignLine,
    campaign: Int
  ) throws(ArithmeticOverflow) -> EstimateLine {
    let model = try LineModel.make(line, Self.unknownOperation).model
    return try EstimateLine(
      line,
      campaign: campaign,
      operation: Self.unknownOperation.operation.id,
      metering: line.creditsPerUnit == nil ? .unpriced : .metered,
      unit: .request,
      model: model,
      requests: (line.requests ?? line.count ?? Bounds(.one)).expected.roundedUp,
      assumptions: ["no pattern of the price book matches \(line.request ?? "this request")"],
      confidence: line.creditsPerUnit == nil ? nil : .assumed
    )
  }

  private static let unknownOperation = RatedOperation(
    Operation(
      id: "unknown",
      title: "Unknown",
      rate: Rate(
        metering: .unpriced,
        unit: .request,
        provenance: Provenance(source: "", confidence: .assumed)
      )
    ),
    plan: ""
  )

  /// A whole number: as given, else one for each call, else by the items that one carries.
  private func requests(
    _ line: CampaignLine,
    _ rated: RatedOperation,
    _ model: LineModel
  ) throws(ArithmeticOverflow) -> ExactDecimal {
    if let requests = line.requests { return requests.expected.roundedUp }
    if let count = line.count { return count.expected.roundedUp }
    if let driver = rated.requestsDriver {
      if let calls = line.drivers[driver] { return calls.expected.roundedUp }
      // A quantity of calls given at once is one billed item.
      if line.quantity != nil { return .one }
    }
    // What has no request of its own, such as a callback that is answered, makes none.
    if rated.operation.requests.isEmpty { return .zero }
    guard let carried = rated.itemsPerRequest, rated.rate.unit != .request else {
      return try model.quantity(.expected).roundedUp
    }
    guard case .items(let perRequest) = carried.count else { return .one }
    var items = try model.quantity(.expected)
    if let name = carried.driver,
      let index = rated.operation.drivers.firstIndex(where: { $0.name == name }),
      line.quantity == nil,
      let value = line.drivers[index]?.expected
        ?? rated.operation.drivers[index].defaultValue
    {
      items = value
    }
    return try items.blocksStarted(of: perRequest)
  }

  /// What the number of requests rests on, where nothing gives it.
  private func batchNote(_ line: CampaignLine, _ rated: RatedOperation) -> String? {
    guard line.requests == nil, line.count == nil, rated.rate.unit != .request,
      rated.requestsDriver == nil
    else { return nil }
    return rated.batchNote
  }

  private func confidence(
    _ line: CampaignLine,
    _ rate: Rate,
    _ model: LineModel
  ) -> Confidence? {
    if case .unpriced = model.pricing { return nil }
    if line.creditsPerUnit != nil { return .assumed }
    let quantityIsAssumed =
      line.quantity == nil && line.count != nil
      && !line.drivers.contains { $0 != nil }
      && rate.defaultQuantity?.provenance.confidence == .assumed
    if quantityIsAssumed, rate.effectiveMetering == .metered { return .assumed }
    return max(rate.provenance.confidence, line.waterfall?.confidence ?? .published)
  }

  private func priceNote(_ line: CampaignLine, _ rated: RatedOperation) -> String? {
    if line.creditsPerUnit != nil { return "credits_per_unit is the campaign file's own" }
    if line.waterfall?.steps.isEmpty == false { return "hit rates are the campaign file's own" }
    return rated.priceNote
  }
}
