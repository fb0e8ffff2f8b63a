public import CreditCore

/// Prices campaigns under one book and plan.
public struct Estimator: Sendable {
  let book: PriceBook
  let plan: Plan
  /// In the book's order.
  let operations: [RatedOperation]

  public init(book: PriceBook, plan: Plan) {
    self.book = book
    self.plan = plan
    operations = book.operations.map { RatedOperation($0, plan: plan.id) }
  }

  /// What campaigns cost together.
  ///
  /// - Parameters:
  ///   - campaigns: read against the same book.
  ///   - balance: credits available now; nil when unknown.
  /// - Returns: the estimate, its lines in the campaigns' order.
  /// - Throws: a ``Diagnostic`` at the line whose numbers do not fit.
  public func estimate(
    _ campaigns: [Campaign],
    balance: Credits?
  ) throws(Diagnostic) -> Estimate {
    var lines: [EstimateLine] = []
    var subtotals: [Subtotal] = []
    lines.reserveCapacity(campaigns.reduce(0) { $0 + $1.lines.count })
    for (index, campaign) in campaigns.enumerated() {
      var subtotal = Subtotal(
        file: campaign.file,
        name: campaign.name,
        credits: .zero,
        requests: .zero,
        unpricedLines: 0
      )
      for place in campaign.lines.indices {
        do throws(ArithmeticOverflow) {
          let priced = try price(campaign.lines[place], campaign: index)
          if let credits = priced.credits {
            subtotal.credits = try subtotal.credits + credits
          } else {
            subtotal.unpricedLines += 1
          }
          subtotal.requests = try subtotal.requests + priced.requests
          lines.append(priced)
        } catch {
          throw Self.tooLarge(campaign.lines[place])
        }
      }
      subtotals.append(subtotal)
    }
    let planned = campaigns.count == 1 ? campaigns[0].lines : campaigns.flatMap(\.lines)
    do throws(ArithmeticOverflow) {
      return try assemble(lines, planned, subtotals, balance: balance)
    } catch {
      throw Self.tooLarge(planned.last)
    }
  }

  private static func tooLarge(_ line: CampaignLine?) -> Diagnostic {
    let mark =
      line?.mark
      ?? SourceMark(source: SourceText(name: "campaign", bytes: []), line: 1, column: 1)
    return Diagnostic(
      "the numbers of this line are too large to be held exactly",
      at: mark,
      expected: "at most 9,223,372,036,854 credits, and 38 digits in a product",
      hint: "check for a digit too many"
    )
  }

  private func assemble(
    _ lines: [EstimateLine],
    _ planned: [CampaignLine],
    _ subtotals: [Subtotal],
    balance: Credits?
  ) throws(ArithmeticOverflow) -> Estimate {
    let totals = try totals(lines, subtotals)
    let simulation = Simulation(lines: lines)
    var estimate = Estimate(
      name: subtotals.map(\.name).joined(separator: " + "),
      plan: plan,
      bookProvider: book.provider,
      bookVersion: book.version,
      lines: lines,
      subtotals: subtotals,
      totals: totals,
      balance: try outlook(balance, totals.credits, simulation),
      hold: try holdOutlook(lines, planned, balance: balance),
      runsOut: try balance.map { (balance) throws(ArithmeticOverflow) in
        try runsOut(lines, balance: balance)
      } ?? nil,
      sensitivity: try sensitivity(lines),
      percentiles: simulation.percentiles,
      warnings: []
    )
    estimate.warnings = warnings(for: estimate, planned)
    return estimate
  }

  private func totals(
    _ lines: [EstimateLine],
    _ subtotals: [Subtotal]
  ) throws(ArithmeticOverflow) -> Totals {
    var credits = CreditRange.zero
    var requests = ExactDecimal.zero
    var unpriced = 0
    for subtotal in subtotals {
      credits = try credits + subtotal.credits
      requests = try requests + subtotal.requests
      unpriced += subtotal.unpricedLines
    }
    var byConfidence = Confidence.allCases.map { (confidence: $0, credits: Credits.zero) }
    for line in lines {
      guard let expected = line.credits?.expected, let confidence = line.confidence,
        let index = byConfidence.firstIndex(where: { $0.confidence == confidence })
      else { continue }
      byConfidence[index].credits = try byConfidence[index].credits + expected
    }
    return Totals(
      credits: credits,
      usd: try plan.usdPerCredit.map { (rate) throws(ArithmeticOverflow) in
        try credits.map { (amount) throws(ArithmeticOverflow) in
          try (amount.decimal * rate).rounded(places: 6)
        }
      },
      requests: requests,
      duration: try requests.divided(by: book.requestsPerSecond.value, places: 6),
      unpricedLines: unpriced,
      byConfidence: byConfidence
    )
  }

  private func outlook(
    _ balance: Credits?,
    _ cost: CreditRange,
    _ simulation: Simulation
  ) throws(ArithmeticOverflow) -> BalanceOutlook {
    guard let balance else { return BalanceOutlook(covered: .unknown) }
    let covered: Coverage =
      cost.high <= balance ? .yes : cost.low > balance ? .no : .maybe
    let probability: Double =
      switch covered {
      case .yes: 1
      case .no: 0
      case .maybe, .unknown: simulation.probability(atMost: balance.approximate)
      }
    let after = try cost.map { (amount) throws(ArithmeticOverflow) in try balance - amount }
    return BalanceOutlook(
      before: balance,
      after: after,
      covered: covered,
      probabilityCovered: probability,
      shortfall: try after.map { (left) throws(ArithmeticOverflow) in
        left < .zero ? try Credits.zero - left : .zero
      }
    )
  }

  private func warnings(for estimate: Estimate, _ planned: [CampaignLine]) -> [String] {
    var warnings: [String] = []
    let unpriced = estimate.totals.unpricedLines
    if unpriced > 0 {
      let names = estimate.lines.filter { $0.credits == nil }.prefix(3).map(\.label)
      let more = unpriced > 3 ? " and \(unpriced - 3) more" : ""
      warnings.append(
        "\(unpriced) unpriced \(unpriced == 1 ? "line" : "lines"), not in the total: "
          + names.joined(separator: ", ") + more
      )
    }
    if let hold = estimate.hold, hold.fits == false, let batch = hold.largestBatch {
      warnings.append(
        "line \(hold.line) would be refused although it may fit: \(book.provider) holds "
          + "\(hold.held.decimal.grouped()) credits when its job starts; a batch of "
          + "\(batch.grouped()) passes"
      )
    }
    for place in planned.indices {
      guard let given = planned[place].creditsPerUnit, let index = planned[place].operation,
        warnings.count < 8
      else { continue }
      let rate = operations[index].rate
      guard let price = rate.price, rate.per == .one else { continue }
      if given.low < price.min || given.high > price.max {
        warnings.append(
          "\(planned[place].label): credits_per_unit is outside what the book says a "
            + "\(rate.unit.words(for: .one)) can cost (\(price.min) to \(price.max))"
        )
      }
    }
    return warnings
  }
}
