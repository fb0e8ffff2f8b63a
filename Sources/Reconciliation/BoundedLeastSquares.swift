#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Least squares with weights, each coefficient within its bounds.
struct BoundedLeastSquares {
  /// Rows of as many numbers as there are coefficients.
  var rows: [[Double]]
  var targets: [Double]
  /// One a row, zero or more.
  var weights: [Double]
  var lower: [Double]
  var upper: [Double]

  private static let sweeps = 2_000
  private static let tolerance = 1e-10

  /// The coefficients, by descent along one after another; starts from `start`.
  func solved(from start: [Double]) -> [Double] {
    let count = lower.count
    var gram = Array(repeating: Array(repeating: 0.0, count: count), count: count)
    var moments = Array(repeating: 0.0, count: count)
    for (row, (target, weight)) in zip(rows, zip(targets, weights)) {
      for i in 0..<count where row[i] != 0 {
        moments[i] += weight * row[i] * target
        for j in 0..<count { gram[i][j] += weight * row[i] * row[j] }
      }
    }
    var solution = zip(start, zip(lower, upper)).map { min(max($0, $1.0), $1.1) }
    for _ in 0..<Self.sweeps {
      var largest = 0.0
      for i in 0..<count where gram[i][i] > 0 {
        var gradient = moments[i]
        for j in 0..<count { gradient -= gram[i][j] * solution[j] }
        let free = solution[i] + gradient / gram[i][i]
        let value = min(max(free, lower[i]), upper[i])
        largest = max(largest, abs(value - solution[i]) / max(1, abs(value)))
        solution[i] = value
      }
      if largest < Self.tolerance { break }
    }
    return solution
  }

  /// As above, with less weight for rows far from the rest: what nobody logged moves no price.
  func solvedRobustly(from start: [Double]) -> (solution: [Double], weights: [Double]) {
    var fit = self
    var solution = solved(from: start)
    for _ in 0..<12 {
      let residuals = residuals(of: solution)
      let scale = max(Self.spread(zip(residuals, weights).map { $0 * $1.squareRoot() }), 1e-9)
      for (index, residual) in residuals.enumerated() {
        let size = abs(residual) * weights[index].squareRoot() / scale
        fit.weights[index] = weights[index] * Self.trust(size)
      }
      let next = fit.solved(from: solution)
      let moved = zip(next, solution).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
      solution = next
      if moved < 1e-7 { break }
    }
    return (solution, fit.weights)
  }

  func residuals(of solution: [Double]) -> [Double] {
    zip(rows, targets).map { row, target in
      target - zip(row, solution).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }

  /// Weighted squares of what is left, summed.
  func loss(of solution: [Double]) -> Double {
    zip(residuals(of: solution), weights).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
  }

  /// How much a residual of so many spreads counts: all up to 2, none past 6.
  private static func trust(_ size: Double) -> Double {
    if size <= 2 { return 1 }
    if size >= 6 { return 0 }
    let part = (size - 2) / 4
    return (1 - part * part) * (1 - part * part)
  }

  /// The median distance from zero, scaled to a standard deviation.
  static func spread(_ values: [Double]) -> Double {
    let sorted = values.map(abs).sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    let median =
      sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    return 1.4826 * median
  }
}
