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
    accepted.removeAll(keepingCapacity: true)
    let repeats = batch.isInOrder ? [] : batch.repeats()
    let places = batch.sorted()
    if let first = places.first, let last = places.last {
      count(time: batch[first.row].pointee.request.time)
      count(time: batch[last.row].pointee.request.time)
    }
    defer { charges.stop() }
    if repeats.isEmpty {
      for place in places { try placeRow(place.row, at: place.key) }
      return
    }
    let later = Set(repeats)
    for place in places where !later.contains(place.row) {
      try placeRow(place.row, at: place.key)
    }
    charges.stop()
    for row in repeats { try placeRow(row, at: batch[row].pointee.key, isWalking: false) }
  }

  @inline(__always)
  private func placeRow(_ row: Int32, at key: Int64, isWalking: Bool = true) throws {
    if let known = try find(row, key, isWalking) {
      try merge(row, into: known)
    } else {
      try accept(row)
    }
  }

  /// The request that a row repeats; where there is none, the row has found its place.
  @inline(__always)
  private func find(
    _ row: Int32,
    _ start: Int64,
    _ isWalking: Bool
  ) throws(EnvironmentFault) -> Known? {
    let identity = batch[row].pointee.request.identity
    var key = start
    var stored = isWalking ? try charges.next(key) : try charges.find(key)
    while true {
      if let stored {
        if stored.identity == identity { return .stored(stored) }
      } else if let other = acceptedRow(at: key) {
        if batch[other].pointee.request.identity == identity { return .row(other) }
      } else {
        break
      }
      key = nextChargeKey(key)
      stored = try charges.find(key)
    }
    if key != start || !isWalking { batch.move(row, to: key) }
    if !batch[row].pointee.request.hasID { return nil }
    let second = Int(start >> 31)
    guard try identities.mayHave(identity, around: second) else { return nil }
    for other in try identities.seconds(of: identity, around: second) {
      if let known = try known(identity, second: other) { return known }
    }
    return nil
  }

  private func known(_ identity: UInt64, second: Int) throws(EnvironmentFault) -> Known? {
    if let charge = try charges.find(identity, second: second) { return .stored(charge) }
    var key = chargeKey(second: Int64(second), identity)
    while let row = acceptedRow(at: key) {
      if batch[row].pointee.request.identity == identity { return .row(row) }
      key = nextChargeKey(key)
    }
    return nil
  }

  /// The accepted row that will be stored at a place.
  @inline(__always)
  private func acceptedRow(at key: Int64) -> Int32? {
    guard let last = accepted.last else { return nil }
    let lastKey = batch[last].pointee.key
    if key > lastKey, !batch.hasMovedRows { return nil }
    if key == lastKey { return last }
    return earlierRow(at: key)
  }

  private func earlierRow(at key: Int64) -> Int32? {
    if batch.hasMovedRows { return accepted.last { batch[$0].pointee.key == key } }
    var (low, high) = (0, accepted.count)
    while low < high {
      let middle = (low + high) / 2
      if batch[accepted[middle]].pointee.key < key { low = middle + 1 } else { high = middle }
    }
    guard low < accepted.count, batch[accepted[low]].pointee.key == key else { return nil }
    return accepted[low]
  }

  @inline(__always)
  private func accept(_ row: Int32) throws {
    let second = Int(batch[row].pointee.key >> 31)
    let request = batch[row].pointee.request
    guard fits(request.amounts, instead: Amounts(quantity: 0, credits: 0)) else {
      return onConflict(request.line, batch.raw(of: row), .range)
    }
    accepted.append(row)
    if request.hasID { try identities.insert(request.identity, at: second) }
    if request.idempotencyKey != 0 { try keepKey(of: row, at: second) }
  }

  /// Of several calls with one idempotency key only the first is charged.
  private func keepKey(of row: Int32, at second: Int) throws {
    let request = batch[row].pointee.request
    let series = try self.series[request.series]
    guard series.isCharged else { return }
    if try identities.hasKey(request.idempotencyKey, around: second) {
      try makeReplay(row, series)
    } else {
      try identities.insertKey(request.idempotencyKey, at: second)
    }
  }

  /// The API answered from the call that came before with the same idempotency key.
  private func makeReplay(_ row: Int32, _ series: Series) throws {
    var replay = series
    replay.replayed = true
    replay.basis = .counted
    let number = try self.series.number(of: replay)
    batch[row].pointee.request.series = number
    batch[row].pointee.request.quantity = 0
    batch[row].pointee.request.credits = 0
  }

  // MARK: Requests that are known

  private func merge(_ row: Int32, into known: Known) throws {
    let new = batch[row].pointee.request
    let oldSeries: Int32
    let oldKey: Int64
    let arguments: Bytes
    switch known {
    case .row(let other):
      oldSeries = batch[other].pointee.request.series
      oldKey = batch[other].pointee.key
      arguments = batch.arguments(of: other)
    case .stored(let charge):
      oldSeries = charge.series
      oldKey = charge.key
      arguments = charge.arguments
    }
    guard batch.arguments(of: row).equals(arguments), try isSameRoute(new.series, oldSeries) else {
      return try refuse(row, oldSeries, arguments.text)
    }
    if !batch.links.isEmpty { linkedCharges[row] = oldKey }
    guard let series = try upgraded(oldSeries, by: new.series) else {
      return count(duplicates: 1)
    }
    let isHeld: Bool
    switch known {
    case .row(let other):
      let request = batch[other]
      isHeld = fits(new.amounts, instead: request.pointee.request.amounts)
      if isHeld {
        request.pointee.request.series = series
        request.pointee.request.quantity = new.quantity
        request.pointee.request.credits = new.credits
      }
    case .stored(let charge):
      charges.stop()
      isHeld = try replace(charge.key, series: series, new.amounts)
    }
    if isHeld { count(updated: 1) } else { onConflict(new.line, batch.raw(of: row), .range) }
  }

  @inline(__always)
  private func isSameRoute(_ new: Int32, _ old: Int32) throws(EnvironmentFault) -> Bool {
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
    let (second, organisation) = (key >> 31, try series.brief(of: new).organisation)
    for (number, sums) in [(old, Rollups.Sums(before, requests: -1)), (new, Rollups.Sums(amounts))] {
      try rollups.add(sums, second: second, series: number, organisation: organisation)
    }
    count(credits: (amounts.credits ?? 0) &- (before.credits ?? 0))
    return true
  }

  private func refuse(_ row: Int32, _ old: Int32, _ arguments: String) throws {
    let series = try self.series[old]
    let conflict = LogConflict.id(method: series.method, path: series.path(arguments: arguments))
    onConflict(batch[row].pointee.request.line, batch.raw(of: row), conflict)
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
