public import CreditCore

/// Reads what a log holds, one entry after another.
///
/// A log that grows can be read on: after nil, the next call looks for more.
public protocol EntryReader: AnyObject {
  /// The next entry, or nil where there is none (now).
  ///
  /// A fault of the whole log, such as a format that does not fit, is thrown as ``BadInput``; a
  /// file that cannot be read as ``EnvironmentFault``.
  func next() throws -> LogEntry?

  /// Bytes of the stream up to the end of the last entry: where reading can go on later.
  var consumed: Int { get }
}

/// What the person who reads a log knows of it.
public struct ReadOptions: Sendable {
  /// The log's name in messages.
  public var name: String
  /// Keys that the log names otherwise.
  public var mapped: [(key: String, name: String)] = []
  /// The format of an access log, as nginx (`$remote_addr …`) or Apache (`%h …`) writes it.
  public var logFormat: String?
  /// Balances and ledger rows later than this are refused.
  public var latest: Instant?
  /// Whether the log is still written, so that a line without an end is left for later.
  public var isAppended = false

  public init(name: String) { self.name = name }
}
