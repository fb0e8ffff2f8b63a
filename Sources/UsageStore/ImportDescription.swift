public import CreditCore

/// Where an import comes from.
public struct ImportDescription: Sendable {
  public var file: String
  public var source: String
  public var started: Instant

  public init(file: String, source: String, started: Instant) {
    self.file = file
    self.source = source
    self.started = started
  }
}
