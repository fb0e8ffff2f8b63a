/// How an operation is known to be charged.
public enum Metering: String, Sendable, CaseIterable {
  /// Costs credits.
  case metered
  /// Known to cost none.
  case free
  /// Nobody published a number: never treated as free.
  case unpriced
}

/// What a metered operation counts.
public enum Unit: String, Sendable, CaseIterable {
  case providerHit = "provider_hit"
  case verification
  case token
  case minute
  case booking
  case step
  case recipient
  case event
  case record
  case request

  /// The key that names a quantity of this unit in campaign files: `provider_hits`, `steps`.
  public var plural: String { rawValue + "s" }

  /// Several of it, as people read it: `provider hits`.
  public var pluralWords: String { self == .providerHit ? "provider hits" : plural }

  /// As people read it: `provider hit`, `steps`.
  public func words(for quantity: ExactDecimal) -> String {
    quantity == .one ? String(pluralWords.dropLast()) : pluralWords
  }
}

/// How well a rate is known, the best known first.
public enum Confidence: String, Sendable, CaseIterable, Comparable {
  /// Stated by the provider's own price list.
  case published
  /// Stated elsewhere in the provider's documentation.
  case documented
  /// Nobody stated it: a third-party note, a measurement, or a guess.
  case assumed

  /// Whether the left one is better known.
  public static func < (left: Confidence, right: Confidence) -> Bool {
    left != right && (left == .published || right == .assumed)
  }
}

/// How the credits of a charge are known.
public enum Basis: String, Sendable, CaseIterable {
  /// The API reported them.
  case measured
  /// A known quantity times a known rate.
  case counted
  /// The quantity or the rate is assumed by the price book.
  case assumed
  /// No rate is known.
  case unpriced
}
