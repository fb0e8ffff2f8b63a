/// Lines of a log that were read before, and that say nothing new.
public struct KnownPassage: Sendable, Equatable {
  /// Physical lines, blank ones among them.
  public var lines: Int
  public var requests: Int
  /// The times of the earliest and the latest request.
  public var first: Instant
  public var last: Instant

  public init(lines: Int, requests: Int, first: Instant, last: Instant) {
    (self.lines, self.requests) = (lines, requests)
    (self.first, self.last) = (first, last)
  }
}
