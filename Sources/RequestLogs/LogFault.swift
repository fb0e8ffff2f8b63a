import CreditCore

/// Why a line cannot be used, and at which of its bytes.
public struct LogFault: Error, Sendable, Equatable {
  /// What kind of fault it is; the word that `rejects` carries.
  public enum Reason: String, Sendable, CaseIterable {
    /// Not JSON (RFC 8259), or no object.
    case json
    /// Not UTF-8.
    case encoding
    /// A NUL or another control character where none may stand.
    case control
    /// A key given twice.
    case repeatedKey = "repeated_key"
    /// A required value is not there.
    case missing
    /// A value of another kind than expected.
    case type
    /// A time that does not exist, has no zone, or is not RFC 3339.
    case time
    /// A time before 2000.
    case ancient
    /// A time more than a day ahead.
    case future
    /// Not a number, or one that cannot stand there.
    case number
    /// A number that is finer or larger than can be held exactly.
    case range
    case method
    case path
    case status
    /// An id that is too long or has a control character.
    case id
    /// A unit or an operation that nobody knows.
    case unknown
    /// A row whose columns do not fit the header or the log format.
    case columns
    /// A quote that is not closed, or closed in the middle.
    case quote
    /// Longer than a line may be.
    case tooLong = "too_long"
    /// A line of another format than the file.
    case format
    /// The id of another request: the same organisation and id, another method or path.
    case idConflict = "id_conflict"
    /// Of another organisation than the one asked for.
    case orgConflict = "org_conflict"
  }

  public var reason: Reason
  /// Bytes from the start of the line or element.
  public var offset: Int
  public var message: String
  public var expected: String?
  public var hint: String?

  public init(
    _ reason: Reason,
    at offset: Int,
    _ message: String,
    expected: String? = nil,
    hint: String? = nil
  ) {
    self.reason = reason
    self.offset = offset
    self.message = message
    self.expected = expected
    self.hint = hint
  }

  /// A byte that is not UTF-8.
  static func encoding(
    _ byte: UInt8,
    at offset: Int,
    hint: String = "iconv -f LATIN1 -t UTF-8 FILE converts a log in Latin-1"
  ) -> LogFault {
    let digits = String(byte, radix: 16, uppercase: true)
    return LogFault(
      .encoding,
      at: offset,
      "byte \(digits) is not UTF-8",
      expected: "text in UTF-8",
      hint: hint
    )
  }

  /// In one line: what was found; what was expected; how to go on.
  public var sentence: String {
    var text = printable(message)
    if let expected { text += "; expected \(printable(expected))" }
    if let hint { text += " (\(printable(hint)))" }
    return text
  }
}
