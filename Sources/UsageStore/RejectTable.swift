import CreditCore

/// A line that cannot be used, as it is kept.
public struct StoredReject: Sendable {
  public var file: String
  public var line: Int
  public var column: Int
  public var reason: String
  public var message: String
  public var raw: String

  public init(
    file: String,
    line: Int,
    column: Int,
    reason: String,
    message: String,
    raw: String
  ) {
    self.file = file
    self.line = line
    self.column = column
    self.reason = reason
    self.message = message
    self.raw = raw
  }
}

/// Keeps rejects, each once however often its line is read.
final class RejectTable {
  private let insert: Statement
  private let hash: IdentityHash

  init(_ connection: OpaquePointer, _ hash: IdentityHash) throws(EnvironmentFault) {
    insert = try Statement(
      connection,
      """
      INSERT OR IGNORE INTO rejects
        (fingerprint, import, file, line, "column", reason, message, raw)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """
    )
    self.hash = hash
  }

  func add(_ reject: StoredReject, to importID: Int64) throws(EnvironmentFault) {
    let text = "\(reject.line)\u{1F}\(reject.reason)\u{1F}\(reject.raw)"
    let fingerprint = Array(text.utf8).withUnsafeBufferPointer { hash(.line, $0) }
    insert.bind(1, Int64(bitPattern: fingerprint))
    insert.bind(2, importID)
    insert.bind(3, reject.file)
    insert.bind(4, Int64(reject.line))
    insert.bind(5, Int64(reject.column))
    insert.bind(6, reject.reason)
    insert.bind(7, reject.message)
    insert.bind(8, reject.raw)
    try insert.run()
  }
}
