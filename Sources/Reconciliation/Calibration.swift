public import CreditCore

/// An uncertain rate that intervals between snapshots may tell more about.
public struct UncertainRate: Sendable, Equatable {
  public var operation: String
  /// Credits of one unit, as the price book has it.
  public var expected: Double
  /// Between which bounds one unit can cost.
  public var min: Double
  public var max: Double

  public init(operation: String, expected: Double, min: Double, max: Double) {
    self.operation = operation
    self.expected = expected
    self.min = min
    self.max = max
  }
}

/// What an interval between snapshots tells.
public struct CalibrationInterval: Sendable, Equatable {
  public var to: Instant
  /// Credits that the provider says were spent.
  public var spent: Double
  /// Credits rated at rates that are certain.
  public var certain: Double
  /// Units used of each uncertain operation.
  public var units: [String: Double]

  public init(to: Instant, spent: Double, certain: Double, units: [String: Double]) {
    self.to = to
    self.spent = spent
    self.certain = certain
    self.units = units
  }
}

/// Uncertain rates, fitted to what the provider took.
///
/// Statistics in floating point: what it finds is a proposal for a price book, never a charge.
public struct Calibration: Sendable, Equatable {
  public struct Fit: Sendable, Equatable {
    /// One operation; several where only their sum can be told.
    public var operations: [String]
    /// Credits of one unit; of several operations, times the book's own rates.
    public var rate: Double
    /// In which the rate lies 19 times in 20.
    public var low: Double
    public var high: Double
    /// Whether the rate is held by a bound of the book.
    public var isAtBound: Bool

    public var isSeparable: Bool { operations.count == 1 }
  }

  /// A rate that was another before.
  public struct PriceChange: Sendable, Equatable {
    public var operation: String
    /// The end of the last interval at the old rate.
    public var after: Instant
    public var old: Double
    public var new: Double
  }

  public var fits: [Fit]
  public var changes: [PriceChange]
  /// Credits that rates do not explain, summed without sign: at the book's and at the fitted ones.
  public var unexplainedBefore: Double
  public var unexplainedAfter: Double
  /// Operations that no interval tells anything about.
  public var untold: [String]

  /// Fewer intervals than this for each rate tell too little.
  static let intervalsPerRate = 3

  /// - Parameters:
  ///   - intervals: in order of time.
  ///   - rates: the uncertain ones.
  ///   - seed: of the drawing of samples; the same gives the same result.
  public init(_ intervals: [CalibrationInterval], rates: [UncertainRate], seed: UInt64 = 1) {
    let told = rates.filter { rate in intervals.contains { ($0.units[rate.operation] ?? 0) > 0 } }
    untold = rates.map(\.operation).filter { name in !told.contains { $0.operation == name } }
    let problem = CalibrationProblem(intervals, told)
    let atBook = problem.squares(problem.rows).residuals(of: problem.start)
    unexplainedBefore = atBook.reduce(0) { $0 + abs($1) }
    guard !problem.groups.isEmpty,
      intervals.count >= problem.groups.count * Self.intervalsPerRate
    else {
      fits = []
      changes = []
      unexplainedAfter = unexplainedBefore
      return
    }
    let change = problem.priceChange()
    let model = change.map { problem.parted(at: $0) } ?? problem
    let squares = model.squares(model.rows)
    let (solution, _) = squares.solvedRobustly(from: model.start)
    let ranges = model.ranges(around: solution, seed: seed)
    fits = model.groups.enumerated().map { index, group in
      Fit(
        operations: group.operations,
        rate: solution[index],
        low: ranges[index].low,
        high: ranges[index].high,
        isAtBound: solution[index] <= group.min * 1.000_001
          || solution[index] >= group.max * 0.999_999
      )
    }
    unexplainedAfter = squares.residuals(of: solution).reduce(0) { $0 + abs($1) }
    changes = []
    if let change, let old = model.oldRate(solution) {
      changes = [
        PriceChange(
          operation: problem.groups[change.group].operations[0],
          after: intervals[change.interval].to,
          old: old,
          new: solution[change.group]
        )
      ]
    }
  }
}
