/// What a check of stored data found.
public struct CheckOutcome: Sendable {
  public struct Difference: Sendable {
    /// Which row: `day 2026-11-18, series 5`.
    public var place: String
    public var found: String
    public var expected: String
  }

  /// What was looked at, mostly a table.
  public let name: String
  /// What must hold.
  public let claim: String
  /// How many rows were looked at.
  public var rows = 0
  public private(set) var differences = 0
  /// The first of them.
  public private(set) var shown: [Difference] = []

  private static let shownLimit = 20

  public init(_ name: String, _ claim: String) {
    self.name = name
    self.claim = claim
  }

  public mutating func differs(_ place: String, found: String, expected: String) {
    differences += 1
    guard shown.count < Self.shownLimit else { return }
    shown.append(Difference(place: place, found: found, expected: expected))
  }
}
