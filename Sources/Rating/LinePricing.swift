import CreditCore

extension Estimator {
  /// One line's quantity, credits and requests.
  func price(
    _ line: CampaignLine,
    campaign: Int
  ) throws(ArithmeticOverflow) -> EstimateLine {
    guard let index = line.operation else { return try unknown(line, campaign: campaign) }
    let operation = book.operations[index]
    let rate = operation.rate(on: plan.id)
    let (model, assumptions) = try LineModel.make(line, operation: operation, rate: rate)
    var result = EstimateLine(
      campaign: campaign,
      label: line.label,
      operation: operation.id,
      request: line.request,
      metering: line.creditsPerUnit == nil ? rate.effectiveMetering : .metered,
      unit: rate.unit,
      quantity: try quantities(model),
      credits: try credits(model),
      requests: try requests(line, operation, rate, model),
      assumptions: assumptions,
      confidence: nil,
      model: model
    )
    result.confidence = confidence(line, rate, model, assumptions)
    if let note = priceNote(line, rate) { result.assumptions.append(note) }
    return result
  }

  private func unknown(
    _ line: CampaignLine,
    campaign: Int
  ) throws(ArithmeticOverflow) -> EstimateLine {
    let provenance = Provenance(source: "campaign file", confidence: .assumed)
    var rate = Rate(metering: .unpriced, unit: .request, provenance: provenance)
    if line.creditsPerUnit != nil { rate.metering = .metered }
    let (model, _) = try LineModel.make(line, operation: nil, rate: rate)
    let quantity = try quantities(model)
    return EstimateLine(
      campaign: campaign,
      label: line.label,
      operation: "unknown",
      request: line.request,
      metering: rate.metering,
      unit: .request,
      quantity: quantity,
      credits: try credits(model),
      requests: (line.requests ?? line.count ?? quantity).expected.roundedUp,
      assumptions: ["no pattern of the price book matches \(line.request ?? "this request")"],
      confidence: line.creditsPerUnit == nil ? nil : .assumed,
      model: model
    )
  }

  private func quantities(_ model: LineModel) throws(ArithmeticOverflow) -> QuantityRange {
    Bounds(
      low: try model.quantity(.low),
      expected: try model.quantity(.expected),
      high: try model.quantity(.high)
    )
  }

  private func credits(_ model: LineModel) throws(ArithmeticOverflow) -> CreditRange? {
    guard let low = try model.credits(.low), let expected = try model.credits(.expected),
      let high = try model.credits(.high)
    else { return nil }
    return Bounds(low: low, expected: expected, high: high)
  }

  /// A whole number: as given, else one for each call, else by the items that one carries.
  private func requests(
    _ line: CampaignLine,
    _ operation: Operation,
    _ rate: Rate,
    _ model: LineModel
  ) throws(ArithmeticOverflow) -> ExactDecimal {
    if let requests = line.requests { return requests.expected.roundedUp }
    if let count = line.count { return count.expected.roundedUp }
    for (driver, given) in zip(operation.drivers, line.drivers) where driver.countsRequests {
      if let given { return given.expected.roundedUp }
    }
    guard let carried = rate.itemsPerRequest, rate.unit != .request else {
      return try model.quantity(.expected).roundedUp
    }
    guard case .items(let perRequest) = carried.count else { return .one }
    var items = try model.quantity(.expected)
    if let name = carried.driver,
      let index = operation.drivers.firstIndex(where: { $0.name == name }),
      line.quantity == nil,
      let value = line.drivers[index]?.expected
        ?? operation.drivers[index].defaultValue
    {
      items = value
    }
    return try items.blocksStarted(of: perRequest)
  }

  private func confidence(
    _ line: CampaignLine,
    _ rate: Rate,
    _ model: LineModel,
    _ assumptions: [String]
  ) -> Confidence? {
    if case .unpriced = model.pricing { return nil }
    if line.creditsPerUnit != nil { return .assumed }
    let quantityIsAssumed =
      line.quantity == nil && line.count != nil
      && !line.drivers.contains { $0 != nil }
      && rate.defaultQuantity?.provenance.confidence == .assumed
    if quantityIsAssumed, rate.effectiveMetering == .metered { return .assumed }
    return rate.provenance.confidence
  }

  private func priceNote(_ line: CampaignLine, _ rate: Rate) -> String? {
    if line.creditsPerUnit != nil { return "credits_per_unit is the campaign file's own" }
    if line.waterfall?.steps.isEmpty == false { return "hit rates are the campaign file's own" }
    guard rate.effectiveMetering == .metered, let price = rate.price, price.bounds.isRanged else {
      return rate.effectiveMetering == .unpriced ? "no published price" : nil
    }
    return "\(price.bounds.low) to \(price.bounds.high) credits a "
      + "\(rate.unit.words(for: .one)), \(price.bounds.expected) expected"
  }
}
