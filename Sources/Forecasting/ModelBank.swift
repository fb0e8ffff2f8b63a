/// The models whose forecasts are combined: each is cheap, none can explode, and all are kept up
/// to date value by value, so that every past day is an origin of the back-test.
enum Model: Int, CaseIterable, Sendable {
  /// The last cycle again.
  case seasonalNaive
  /// The median of the last four, and six, values of the same phase.
  case medianOfFour
  case medianOfSix
  /// The mean of every second cycle, of four.
  case everySecondCycle
  /// A level of a half-life of so many days, times or plus a pattern.
  case factorLevel3
  case factorLevel28
  case offsetLevel3
  case offsetLevel28
  case offsetLevel90
  /// The median of two cycles without their pattern.
  case factorMedian
  case offsetMedian
  /// A level with a damped trend.
  case dampedTrend
  /// A level with half the trend of two months.
  case halfTrend
  /// A level without a pattern.
  case flat

  /// What the model is worth before anything is known of a series: learned from other series.
  var prior: Double {
    switch self {
    case .medianOfFour, .medianOfSix, .factorLevel3, .offsetLevel3: 1
    case .factorMedian, .offsetMedian: 0.5
    case .seasonalNaive, .everySecondCycle, .offsetLevel90, .dampedTrend, .offsetLevel28,
      .factorLevel28:
      0.3
    case .halfTrend, .flat: 0.2
    }
  }

  /// What a report calls it.
  var title: String {
    switch self {
    case .seasonalNaive: "seasonal naive"
    case .medianOfFour: "median of the last four"
    case .medianOfSix: "median of the last six"
    case .everySecondCycle: "every second cycle"
    case .factorLevel3: "3-day level x pattern"
    case .factorLevel28: "28-day level x pattern"
    case .offsetLevel3: "3-day level + pattern"
    case .offsetLevel28: "28-day level + pattern"
    case .offsetLevel90: "90-day level + pattern"
    case .factorMedian: "median level x pattern"
    case .offsetMedian: "median level + pattern"
    case .dampedTrend: "damped trend"
    case .halfTrend: "half trend"
    case .flat: "flat level"
    }
  }

  static let all = Array(allCases)
  static let count = allCases.count
}

/// What all models forecast from one origin.
struct Outlook {
  /// Steps after which every model repeats itself, but for its trend.
  let period: Int
  /// By step of the period, then by model.
  private var values: [Double]
  /// Trends per step of `dampedTrend` and `halfTrend`.
  private let trends: (damped: Double, half: Double)
  private let floor: Double

  init(period: Int, trends: (damped: Double, half: Double), floor: Double) {
    self.period = period
    self.trends = trends
    self.floor = floor
    values = Array(repeating: 0, count: Model.count * period)
  }

  /// Takes what a model forecasts for a step of the period, but for its trend.
  mutating func put(_ model: Model, step: Int, _ value: Double) {
    values[(step - 1) * Model.count + model.rawValue] = value
  }

  /// Writes the forecasts of all models for a step, in their order.
  @inline(__always)
  func read(step: Int, into result: UnsafeMutableBufferPointer<Double>) {
    let start = (step - 1) % period * Model.count
    for model in 0..<Model.count { result[model] = values[start + model] }
    let (damped, half) = (Model.dampedTrend.rawValue, Model.halfTrend.rawValue)
    result[damped] = max(floor, result[damped] + trends.damped * Self.damped.through(step))
    result[half] = max(floor, result[half] + trends.half * Self.half.through(step))
  }

  private static let damped = Damping(0.9)
  private static let half = Damping(0.97)
}

/// Sums of the first powers of a factor below 1.
private struct Damping {
  private let factor: Double
  /// Those that are asked for most.
  private let known: [Double]

  init(_ factor: Double) {
    self.factor = factor
    known = (0..<128).map { Self.sum(factor, $0) }
  }

  func through(_ steps: Int) -> Double {
    steps < known.count ? known[steps] : Self.sum(factor, steps)
  }

  private static func sum(_ factor: Double, _ steps: Int) -> Double {
    factor * (1 - power(factor, Double(steps))) / (1 - factor)
  }
}
