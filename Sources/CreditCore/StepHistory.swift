/// How many steps a sequence had, as answers told it at several instants.
public struct StepHistory: Sendable {
  private var told: [(at: Instant, steps: Int64)] = []

  public init() {}

  /// Takes what an answer told; where two of one instant differ, the larger number counts.
  ///
  /// - Returns: whether it changes what is known.
  public mutating func add(_ steps: Int64, at instant: Instant) -> Bool {
    let place = told.firstIndex { $0.at >= instant } ?? told.count
    if place < told.count, told[place].at == instant {
      if told[place].steps >= steps { return false }
      told[place].steps = steps
    } else {
      told.insert((instant, steps), at: place)
    }
    return true
  }

  /// The number told last by then, else the first one told after; nil where nobody told.
  ///
  /// It does not depend on the order in which answers come to be known.
  public func steps(at instant: Instant) -> Int64? {
    (told.last { $0.at <= instant } ?? told.first)?.steps
  }
}
