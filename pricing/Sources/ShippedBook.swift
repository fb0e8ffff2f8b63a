import Bundled
public import CreditCore
public import Rating

/// The price book that the binary carries.
public enum ShippedBook {
  /// The name by which an override book extends it.
  public static let provider = "graph8"

  public static var source: SourceText { Bundled.file("pricing/graph8.yaml") }

  /// Its golden cases.
  public static var cases: SourceText { Bundled.file("pricing/graph8.cases.yaml") }

  public static func book() throws(BadInput) -> PriceBook {
    try BookReader.book(source) { _ in nil }
  }
}
