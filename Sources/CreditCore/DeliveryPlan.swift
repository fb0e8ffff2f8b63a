/// When a message is tried again, and when it is given up.
public enum DeliveryPlan {
  /// Seconds before each attempt, from the one before it.
  static let pauses: [Int64] = [
    0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
  ]

  /// Attempts at a receiver that refuses.
  static let refusedLimit = 3

  public enum Next: Sendable, Equatable {
    case delivered
    case retry(at: Instant, String)
    /// Given up.
    case dead(String)
    /// Given up, and so is the destination.
    case gone(String)
  }

  /// What follows an attempt.
  ///
  /// `attempts`: with this one. `chance`: 0 to 1, which spreads attempts by a fifth either way.
  public static func next(
    after outcome: DeliveryOutcome,
    attempts: Int,
    now: Instant,
    chance: Double
  ) -> Next {
    switch outcome {
    case .delivered: return .delivered
    case .gone(let reason): return .gone(reason)
    case .refused(let reason):
      if attempts >= refusedLimit { return .dead(reason) }
      return .retry(at: due(attempts, now, chance, nil), reason)
    case .retry(let reason, let after):
      if attempts >= pauses.count { return .dead(reason) }
      return .retry(at: due(attempts, now, chance, after), reason)
    }
  }

  private static func due(
    _ attempts: Int,
    _ now: Instant,
    _ chance: Double,
    _ after: Span?
  ) -> Instant {
    let pause = Double(pauses[min(attempts, pauses.count - 1)])
    let spread = Int64(pause * (0.8 + 0.4 * min(max(chance, 0), 1)) * 1_000_000)
    let asked = min(after?.seconds ?? 0, 86_400) * 1_000_000
    return Instant(microseconds: now.microseconds &+ max(spread, asked))
  }
}
