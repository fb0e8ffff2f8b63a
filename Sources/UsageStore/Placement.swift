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
    case stored(UnsafePointer<ChargeRow>)
    /// In this batch.
    case row(Int32)
  }

  /// Finds a place for each row: those of new requests in the order of time, and then those that
  /// tell more of a request that is known, in the order of the log.
  func placeBatch() throws {
    accepted.removeAll(keepingCapacity: true)
    try noteIdentities()
    let places = batch.sorted()
    if let first = places.first, let last = places.last {
      count(time: batch[first.row].pointee.request.time)
      count(time: batch[last.row].pointee.request.time)
      let (from, to) = (first.key >> 31, last.key >> 31)
      placedSeconds =
        min(from, placedSeconds?.lowerBound ?? from)...max(to, placedSeconds?.upperBound ?? to)
    }
    for place in places { try placeRow(place.row, at: place.key) }
    if repeats.isEmpty { return }
    repeats.sort()
    for row in repeats { try placeRepeat(row) }
    repeats.removeAll(keepingCapacity: true)
    if batch.hasMovedRows { accepted.sort { batch[$0].pointee.key < batch[$1].pointee.key } }
  }

  /// Whichever row says an id first is the request, although another may be of an earlier time.
  private func noteIdentities() throws(EnvironmentFault) {
    for row in 0..<Int32(truncatingIfNeeded: batch.count) {
      identities.touch(batch[row].pointee.request.identity)
    }
    for row in 0..<Int32(truncatingIfNeeded: batch.count) {
      let row = batch[row]
      if !row.pointee.request.hasID { continue }
      let (identity, second) = (row.pointee.request.identity, Int(row.pointee.key >> 31))
      row.pointee.mayRepeat = try identities.mayHave(identity, around: second)
      if !row.pointee.mayRepeat { try identities.insert(identity, at: second) }
    }
  }

  @inline(__always)
  private func placeRow(_ row: Int32, at place: Int64) throws {
    var free = place
    let stored = try charges.find(place)
    if stored != nil || acceptedRow(at: place) != nil {
      let identity = batch[row].pointee.request.identity
      let (known, key) = try look(for: identity, from: place, stored)
      if case .stored(let charge)? = known, isEqual(row, charge) { return count(duplicates: 1) }
      if known != nil { return repeats.append(row) }
      free = key
    }
    if batch[row].pointee.mayRepeat { return repeats.append(row) }
    if free != place { batch.move(row, to: free) }
    try accept(row)
  }

  /// Whether a row says nothing new, so that it can be counted before its turn.
  @inline(__always)
  private func isEqual(_ row: Int32, _ stored: UnsafePointer<ChargeRow>) -> Bool {
    Int64(batch[row].pointee.request.series) == stored.pointee.series && batch.links.isEmpty
      && batch.arguments(of: row).equals(charges.arguments(of: stored))
  }

  private func placeRepeat(_ row: Int32) throws {
    let (identity, place) = (batch[row].pointee.request.identity, batch[row].pointee.key)
    let second = Int(place >> 31)
    let (known, free) = try look(for: identity, from: place, try charges.find(place))
    if let known { return try merge(row, into: known) }
    if batch[row].pointee.request.hasID {
      for other in try identities.seconds(of: identity, around: second) where other != second {
        let key = chargeKey(second: Int64(other), identity)
        let known = try look(for: identity, from: key, try charges.find(key)).known
        if let known { return try merge(row, into: known) }
      }
      try identities.insert(identity, at: second)
    }
    batch.move(row, to: free)
    try accept(row)
  }

  /// Who has an identity among those from `place` on, and where nobody has it, the first place
  /// that is free; `stored` is the charge at `place`.
  private func look(
    for identity: UInt64,
    from place: Int64,
    _ stored: UnsafePointer<ChargeRow>?
  ) throws(EnvironmentFault) -> (known: Known?, free: Int64) {
    var (stored, place) = (stored, place)
    while true {
      if let stored {
        if stored.pointee.identity == identity { return (.stored(stored), place) }
      } else if let other = acceptedRow(at: place) {
        if batch[other].pointee.request.identity == identity { return (.row(other), place) }
      } else {
        return (nil, place)
      }
      place = nextChargeKey(place)
      stored = try charges.find(place)
    }
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
    batch[row].pointee.isAccepted = true
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
      oldSeries = seriesNumber(charge.pointee.series)
      oldKey = charge.pointee.id
      arguments = charges.arguments(of: charge)
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
      isHeld = try replace(charge.pointee.id, series: series, new.amounts)
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
    // What is known of a request does not depend on the books that priced it since.
    var knowledge = series.basis.knowledge
    if let origin = series.origin {
      knowledge = max(knowledge, try self.series[Int32(truncatingIfNeeded: origin)].basis.knowledge)
    }
    guard series.isCharged, better.isCharged, better.basis.knowledge > knowledge else { return nil }
    series.operation = better.operation
    series.metering = better.metering
    series.unit = better.unit
    series.basis = better.basis
    series.book = better.book
    series.plan = better.plan
    series.origin = nil
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
    guard let charge = try charges.find(key) else { return true }
    let old = seriesNumber(charge.pointee.series)
    let before = Amounts(quantity: charge.pointee.quantity, credits: charge.pointee.credits)
    guard fits(amounts, instead: before) else { return false }
    try charges.update(key, series: Int64(new), credits: amounts.credits) {
      $0.quantity = amounts.quantity
    }
    let (second, organisation) = (key >> 31, try series.brief(of: new).organisation)
    for (number, sums) in [
      (old, SeriesAmounts(before, requests: -1)), (new, SeriesAmounts(amounts)),
    ] {
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
