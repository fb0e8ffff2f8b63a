public import CreditCore

/// Time and waiting, which whoever runs the following decides.
public struct FollowPace {
  /// What time it is, for requests that claim to be of the future.
  public var now: () -> Instant
  /// Milliseconds since some instant; they never go back.
  public var milliseconds: () -> Int
  /// Waits so many milliseconds, or less where the run is to end.
  public var wait: (Int) -> Void
  /// Whether the run is to end.
  public var mustEnd: () -> Bool

  public init(
    now: @escaping () -> Instant,
    milliseconds: @escaping () -> Int,
    wait: @escaping (Int) -> Void,
    mustEnd: @escaping () -> Bool
  ) {
    self.now = now
    self.milliseconds = milliseconds
    self.wait = wait
    self.mustEnd = mustEnd
  }

  /// Between two looks, while nothing comes.
  static let shortest = 250
  static let longest = 1_000
  /// A file that has not changed for so long is written no more, if it was rotated.
  static let quiet = 5_000

  /// How long to wait after a look that took so long: looking takes at most a twentieth of the
  /// time.
  static func pause(after look: Int) -> Int { min(max(shortest, look * 20), longest) }
}
