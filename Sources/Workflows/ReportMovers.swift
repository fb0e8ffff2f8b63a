import CreditCore
import Rating
import Reports
import UsageStore

// What changed most against the period before, and why.
extension PeriodGroups {
  private static let most = 3
  /// A cause is named when it is so much of all effects.
  private static let notable = 0.25

  func movers(against report: PeriodReport) -> [PeriodReport.Mover] {
    let changed = usage.operations.indices.filter { operations[$0].rise != 0 }
    let sorted = changed.sorted { left, right in
      let (a, b) = (operations[left].rise.magnitude, operations[right].rise.magnitude)
      return a == b ? usage.operations[left] < usage.operations[right] : a > b
    }
    return sorted.prefix(Self.most).map { place in
      let (operation, change) = (usage.operations[place], operations[place])
      return PeriodReport.Mover(
        operation: operation,
        title: title(of: operation),
        credits: change.sums.credits,
        previous: change.previous.credits,
        causes: causes(of: change, report.period.kind) + part(of: change, at: place, report)
      )
    }
  }

  private func causes(of change: Sums, _ kind: CalendarPeriod.Kind) -> [String] {
    let (now, before) = (change.sums, change.previous)
    if before.chargedRequests == 0 { return ["new this \(kind.noun)"] }
    if now.chargedRequests == 0 { return ["none this \(kind.noun)"] }
    if before.credits == 0 { return ["it cost nothing before"] }
    let requests = (Double(now.chargedRequests), Double(before.chargedRequests))
    let unit = change.unit
    let isCounted = unit != nil && now.quantity > 0 && before.quantity > 0
    let sizes =
      isCounted
      ? (Double(now.quantity) / requests.0, Double(before.quantity) / requests.1) : (1, 1)
    let prices = (
      Double(now.credits) / (requests.0 * sizes.0), Double(before.credits) / (requests.1 * sizes.1)
    )
    // Together they are the whole change.
    let effects = [
      (requests.0 - requests.1) * sizes.1 * prices.1,
      requests.0 * (sizes.0 - sizes.1) * prices.1,
      requests.0 * sizes.0 * (prices.0 - prices.1),
    ]
    let all = effects.reduce(0) { $0 + abs($1) }
    func isNotable(_ effect: Double) -> Bool { all > 0 && abs(effect) >= Self.notable * all }
    var causes: [String] = []
    if isNotable(effects[0]) {
      let word = effects[0] > 0 ? "more" : "fewer"
      causes.append(
        "\(word) requests (\(whole(now.chargedRequests)) after \(whole(before.chargedRequests)))"
      )
    }
    if isNotable(effects[1]), let unit {
      let word = effects[1] > 0 ? "more" : "fewer"
      // Quantities are millionths.
      let values = "\(short(sizes.0 / 1_000_000)) after \(short(sizes.1 / 1_000_000))"
      causes.append("\(word) \(unit.pluralWords) a request (\(values))")
    }
    if isNotable(effects[2]) {
      let scale: Double = isCounted ? 1 : 1_000_000
      let word = effects[2] > 0 ? "dearer" : "cheaper"
      let each = isCounted ? unit?.words(for: .one) ?? "unit" : "request"
      let values = "\(short(prices.0 / scale)) credits a \(each) after \(short(prices.1 / scale))"
      causes.append("\(word) (\(values))")
    }
    return causes
  }

  /// The value of a tag that most of a change of the operation at `place` is in.
  private func part(of change: Sums, at place: Int, _ report: PeriodReport) -> [String] {
    // By the places of tags that its requests have together.
    var changes: [Int: Int128] = [:]
    for entry in usage.entries where entry.operation == place {
      changes[entry.tags, default: 0] +=
        Int128(entry.amounts.credits) - Int128(entry.compared.credits)
    }
    for tag in report.tags {
      let values = tagValues(tag.name)
      var credits: [UsageValue: Int128] = [:]
      for (tags, change) in changes { credits[values[tags], default: 0] += change }
      // Where there is one value alone, it says nothing.
      guard credits.count > 1,
        let (value, part) = credits.filter({ $0.key != .absent })
          .max(by: { ($0.value.magnitude, $1.key) < ($1.value.magnitude, $0.key) }),
        part.signum() == change.rise.signum(),
        part.magnitude * 5 >= change.rise.magnitude * 3
      else { continue }
      let amount = ExactDecimal(significand: Int128(part.magnitude), scale: Credits.places)
      let sign = part < 0 ? "less" : "more"
      return ["\(amount.grouped(places: 2)) \(sign) in \(tag.name) \(printable(value.text))"]
    }
    return []
  }

  private func whole(_ number: Int128) -> String {
    ExactDecimal(significand: number, scale: 0).grouped()
  }

  /// Two or three digits that say something.
  private func short(_ value: Double) -> String {
    let places = abs(value) >= 100 ? 0 : abs(value) >= 1 ? 2 : 4
    let factor: Double = [0: 1, 2: 100, 4: 10_000][places] ?? 1
    return ExactDecimal(significand: Int128((value * factor).rounded()), scale: places).grouped()
  }
}

extension PeriodGroups.Sums {
  fileprivate var rise: Int128 { sums.credits - previous.credits }
}
