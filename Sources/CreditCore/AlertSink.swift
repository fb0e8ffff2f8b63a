/// What takes messages to one destination.
public protocol AlertSink {
  /// Tries once; `now` is the time of this attempt.
  func deliver(_ message: AlertMessage, at now: Instant) -> DeliveryOutcome
}

/// What one attempt came to; the reasons name neither a key nor an address that is as good as one.
public enum DeliveryOutcome: Sendable, Equatable {
  case delivered
  /// It may pass; `after` is how long the receiver wants no further attempt, where it says so.
  case retry(String, after: Span?)
  /// The receiver, or this end, refuses the message; it will hardly be otherwise next time.
  case refused(String)
  /// The receiver says that nothing is ever to be sent there again.
  case gone(String)
}
