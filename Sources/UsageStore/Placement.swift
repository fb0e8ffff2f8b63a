import CreditCore

/// Two calls under one id.
public enum LogConflict: Sendable {
  /// The stored one, by method and path.
  case id(method: String, path: String)
  /// The sum of all credits or quantities would be too large to be held.
  case range
}

// Finds out which requests of a batch are new, and which are known.
extension ImportWriter {
  private enum Known {
    /// In the database, at this place.
    case stored(StoredCharges.Charge)
    /// In this batch.
    case row(Int32)
  }

  func placeBatch() throws {
    order.removeAll(keepingCapacity: true)
    accepted.removeAll(keepingCapacity: true)
    for (index, row) in batch.rows.enumerated() {
      order.append((row.key, Int32(truncatingIfNeeded: index)))
    }
    order.sort { ($0.key, $0.row) < ($1.key, $1.row) }
    if let first = order.first, let last = order.last {
      count(time: batch.rows[Int(first.row)].request.time)
      count(time: batch.rows[Int(last.row)].request.time)
    }
    defer { charges.stop() }
    for (key, row) in order {
      if let known = try find(row, key) {
        try merge(row, into: known)
      } else {
        try accept(row)
      }
    }
  }

  /// The request that a row repeats; where there is none, the row has found its place.
  @inline(__always)
  private func find(_ row: Int32, _ start: Int64) throws(EnvironmentFault) -> Known? {
    let request = batch.rows[Int(row)].request
    var key = start
    var stored = try charges.next(key)
    while true {
      if let stored {
        if stored.identity == request.identity { return .stored(stored) }
      } else if let other = acceptedRow(at: key) {
        if batch.rows[Int(other)].request.identity == request.identity { return .row(other) }
      } else {
        break
      }
      key = nextChargeKey(key)
      stored = try charges.find(key)
    }
    if key != start { batch.move(row, to: key) }
    if !request.hasID { return nil }
    let second = Int(start >> 31)
    for other in try identities.seconds(of: request.identity, around: second) {
      if let known = try self.known(request.identity, second: other) { return known }
    }
    return nil
  }

  private func known(_ identity: UInt64, second: Int) throws(EnvironmentFault) -> Known? {
    if let charge = try charges.find(identity, second: second) { return .stored(charge) }
    var key = chargeKey(second: Int64(second), identity)
    while let row = acceptedRow(at: key) {
      if batch.rows[Int(row)].request.identity == identity { return .row(row) }
      key = nextChargeKey(key)
    }
    return nil
  }

  /// The accepted row that will be stored at a place.
  @inline(__always)
  private func acceptedRow(at key: Int64) -> Int32? {
    guard let last = accepted.last else { return nil }
    let lastKey = batch.rows[Int(last)].key
    if key > lastKey, !batch.hasMovedRows { return nil }
    if key == lastKey { return last }
    if batch.hasMovedRows { return accepted.last { batch.rows[Int($0)].key == key } }
    var (low, high) = (0, accepted.count)
    while low < high {
      let middle = (low + high) / 2
      if batch.rows[Int(accepted[middle])].key < key { low = middle + 1 } else { high = middle }
    }
    guard low < accepted.count, batch.rows[Int(accepted[low])].key == key else { return nil }
    return accepted[low]
  }

  private func accept(_ row: Int32) throws {
    let request = batch.rows[Int(row)].request
    let second = Int(batch.rows[Int(row)].key >> 31)
    guard fits(request.amounts, instead: Amounts(quantity: 0, credits: 0)) else {
      return onConflict(request.line, batch.bytes(batch.rows[Int(row)].raw), .range)
    }
    accepted.append(row)
    if request.hasID { try identities.insert(request.identity, at: second) }
    guard request.idempotencyKey != 0 else { return }
    let series = try self.series[request.series]
    guard series.isCharged else { return }
    if try identities.seconds(of: request.idempotencyKey, around: second).isEmpty {
      try identities.insert(request.idempotencyKey, at: second)
    } else {
      try makeReplay(row, series)
    }
  }

  /// The API answered from the call that came before with the same idempotency key.
  private func makeReplay(_ row: Int32, _ series: Series) throws {
    var replay = series
    replay.replayed = true
    replay.basis = .counted
    let number = try self.series.number(of: replay)
    batch.update(row) { request in
      request.series = number
      request.quantity = 0
      request.credits = 0
    }
  }

  // MARK: Requests that are known

  private func merge(_ row: Int32, into known: Known) throws {
    let new = batch.rows[Int(row)]
    switch known {
    case .row(let other):
      let old = batch.rows[Int(other)]
      let sameArguments = batch.bytes(new.arguments).equals(batch.bytes(old.arguments))
      guard try isSameCall(new.request.series, old.request.series, sameArguments) else {
        return try refuse(new, old.request.series, batch.bytes(old.arguments).text)
      }
      if !batch.links.isEmpty { linkedCharges[row] = old.key }
      guard let series = try upgraded(old.request.series, by: new.request.series) else {
        return count(duplicates: 1)
      }
      guard fits(new.request.amounts, instead: old.request.amounts) else {
        return onConflict(new.request.line, batch.bytes(new.raw), .range)
      }
      batch.update(other) { request in
        request.series = series
        request.quantity = new.request.quantity
        request.credits = new.request.credits
      }
      count(updated: 1)
    case .stored(let charge):
      let sameArguments = batch.bytes(new.arguments).equals(charge.arguments)
      guard try isSameCall(new.request.series, charge.series, sameArguments) else {
        return try refuse(new, charge.series, charge.arguments.text)
      }
      if !batch.links.isEmpty { linkedCharges[row] = charge.key }
      guard let series = try upgraded(charge.series, by: new.request.series) else {
        return count(duplicates: 1)
      }
      charges.stop()
      let isHeld = try replace(charge.key, series: series, new.request.amounts)
      guard isHeld else {
        return onConflict(new.request.line, batch.bytes(new.raw), .range)
      }
      count(updated: 1)
    }
  }

  @inline(__always)
  private func isSameCall(
    _ new: Int32,
    _ old: Int32,
    _ sameArguments: Bool
  ) throws(EnvironmentFault) -> Bool {
    guard sameArguments else { return false }
    if new == old { return true }
    return try series[new].hasRoute(of: series[old])
  }

  /// The series of a charge once a record that knows more has come, or nil when it knows no more.
  @inline(__always)
  private func upgraded(_ old: Int32, by new: Int32) throws(EnvironmentFault) -> Int32? {
    if old == new { return nil }
    var series = try self.series[old]
    let better = try self.series[new]
    guard series.isCharged, better.isCharged, better.basis.knowledge > series.basis.knowledge
    else { return nil }
    series.operation = better.operation
    series.metering = better.metering
    series.unit = better.unit
    series.basis = better.basis
    series.book = better.book
    series.plan = better.plan
    return try self.series.number(of: series)
  }

  /// Puts other amounts into a stored charge, and moves its rollups along.
  ///
  /// False, and nothing is done, where the sums of all charges could not be held.
  func replace(
    _ key: Int64,
    series new: Int32,
    _ amounts: Amounts
  ) throws(EnvironmentFault) -> Bool {
    chargeAmounts.bind(1, key)
    defer { chargeAmounts.reset() }
    guard try chargeAmounts.step() else { return true }
    let old = seriesNumber(chargeAmounts.integer(0))
    let before = Amounts(
      quantity: chargeAmounts.optionalInteger(1),
      credits: chargeAmounts.optionalInteger(2)
    )
    guard fits(amounts, instead: before) else { return false }
    updateCharge.bind(1, Int64(new))
    updateCharge.bind(2, amounts.quantity)
    updateCharge.bind(3, amounts.credits)
    updateCharge.bind(4, key)
    try updateCharge.run()
    try rollups.add(
      second: key >> 31,
      series: old,
      requests: -1,
      quantity: 0 &- (before.quantity ?? 0),
      credits: 0 &- (before.credits ?? 0)
    )
    try rollups.add(
      second: key >> 31,
      series: new,
      requests: 1,
      quantity: amounts.quantity ?? 0,
      credits: amounts.credits ?? 0
    )
    count(credits: (amounts.credits ?? 0) &- (before.credits ?? 0))
    return true
  }

  private func refuse(_ row: ImportBatch.Row, _ old: Int32, _ arguments: String) throws {
    let series = try self.series[old]
    let path = series.path(arguments: arguments)
    onConflict(row.request.line, batch.bytes(row.raw), .id(method: series.method, path: path))
  }
}

extension Series {
  /// The path of one request.
  func path(arguments: String) -> String {
    var rest = arguments.split(separator: "/", omittingEmptySubsequences: false)[...]
    var path = ""
    for part in route.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      switch part {
      case "{}": path += "/" + (rest.popFirst() ?? "")
      case "**":
        path += "/" + rest.joined(separator: "/")
        rest = []
      default: path += "/" + part
      }
    }
    return path.isEmpty ? "/" : path
  }
}
