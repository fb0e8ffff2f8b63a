/// The pattern of a cycle, learned value by value: what each phase differs from the mean.
struct SmoothedSeason {
  enum Form {
    /// Phase by mean.
    case factor
    /// Phase less mean.
    case offset
  }

  /// How much of the mean stands for a phase before it was seen.
  private static let shrinkage = 0.5

  private let form: Form
  private let decay: Double
  private var sums: [Double]
  private var weights: [Double]
  private(set) var pattern: [Double]

  /// `halfLife`: in cycles.
  init(_ form: Form, length: Int, halfLife: Double) {
    self.form = form
    decay = power(0.5, 1 / halfLife)
    sums = Array(repeating: 0, count: length)
    weights = sums
    pattern = Array(repeating: form == .factor ? 1 : 0, count: length)
  }

  mutating func add(_ value: Double, phase: Int) {
    sums[phase] = sums[phase] * decay + value
    weights[phase] = weights[phase] * decay + 1
    var (total, seen) = (0.0, 0.0)
    for (sum, weight) in zip(sums, weights) where weight > 0 {
      total += sum / weight
      seen += 1
    }
    let mean = total / seen
    for phase in pattern.indices {
      let own = (sums[phase] + Self.shrinkage * mean) / (weights[phase] + Self.shrinkage)
      switch form {
      case .factor: pattern[phase] = mean > 1e-9 ? own / mean : 1
      case .offset: pattern[phase] = own - mean
      }
    }
  }
}
