/// What an import of logs did so far.
public struct ImportCounts: Sendable, Equatable {
  public var read = 0
  public var accepted = 0
  public var duplicates = 0
  public var updated = 0
  public var rejected = 0
  /// Accepted requests by the metering of their operation.
  public var free = 0
  public var metered = 0
  public var unpriced = 0
  /// By which the stored total changed, in micro-credits.
  public var credits: Int64 = 0
  /// Of the requests that could be read.
  public var first: Instant?
  public var last: Instant?
  /// Texts that looked like keys and were replaced.
  public var secrets = 0

  public init() {}

  /// What came after `before`; the span is as it is.
  public func since(_ before: ImportCounts) -> ImportCounts {
    var counts = self
    counts.read -= before.read
    counts.accepted -= before.accepted
    counts.duplicates -= before.duplicates
    counts.updated -= before.updated
    counts.rejected -= before.rejected
    counts.free -= before.free
    counts.metered -= before.metered
    counts.unpriced -= before.unpriced
    counts.credits -= before.credits
    counts.secrets -= before.secrets
    return counts
  }
}
