import CreditCore
import TestSupport
import UsageStore

/// A question about usage, with an answer worked out request by request in memory.
struct UsageModel {
  var filter = UsageFilter()
  var since: Int64?
  var until: Int64?
  /// Tells of a call whether it is taken; each belongs to a part of the filter.
  var tests: [(SampleUsage.Call) -> Bool] = []

  /// A random question.
  init(_ random: inout SeededRandom, days: Int64) {
    let span = days * SampleUsage.day
    func instant(_ random: inout SeededRandom) -> Int64 {
      let at =
        SampleUsage.start - SampleUsage.day
        + Int64(random.next() % UInt64(span + 2 * SampleUsage.day))
      return random.chance(0.3)
        ? at - at % random.pick([1_000_000, 900_000_000, SampleUsage.day]) : at
    }
    if random.chance(0.6) { since = instant(&random) }
    if random.chance(0.6) { until = instant(&random) }
    addTexts(&random)
    addRest(&random)
  }

  private mutating func addTexts(_ random: inout SeededRandom) {
    if random.chance(0.25) {
      let orgs = random.pick([["north"], ["south", ""], ["nobody"], ["s\u{FC}d"]])
      filter.orgs = orgs
      tests.append { call in orgs.contains { Array($0.utf8) == Array(call.series.org.utf8) } }
    }
    if random.chance(0.25) {
      let (pattern, start, end) = random.pick([
        ("sequence.*", "sequence.", ""), ("*", "", ""), ("*.push", "", ".push"),
        ("c*m.contact*", "crm.contacts", "crm.contacts"), ("unknown", "unknown", "unknown"),
      ])
      filter.operations = [Wildcard(pattern)]
      tests.append { $0.series.operation.hasPrefix(start) && $0.series.operation.hasSuffix(end) }
    }
    if random.chance(0.15) {
      filter.families = [Wildcard("voice"), Wildcard("crm")]
      tests.append { ["voice.outbound", "crm.contacts"].contains($0.series.operation) }
    }
    if random.chance(0.35) {
      let paths = random.pick([
        ["/sequences/{id}/contacts"], ["/sequences/a_1/contacts"], ["/contacts/*"], ["*_1*"],
        ["/nowhere"], ["/nowhere/x"], ["/nowhere/*/y_*", "/voice/calls/"], ["/*/{x}"], ["*"],
        ["/{}"], ["/{a}/{b}/{c}"],
      ])
      filter.paths = paths.map { PathPattern($0) }
      tests.append { call in paths.contains { Self.matches(call.path, $0) } }
    }
    if random.chance(0.15) {
      filter.methods = ["GET"]
      tests.append { $0.series.method == "GET" }
    }
  }

  private mutating func addRest(_ random: inout SeededRandom) {
    if random.chance(0.2) {
      let (status, range, isAbsent) = random.pick([
        ("429", 429..<430, false), ("2xx", 200..<300, false), ("none", 0..<0, true),
        ("4xx", 400..<500, false),
      ])
      filter.statuses = [UsageFilter.Status(status)].compactMap { $0 }
      tests.append { $0.series.status.map(range.contains) ?? isAbsent }
    }
    if random.chance(0.25) {
      let (name, value) = random.pick([
        ("campaign", "spring"), ("campaign", nil), ("team", "\u{E9}"), ("campaign", "a\"b\\c"),
        ("campaign", ""), ("nothing", nil),
      ])
      filter.tags = [UsageFilter.Tag(name: name, value: value)]
      tests.append { call in
        let wanted = SampleUsage.quoted(name) + ":" + (value.map(SampleUsage.quoted) ?? "")
        return Self.contains(Array(call.series.tags.utf8), Array(wanted.utf8))
      }
    }
    if random.chance(0.2) {
      let bases = random.pick([[Basis.measured], [.assumed, .unpriced]])
      filter.bases = bases
      tests.append { bases.contains($0.series.basis) }
    }
    if random.chance(0.2) {
      filter.meterings = [.metered, .free]
      tests.append { $0.series.metering != .unpriced }
    }
    if random.chance(0.1) {
      filter.sources = ["gateway"]
      tests.append { $0.source == "gateway" }
    }
  }

  /// By trying every way, one byte at a time.
  static func matches(_ path: String, _ pattern: String) -> Bool {
    var pattern = pattern
    while pattern.count > 1, pattern.hasSuffix("/") { pattern.removeLast() }
    return matches(Array(path.utf8)[...], Array(pattern.utf8)[...])
  }

  private static func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
    bytes.indices.contains { bytes[$0...].starts(with: wanted) }
  }

  private static func matches(_ path: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
    guard let first = pattern.first else { return path.isEmpty }
    let rest = pattern.dropFirst()
    switch first {
    case UInt8(ascii: "*"):
      return matches(path, rest) || !path.isEmpty && matches(path.dropFirst(), pattern)
    case UInt8(ascii: "{"):
      let behind = rest.drop { $0 != UInt8(ascii: "}") }.dropFirst()
      let segment = path.prefix { $0 != UInt8(ascii: "/") }
      return !segment.isEmpty && matches(path.dropFirst(segment.count), behind)
    default: return path.first == first && matches(path.dropFirst(), rest)
    }
  }

  func takes(_ call: SampleUsage.Call) -> Bool {
    call.at >= since ?? .min && call.at < until ?? .max && tests.allSatisfy { $0(call) }
  }

  /// Groups by texts, sorted.
  func groups(
    _ calls: [SampleUsage.Call],
    by key: (SampleUsage.Call) -> [UsageValue]
  ) -> [(values: [UsageValue], unit: Unit?, sums: UsageSums)] {
    Dictionary(grouping: calls.filter(takes), by: key)
      .map { values, calls in
        let units = Set(calls.map(\.series.unit))
        return (values, units.count == 1 ? units.first : nil, Self.sums(calls))
      }
      .sorted { $0.values.lexicographicallyPrecedes($1.values) }
  }

  static func sums(_ calls: some Sequence<SampleUsage.Call>) -> UsageSums {
    var sums = UsageSums()
    for call in calls {
      let credits = Int128(call.credits ?? 0)
      let isCharged = !call.series.replayed && (200..<300).contains(call.series.status ?? 200)
      sums.requests += 1
      if isCharged { sums.chargedRequests += 1 }
      if isCharged { sums.quantity += Int128(call.quantity ?? 0) }
      sums.credits += credits
      switch call.series.basis {
      case .measured: sums.measured += credits
      case .counted: sums.counted += credits
      case .assumed: sums.assumed += credits
      case .unpriced: sums.unpricedRequests += 1
      }
      if (400...).contains(call.series.status ?? 0) { sums.errors += 1 }
      if call.series.status == 429 { sums.rateLimited += 1 }
    }
    return sums
  }
}
