import CreditCore

/// The spread of a campaign's total when every ranged input varies on its own.
///
/// Each ranged input is a PERT distribution over its low, expected and high value; a price range
/// of the book is one input for all lines of its operation. The inputs that matter most are
/// drawn, each stratified and shuffled from a fixed seed; of the others, the sum is normal.
/// The same campaign therefore always gives the same numbers.
struct Simulation {
  private static let draws = 4_096
  private static let sampledInputs = 256

  /// Simulated totals in credits, ascending; empty when nothing is ranged.
  private var totals: [Double] = []
  private var fixed = 0.0

  /// Simulates the total of `lines`, whose models are in the same order.
  init(lines: [EstimateLine], models: [StatisticalModel]) {
    var groups = Self.groups(of: lines, models)
    for group in groups where !group.isRanged { fixed += group.low }
    groups.removeAll { !$0.isRanged }
    if groups.isEmpty { return }
    for place in groups.indices { groups[place].settleMoments() }
    groups.sort { ($0.variance, $1.firstLine) > ($1.variance, $0.firstLine) }
    var inputs = 0
    var sampled = 0
    while sampled < groups.count, inputs + groups[sampled].inputCount <= Self.sampledInputs {
      inputs += groups[sampled].inputCount
      sampled += 1
    }
    var random = SplitMix64(state: 0x6372_6564_6974)
    totals = Array(repeating: fixed, count: Self.draws)
    for group in groups[..<sampled] {
      for (draw, value) in group.samples(Self.draws, &random).enumerated() {
        totals[draw] += value
      }
    }
    addRemainder(Array(groups[sampled...]), &random)
    totals.sort()
  }

  func probability(atMost balance: Double) -> Double {
    if totals.isEmpty { return fixed <= balance ? 1 : 0 }
    var low = 0
    var high = totals.count
    while low < high {
      let middle = (low + high) / 2
      if totals[middle] <= balance { low = middle + 1 } else { high = middle }
    }
    return Double(low) / Double(totals.count)
  }

  var percentiles: (p10: Double, p50: Double, p90: Double)? {
    if totals.isEmpty { return nil }
    func at(_ share: Double) -> Double { totals[Int(share * Double(totals.count - 1))] }
    return (at(0.1), at(0.5), at(0.9))
  }

  private mutating func addRemainder(_ groups: [Group], _ random: inout SplitMix64) {
    if groups.isEmpty { return }
    let mean = groups.reduce(0) { $0 + $1.mean }
    let deviation = groups.reduce(0) { $0 + $1.variance }.squareRoot()
    let low = groups.reduce(0) { $0 + $1.low }
    let high = groups.reduce(0) { $0 + $1.high }
    for draw in totals.indices {
      let normal = (0..<12).reduce(-6.0) { sum, _ in sum + random.unit() }
      totals[draw] += min(max(mean + deviation * normal, low), high)
    }
  }

  private static func groups(
    of lines: [EstimateLine],
    _ models: [StatisticalModel]
  ) -> [Group] {
    var groups: [Group] = []
    var shared: [String: Int] = [:]
    for (index, line) in lines.enumerated() {
      guard let credits = line.credits else { continue }
      let model = models[index]
      guard let price = line.model.sharedPrice else {
        groups.append(Group(index, credits, model, price: nil))
        continue
      }
      if let place = shared[line.operation] {
        groups[place].add(model, credits)
      } else {
        shared[line.operation] = groups.count
        groups.append(Group(index, credits, model, price: StatisticalRange(price)))
      }
    }
    return groups
  }
}

/// Lines that share a price, or one line.
private struct Group {
  let firstLine: Int
  let price: StatisticalRange?
  var models: [StatisticalModel]
  var low: Double
  var high: Double

  init(_ line: Int, _ credits: CreditRange, _ model: StatisticalModel, price: StatisticalRange?) {
    firstLine = line
    self.price = price
    models = [model]
    low = credits.low.approximate
    high = credits.high.approximate
  }

  mutating func add(_ model: StatisticalModel, _ credits: CreditRange) {
    models.append(model)
    low += credits.low.approximate
    high += credits.high.approximate
  }

  var isRanged: Bool { low < high }
  var inputCount: Int {
    models.reduce(price == nil ? 0 : 1) { count, model in
      count + model.factors.count { $0.isRanged }
    }
  }

  /// Of the sum of the lines; set by ``settleMoments()``.
  private(set) var mean = 0.0
  private(set) var variance = 0.0

  mutating func settleMoments() {
    let blocks = models.reduce(0) { $0 + $1.mean }
    let blockVariance = models.reduce(0) { $0 + $1.variance }
    guard let price else {
      (mean, variance) = (blocks, blockVariance)
      return
    }
    mean = blocks * price.mean
    variance =
      blockVariance * (price.variance + price.mean * price.mean)
      + price.variance * blocks * blocks
  }

  func samples(_ count: Int, _ random: inout SplitMix64) -> [Double] {
    var totals = Array(repeating: 0.0, count: count)
    for model in models {
      let values = model.factors.map { $0.samples(count, &random) }
      var inputs = model.factors.map(\.expected)
      for draw in 0..<count {
        for (place, column) in values.enumerated() where !column.isEmpty {
          inputs[place] = column[draw]
        }
        totals[draw] += model.credits(inputs)
      }
    }
    if let prices = price?.samples(count, &random), !prices.isEmpty {
      for draw in 0..<count { totals[draw] *= prices[draw] }
    }
    return totals
  }
}

/// A ``LineModel`` in floating point, without a price that other lines share.
struct StatisticalModel {
  /// The factors, then the line's own price or cost if it has one.
  var factors: [StatisticalRange]
  private let countsItems: [Bool]
  private let scale: Double
  /// The block that is paid once started, or 0 where nothing is rounded.
  private let block: Double

  init(_ model: LineModel) {
    factors = model.factors.map { StatisticalRange($0.bounds) }
    var countsItems = model.factors.map(\.countsItems)
    var scale = 1.0
    var block = 0.0
    switch model.pricing {
    case .free, .unpriced:
      scale = 0
    case .perUnit(let price), .perRecord(let price):
      factors.append(StatisticalRange(price))
      countsItems.append(true)
    case .blocks(let price, let per, let rounding):
      if !price.isRanged { scale = price.expected.approximate }
      if rounding == .up { block = per.approximate } else { scale /= per.approximate }
    }
    self.countsItems = countsItems
    self.scale = scale
    self.block = block
  }

  var mean: Double { credits(factors.map(\.mean)) }

  /// Of a product of independent inputs; the rounding of blocks is left out.
  var variance: Double {
    var squares = 1.0
    var means = 1.0
    for factor in factors {
      squares *= factor.variance + factor.mean * factor.mean
      means *= factor.mean * factor.mean
    }
    let unit = block > 0 ? scale / block : scale
    return max(0, (squares - means) * unit * unit)
  }

  func credits(_ inputs: [Double]) -> Double {
    var items = 1.0
    var size = 1.0
    for (input, counts) in zip(inputs, countsItems) {
      if counts { items *= input } else { size *= input }
    }
    if block > 0 { size = (size / block - 1e-9).rounded(.up) }
    return items * size * scale
  }
}

/// A PERT distribution: a beta distribution stretched over low to high with its mode at expected.
struct StatisticalRange {
  let low: Double
  let expected: Double
  let high: Double

  init(_ bounds: QuantityRange) {
    low = bounds.low.approximate
    expected = bounds.expected.approximate
    high = bounds.high.approximate
  }

  var isRanged: Bool { low < high }
  var mean: Double { (low + 4 * expected + high) / 6 }
  var variance: Double { (mean - low) * (high - mean) / 7 }

  /// `count` values, one from each equal slice of probability, in random order.
  func samples(_ count: Int, _ random: inout SplitMix64) -> [Double] {
    if !isRanged { return [] }
    let width = high - low
    let shape = (1 + 4 * (expected - low) / width, 1 + 4 * (high - expected) / width)
    var values = betaQuantiles(shape.0, shape.1, count: count).map { low + width * $0 }
    for place in values.indices.dropFirst().reversed() {
      values.swapAt(place, Int(random.unit() * Double(place + 1)))
    }
    return values
  }
}

/// The quantiles (k + 1/2) / count of a beta distribution, by adding up its density.
private func betaQuantiles(_ alpha: Double, _ beta: Double, count: Int) -> [Double] {
  let cells = 1_024
  var cumulative = [0.0]
  for cell in 0..<cells {
    let x = (Double(cell) + 0.5) / Double(cells)
    let density = power(x, alpha - 1) * power(1 - x, beta - 1)
    cumulative.append((cumulative.last ?? 0) + density)
  }
  let total = cumulative.last ?? 1
  var quantiles: [Double] = []
  quantiles.reserveCapacity(count)
  var cell = 0
  for k in 0..<count {
    let target = (Double(k) + 0.5) / Double(count) * total
    while cell + 1 < cells, cumulative[cell + 1] < target { cell += 1 }
    let mass = cumulative[cell + 1] - cumulative[cell]
    let within = mass > 0 ? min(max((target - cumulative[cell]) / mass, 0), 1) : 0.5
    quantiles.append((Double(cell) + within) / Double(cells))
  }
  return quantiles
}

/// A small generator with a fixed sequence for every seed (Steele, Lea and Flood, 2014).
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// 0 up to, not including, 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
