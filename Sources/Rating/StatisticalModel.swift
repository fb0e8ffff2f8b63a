import CreditCore

/// A ``LineModel`` in floating point, without a price range that other lines share.
///
/// It is loaded anew for each line, so that a campaign of very many needs memory for one.
struct StatisticalModel {
  struct Input {
    var range: StatisticalRange
    /// Whether it counts billed items rather than the size of one.
    var countsItems: Bool
  }

  /// The factors, then the line's own price or cost if it has one.
  private(set) var inputs: [Input] = []
  /// Whether what it gives is blocks, not credits.
  private(set) var leavesPriceOut = false
  private var scale = 1.0
  /// The block that is paid once started, or 0 where nothing is rounded.
  private var block = 0.0

  mutating func load(_ model: LineModel) {
    inputs.removeAll(keepingCapacity: true)
    for factor in model.factors {
      inputs.append(
        Input(range: StatisticalRange(factor.bounds), countsItems: factor.countsItems)
      )
    }
    (scale, block, leavesPriceOut) = (1, 0, false)
    switch model.pricing {
    case .free, .unpriced:
      scale = 0
    case .perUnit(let price):
      inputs.append(Input(range: StatisticalRange(price), countsItems: true))
      scale = model.yield.expected.approximate
    case .perRecord(let cost):
      inputs.append(Input(range: StatisticalRange(cost), countsItems: true))
    case .blocks(let price, let per, let rounding):
      leavesPriceOut = price.isRanged
      if !price.isRanged { scale = price.expected.approximate }
      if rounding == .up { block = per.approximate } else { scale /= per.approximate }
    }
  }

  var mean: Double {
    var items = 1.0
    var size = 1.0
    for input in inputs {
      if input.countsItems { items *= input.range.mean } else { size *= input.range.mean }
    }
    return items * blocks(of: size) * scale
  }

  /// Of a product of independent inputs; the rounding of blocks is left out.
  var variance: Double {
    var squares = 1.0
    var means = 1.0
    for input in inputs {
      let mean = input.range.mean
      squares *= input.range.variance + mean * mean
      means *= mean * mean
    }
    let unit = block > 0 ? scale / block : scale
    return max(0, (squares - means) * unit * unit)
  }

  /// Credits where the inputs take `values`.
  func credits(_ values: [Double]) -> Double {
    var items = 1.0
    var size = 1.0
    for (place, value) in values.enumerated() {
      if inputs[place].countsItems { items *= value } else { size *= value }
    }
    return items * blocks(of: size) * scale
  }

  /// Credits at the expected values, but for one input.
  func credits(with value: Double, at changed: Int) -> Double {
    var items = 1.0
    var size = 1.0
    for (place, input) in inputs.enumerated() {
      let value = place == changed ? value : input.range.expected
      if input.countsItems { items *= value } else { size *= value }
    }
    return items * blocks(of: size) * scale
  }

  /// Blocks started; what is a rounding error above a whole block is no further one.
  private func blocks(of size: Double) -> Double {
    block > 0 ? (size / block - 1e-9).rounded(.up) : size
  }
}
