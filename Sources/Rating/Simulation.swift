import CreditCore

/// The spread of a campaign's total when every ranged input varies on its own.
///
/// Each ranged input is a PERT distribution over its low, expected and high value; a price range
/// of the book is one input for all lines of its operation. The inputs that matter most are
/// drawn, each stratified and shuffled from a fixed seed; of the many others the sum is normal.
/// The same campaign therefore gives the same numbers again, on the same C library.
struct Simulation {
  private static let draws = 4_096
  /// How many inputs are drawn one by one.
  private static let drawnInputs = 256

  /// Simulated totals in credits, ascending; empty when nothing is ranged.
  private var totals: [Double] = []
  private var fixed = 0.0

  init(lines: [EstimateLine]) {
    var alone: [(line: Int, spread: Spread)] = []
    var shared: [String: SharedPrice] = [:]
    var model = StatisticalModel()
    for (index, line) in lines.enumerated() {
      guard let credits = line.credits else { continue }
      if credits.low == credits.high {
        fixed += credits.low.approximate
        continue
      }
      model.load(line.model)
      let spread = Spread(of: model, credits)
      if let price = line.model.sharedPrice {
        shared[line.operation, default: SharedPrice(index, StatisticalRange(price))]
          .add(index, spread)
      } else {
        alone.append((index, spread))
      }
    }
    if alone.isEmpty && shared.isEmpty { return }
    totals = Array(repeating: fixed, count: Self.draws)
    var random = SplitMix64(state: 0x6372_6564_6974)
    for group in shared.values.sorted(by: { $0.lines[0] < $1.lines[0] }) {
      draw(group, lines, &random)
    }
    draw(alone, lines, &random)
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

  /// Lines of one price: the price is drawn, and the blocks that it buys.
  private mutating func draw(
    _ group: SharedPrice,
    _ lines: [EstimateLine],
    _ random: inout SplitMix64
  ) {
    let prices = group.price.samples(Self.draws, &random)
    var blocks = Array(repeating: 0.0, count: Self.draws)
    if group.lines.count <= Self.drawnInputs / 4 {
      for line in group.lines { lines[line].model.draw(into: &blocks, &random) }
    } else {
      group.blocks.draw(into: &blocks, &random)
    }
    for draw in totals.indices { totals[draw] += blocks[draw] * prices[draw] }
  }

  /// Lines that share no price: those that vary most line by line, the sum of the others at once.
  private mutating func draw(
    _ alone: [(line: Int, spread: Spread)],
    _ lines: [EstimateLine],
    _ random: inout SplitMix64
  ) {
    let order = alone.indices.sorted {
      (alone[$0].spread.variance, $1) > (alone[$1].spread.variance, $0)
    }
    var inputs = 0
    var rest = Spread()
    for place in order {
      let line = lines[alone[place].line]
      inputs += line.model.factors.count + 1
      if inputs <= Self.drawnInputs {
        line.model.draw(into: &totals, &random)
      } else {
        rest.add(alone[place].spread)
      }
    }
    rest.draw(into: &totals, &random)
  }
}

/// Lines of one operation, whose price range they share.
private struct SharedPrice {
  let price: StatisticalRange
  var lines: [Int] = []
  /// Of the blocks that they buy, without their price.
  var blocks = Spread()

  init(_ line: Int, _ price: StatisticalRange) { self.price = price }

  mutating func add(_ line: Int, _ spread: Spread) {
    lines.append(line)
    blocks.add(spread)
  }
}

/// Mean, variance and limits of a sum.
private struct Spread {
  var mean = 0.0
  var variance = 0.0
  var low = 0.0
  var high = 0.0

  init() {}

  init(of model: StatisticalModel, _ credits: CreditRange) {
    mean = model.mean
    variance = model.variance
    low = model.leavesPriceOut ? 0 : credits.low.approximate
    high = model.leavesPriceOut ? .infinity : credits.high.approximate
  }

  mutating func add(_ other: Spread) {
    mean += other.mean
    variance += other.variance
    low += other.low
    high += other.high
  }

  /// Adds a normal variable within the limits to each of `totals`.
  func draw(into totals: inout [Double], _ random: inout SplitMix64) {
    if mean == 0 { return }
    let deviation = variance.squareRoot()
    for draw in totals.indices {
      let normal = (0..<12).reduce(-6.0) { sum, _ in sum + random.unit() }
      totals[draw] += min(max(mean + deviation * normal, low), high)
    }
  }
}

extension LineModel {
  /// Adds the credits (or blocks, where a price is shared) of each of `totals.count` draws.
  fileprivate func draw(into totals: inout [Double], _ random: inout SplitMix64) {
    var model = StatisticalModel()
    model.load(self)
    let columns = model.inputs.map { $0.range.samples(totals.count, &random) }
    var values = model.inputs.map(\.range.expected)
    for draw in totals.indices {
      for (place, column) in columns.enumerated() where !column.isEmpty {
        values[place] = column[draw]
      }
      totals[draw] += model.credits(values)
    }
  }
}
