import CreditCore

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
