public import CreditCore

/// Looks into the body of a logged call: a checked JSON text.
public enum LogBody {
  /// A number, a text that is a plain number, or the length of a list.
  public static func number(at pointer: JSONPointer, in body: Bytes) -> ExactDecimal? { nil }

  /// A text, or a number or word as it stands.
  public static func text(at pointer: JSONPointer, in body: Bytes) -> String? { nil }
}
