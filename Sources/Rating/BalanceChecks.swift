public import CreditCore

extension Estimator {
  /// What the provider reserves for each job, against the balance left by the lines before it.
  func holdOutlook(
    _ lines: [EstimateLine],
    _ planned: [CampaignLine],
    balance: Credits?
  ) throws(ArithmeticOverflow) -> HoldOutlook? {
    var largest: Job?
    var refused: Job?
    var available = balance
    for (index, line) in lines.enumerated() {
      if let operation = planned[index].operation, operations[operation].isHeld,
        let (hold, perItem, items) = try hold(line, planned[index])
      {
        let job = Job(
          line: index + 1,
          hold: hold,
          perItem: perItem,
          items: items,
          available: available
        )
        if largest.map({ hold > $0.hold }) ?? true { largest = job }
        if refused == nil, let available, hold > available { refused = job }
      }
      if let left = available, let cost = line.credits?.expected { available = try left - cost }
    }
    guard let largest else { return nil }
    let job = refused ?? largest
    return HoldOutlook(
      peak: largest.hold,
      held: job.hold,
      items: job.items,
      fits: balance.map { _ in refused == nil },
      largestBatch: try largestBatch(job),
      line: job.line
    )
  }

  /// A line that starts a job, with the balance at that moment.
  private struct Job {
    let line: Int
    let hold: Credits
    let perItem: ExactDecimal
    let items: String
    let available: Credits?
  }

  /// The most items whose reservation passes; nil without a balance, or where nothing is held.
  private func largestBatch(_ job: Job) throws(ArithmeticOverflow) -> ExactDecimal? {
    guard let available = job.available?.decimal, !job.perItem.isZero else { return nil }
    if available.isNegative { return .zero }
    return try available.timesWhole(job.perItem)
  }

  /// The reservation of a line's job, its part for each item, and what the items are.
  ///
  /// The dearest price is the high one: the book's maximum is a provider that no default order
  /// asks.
  private func hold(
    _ line: EstimateLine,
    _ plan: CampaignLine
  ) throws(ArithmeticOverflow) -> (Credits, perItem: ExactDecimal, items: String)? {
    guard let index = plan.operation, let hold = operations[index].operation.hold else {
      return nil
    }
    let operation = operations[index].operation
    let rate = operations[index].rate
    guard
      let dearest = plan.waterfall?.dearestStep ?? plan.creditsPerUnit?.high
        ?? rate.price?.bounds.high
    else { return nil }
    var perItem = try dearest * hold.factor
    var items = try line.model.quantity(.high)
    var what = line.unit.pluralWords
    if plan.quantity == nil, plan.drivers.contains(where: { $0 != nil }) {
      items = .one
      what = hold.driver
      for (driver, value) in zip(operation.drivers, plan.drivers) {
        if driver.name == hold.driver {
          items = value?.high ?? driver.defaultValue ?? .one
        } else if driver.kind == .amount, let value {
          perItem = try perItem * value.high
        }
      }
    }
    return (try Credits(rounding: items * perItem), perItem, what)
  }

  /// Where the expected cost, line after line, passes the balance.
  func runsOut(
    _ lines: [EstimateLine],
    balance: Credits
  ) throws(ArithmeticOverflow) -> RunsOut? {
    var left = balance
    var requests = ExactDecimal.zero
    for (index, line) in lines.enumerated() {
      guard let cost = line.credits?.expected else {
        requests = try requests + line.requests
        continue
      }
      if cost > left {
        let total = try line.model.quantity(.expected)
        let paid = try line.model.unitsPaid(by: max(left, .zero), .expected) ?? .zero
        let at = try min(paid.roundedDown + .one, total.roundedUp)
        let share = total.isZero ? ExactDecimal.zero : try line.requests * at
        let done = total.isZero ? .zero : try share.divided(by: total, places: 6).roundedUp
        return RunsOut(
          line: index + 1,
          label: line.label,
          unit: line.unit,
          at: at,
          of: total.roundedUp,
          elapsedSeconds: try (requests + done).divided(
            by: book.requestsPerSecond.value,
            places: 6
          )
        )
      }
      left = try left - cost
      requests = try requests + line.requests
    }
    return nil
  }
}

/// How much of a campaign an amount of credits pays for.
public struct Fit: Sendable {
  public struct Line: Sendable {
    public var label: String
    public var unit: Unit
    /// Units paid in the low, expected and high case; nil for an unpriced line.
    public var quantity: QuantityRange?
    public var of: QuantityRange
  }

  public var credits: Credits
  public var lines: [Line]
}

extension Estimate {
  /// Pays the lines in order until `credits` are gone, in each of the three cases.
  public func fit(_ credits: Credits) throws(ArithmeticOverflow) -> Fit {
    var left = Bounds(max(credits, .zero))
    var fit = Fit(credits: credits, lines: [])
    for line in lines {
      var quantity: QuantityRange?
      if let cost = line.credits {
        let paid = try Bounds(
          low: line.paid(left.low, .low),
          expected: line.paid(left.expected, .expected),
          high: line.paid(left.high, .high)
        )
        quantity = paid
        left = try left.zip(cost) { (left, cost) throws(ArithmeticOverflow) in
          cost > left ? .zero : try left - cost
        }
      }
      fit.lines.append(
        Fit.Line(label: line.label, unit: line.unit, quantity: quantity, of: line.quantity)
      )
    }
    return fit
  }
}

extension EstimateLine {
  fileprivate func paid(
    _ amount: Credits,
    _ bound: Bound
  ) throws(ArithmeticOverflow) -> ExactDecimal {
    if let cost = credits?[bound], cost <= amount { return quantity[bound] }
    return try model.unitsPaid(by: amount, bound)?.roundedDown ?? .zero
  }
}

extension LineModel {
  /// Units that an amount pays for: whole billed items, or whole blocks of a single one, where a
  /// started block is paid, else the same part of the quantity as of the cost, in whole units.
  func unitsPaid(
    by amount: Credits,
    _ bound: Bound
  ) throws(ArithmeticOverflow) -> ExactDecimal? {
    guard let cost = try credits(bound), cost > .zero else { return nil }
    guard case .blocks(let price, let per, .up) = pricing else {
      return try (amount.decimal * quantity(bound)).timesWhole(cost.decimal)
    }
    let (items, size) = try split(bound)
    if items > .one { return try (amount.decimal * items).timesWhole(cost.decimal) * size }
    let blocks = try amount.decimal.timesWhole(items * price[bound])
    return try items * min(size, blocks * per)
  }
}
