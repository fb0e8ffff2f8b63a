import CreditCore

/// Intervals and rates as rows and columns; rates that only occur together share a column.
struct CalibrationProblem {
  struct Group {
    var operations: [String]
    var min: Double
    var max: Double
    var start: Double
    /// Which rates of the whole it stands for.
    var members: [Int]
  }

  struct Change {
    var group: Int
    /// The last interval before it.
    var interval: Int
  }

  private(set) var groups: [Group]
  /// One an interval; a column for each group, and one for the old rate behind a change.
  private(set) var rows: [[Double]]
  private let targets: [Double]
  private let weights: [Double]
  private var old: (group: Int, column: Int)?

  /// Columns that differ by less than this share of their length are one.
  private static let separability = 0.02
  private static let samples = 300

  init(_ intervals: [CalibrationInterval], _ rates: [UncertainRate]) {
    targets = intervals.map { $0.spent - $0.certain }
    // What a unit costs varies from one to the next, so that the spread grows with the root.
    weights = intervals.map { interval in
      let expected = rates.reduce(0) { $0 + $1.expected * (interval.units[$1.operation] ?? 0) }
      return 1 / max(1, expected)
    }
    let columns = rates.map { rate in intervals.map { $0.units[rate.operation] ?? 0 } }
    groups = Self.inseparable(columns, weights).map { members in
      if members.count == 1 {
        let rate = rates[members[0]]
        return Group(
          operations: [rate.operation],
          min: rate.min,
          max: rate.max,
          start: rate.expected,
          members: members
        )
      }
      let sum = members.reduce(0) { $0 + rates[$1].expected }
      return Group(
        operations: members.map { rates[$0].operation },
        min: members.reduce(0) { $0 + rates[$1].min } / max(sum, 1e-12),
        max: members.reduce(0) { $0 + rates[$1].max } / max(sum, 1e-12),
        start: 1,
        members: members
      )
    }
    let groups = groups
    rows = intervals.indices.map { row in
      groups.map { group in
        if group.members.count == 1 { return columns[group.members[0]][row] }
        return group.members.reduce(0) { $0 + rates[$1].expected * columns[$1][row] }
      }
    }
  }

  var start: [Double] { groups.map(\.start) + (old.map { [groups[$0.group].start] } ?? []) }

  func squares(_ rows: [[Double]]) -> BoundedLeastSquares {
    let bounds = groups + (old.map { [groups[$0.group]] } ?? [])
    return BoundedLeastSquares(
      rows: rows,
      targets: targets,
      weights: weights,
      lower: bounds.map(\.min),
      upper: bounds.map(\.max)
    )
  }

  /// The rate of the changed group before it changed.
  func oldRate(_ solution: [Double]) -> Double? { old.map { solution[$0.column] } }

  // MARK: What can be told apart

  /// Columns by whether one is (nearly) a sum of others with the same zeros.
  private static func inseparable(_ columns: [[Double]], _ weights: [Double]) -> [[Int]] {
    var parent = Array(columns.indices)
    func root(_ place: Int) -> Int {
      var place = place
      while parent[place] != place { place = parent[place] }
      return place
    }
    for (index, column) in columns.enumerated() {
      let others = columns.indices.filter { $0 != index }
      guard !others.isEmpty else { continue }
      let squares = BoundedLeastSquares(
        rows: column.indices.map { row in others.map { columns[$0][row] } },
        targets: column,
        weights: weights,
        lower: others.map { _ in -1e6 },
        upper: others.map { _ in 1e6 }
      )
      let length = zip(column, weights).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
      let solution = squares.solved(from: others.map { _ in 0 })
      guard squares.loss(of: solution) < length * separability * separability else { continue }
      for (other, share) in zip(others, solution) {
        // A column that hardly takes part is not to blame.
        let part = zip(columns[other], weights)
          .reduce(0) { $0 + share * share * $1.0 * $1.0 * $1.1 }
        if part > length * 0.01 { parent[root(other)] = root(index) }
      }
    }
    return Dictionary(grouping: columns.indices, by: root).values
      .map { $0.sorted() }.sorted { $0[0] < $1[0] }
  }

  // MARK: Prices that changed

  /// The group and interval whose parting explains most, where it explains more than chance would.
  func priceChange() -> Change? {
    let count = rows.count
    let margin = max(4, count / 10)
    guard count >= 2 * margin, count > groups.count + 4 else { return nil }
    let (base, _) = squares(rows).solvedRobustly(from: start)
    var candidates: [(change: Change, residuals: [Double])] = []
    for (place, group) in groups.enumerated() where group.members.count == 1 {
      for interval in (margin - 1)..<(count - margin) {
        let change = Change(group: place, interval: interval)
        let model = parted(at: change)
        let fit = model.squares(model.rows)
        let (solution, _) = fit.solvedRobustly(from: base + [base[place]])
        let (old, new) = (solution[groups.count], solution[place])
        guard abs(new - old) > Self.smallestChange * max(abs(old), 1e-9) else { continue }
        candidates.append((change, weighted(fit.residuals(of: solution))))
      }
    }
    // All are measured by the spread of the one that fits best.
    let spread = candidates.map { BoundedLeastSquares.spread($0.residuals) }.min() ?? 0
    let scale = max(spread, 1e-9)
    let losses = candidates.map { Self.boundedLoss($0.residuals, scale) }
    guard let least = losses.min(), let best = losses.firstIndex(of: least) else { return nil }
    let before = Self.boundedLoss(weighted(squares(rows).residuals(of: base)), scale)
    return before - least > Self.evidence ? candidates[best].change : nil
  }

  /// A change of a rate by less than this share is not looked for.
  private static let smallestChange = 0.08
  /// How much less must be unexplained, in squared spreads; few histories without a change get
  /// there, although the best of many partings is taken.
  private static let evidence = 20.0

  private func weighted(_ residuals: [Double]) -> [Double] {
    zip(residuals, weights).map { $0 * $1.squareRoot() }
  }

  /// Squares in spreads, of which none counts more than that of five.
  private static func boundedLoss(_ residuals: [Double], _ scale: Double) -> Double {
    residuals.reduce(0) { $0 + min($1 * $1 / (scale * scale), 25) }
  }

  /// The same with a column of its own for the rate before a change.
  func parted(at change: Change) -> CalibrationProblem {
    var model = self
    model.old = (change.group, groups.count)
    model.rows = rows.enumerated().map { index, row in
      var row = row
      let isOld = index <= change.interval
      row.append(isOld ? row[change.group] : 0)
      if isOld { row[change.group] = 0 }
      return row
    }
    return model
  }

  // MARK: How sure it is

  /// In which each rate lies 19 times in 20, from samples of the intervals.
  func ranges(around solution: [Double], seed: UInt64) -> [(low: Double, high: Double)] {
    var random = SampleDraw(state: seed)
    let whole = squares(rows)
    let (_, trusted) = whole.solvedRobustly(from: solution)
    let count = rows.count
    var drawn: [[Double]] = Array(repeating: [], count: solution.count)
    for _ in 0..<Self.samples {
      let places = (0..<count).map { _ in random.below(count) }
      let sample = BoundedLeastSquares(
        rows: places.map { rows[$0] },
        targets: places.map { targets[$0] },
        weights: places.map { trusted[$0] },
        lower: whole.lower,
        upper: whole.upper
      )
      for (index, value) in sample.solved(from: solution).enumerated() {
        drawn[index].append(value)
      }
    }
    // Few intervals for the rates make samples look surer than they are.
    let widening = (Double(count) / Double(max(1, count - solution.count))).squareRoot() * 1.1
    return drawn.enumerated().map { index, values in
      let sorted = values.sorted()
      let low = sorted[Self.samples * 25 / 1_000]
      let high = sorted[Self.samples * 975 / 1_000 - 1]
      let middle = solution[index]
      return (
        max(whole.lower[index], middle - (middle - min(low, middle)) * widening),
        min(whole.upper[index], middle + (max(high, middle) - middle) * widening)
      )
    }
  }
}

/// Numbers that repeat: SplitMix64.
struct SampleDraw {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)).multipliedFullWidth(by: UInt64(bound)).high)
  }
}
