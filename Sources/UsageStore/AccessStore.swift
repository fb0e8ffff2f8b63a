public import CreditCore
import Digests
import GRDB
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Tokens, the audit log, and answers that are given again: `<database>.access`.
///
/// Several processes may use it at once, so that a token can be revoked while the service runs.
public final class AccessStore: Sendable {
  public let path: String
  let queue: DatabaseQueue
  private let reader: QuickReader
  /// Tokens that were looked up since the file changed last.
  private let known = Mutex(Known())

  private struct Known {
    var version: Int64 = -1
    var tokens: [String: (token: AccessToken, digest: [UInt8])] = [:]
  }

  /// Opens the file beside a database, or makes it, for its owner alone.
  ///
  /// Throws ``EnvironmentFault`` for what cannot be opened, is not creditmeter's, or may be read by
  /// others.
  public init(beside database: String) throws {
    path = database + ".access"
    try UsageStore.requireFolder(of: database)
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 { throw systemFault("cannot open \(path)") }
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    close(descriptor)
    guard isKnown, status.st_mode & 0o077 == 0 else {
      throw EnvironmentFault("others may read the tokens in \(path): chmod 600 \(path)")
    }
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA trusted_schema = OFF")
      try db.execute(sql: "PRAGMA synchronous = FULL")
    }
    let path = path
    queue = try naming(path) {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      // Whoever looks a token up never waits for one that is being made.
      try queue.inDatabase { db in try db.execute(sql: "PRAGMA journal_mode = WAL") }
      try queue.write { db in
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        guard application == AccessSchema.applicationID || count == 0 else {
          throw EnvironmentFault("\(path) is a database of something else")
        }
        try db.execute(sql: "PRAGMA application_id = \(AccessSchema.applicationID)")
      }
      try AccessSchema.migrator.migrate(queue)
      return queue
    }
    reader = try QuickReader(path)
  }

  /// For tests, which do what nobody should.
  func execute(_ sql: String) throws { try writing { db in try db.execute(sql: sql) } }

  func writing<Result>(_ body: (Database) throws -> Result) throws -> Result {
    try naming(path) { try queue.write(body) }
  }

  func reading<Result>(_ body: (Database) throws -> Result) throws -> Result {
    try naming(path) { try queue.read(body) }
  }
}

// Tokens.
extension AccessStore {
  /// Makes a token; its text is known to nobody but the caller, now.
  public func createToken(
    org: String,
    scopes: Set<AccessScope>,
    name: String? = nil,
    expires: Instant,
    at now: Instant
  ) throws -> (token: AccessToken, text: Secret) {
    let bearer = BearerText.random()
    let token = AccessToken(
      id: bearer.id,
      org: org,
      scopes: scopes,
      name: name,
      created: now,
      expires: expires,
      revoked: nil,
      lastUsed: nil
    )
    let digest = hexText(try bearer.digest())
    try writing { db in
      try db.execute(
        sql: "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
        arguments: [
          token.id, digest, org, token.scopeNames.joined(separator: " "), name,
          now.microseconds, expires.microseconds,
        ]
      )
      try Self.append(
        AuditEntry(
          at: now,
          actor: "command line",
          action: "token.create",
          subject: token.id,
          org: org,
          details: "\(token.scopeNames.joined(separator: " ")), until \(expires)"
        ),
        to: db
      )
    }
    return (token, Secret(bearer.text))
  }

  /// All tokens, the newest first.
  public func tokens() throws -> [AccessToken] {
    try reading { db in
      try Row.fetchAll(db, sql: "SELECT * FROM tokens ORDER BY created DESC, id").map(Self.token)
    }
  }

  /// Takes a token back; it does not hold from now on.
  ///
  /// - Returns: nil where there is none of this id.
  public func revokeToken(_ id: String, at now: Instant) throws -> AccessToken? {
    try writing { db in
      let row = try Row.fetchOne(db, sql: "SELECT * FROM tokens WHERE id = ?", arguments: [id])
      guard let token = row.map(Self.token) else { return nil }
      if token.revoked != nil { return token }
      try db.execute(
        sql: "UPDATE tokens SET revoked = ? WHERE id = ?",
        arguments: [now.microseconds, id]
      )
      try Self.append(
        AuditEntry(
          at: now,
          actor: "command line",
          action: "token.revoke",
          subject: id,
          org: token.org,
          details: ""
        ),
        to: db
      )
      return token
    }
  }

  /// Whether a bearer's text is of a token that holds: its token, or why not.
  ///
  /// Takes as long for a text of no token as for one with another secret.
  public func check(_ text: String, at now: Instant) throws -> AccessAnswer {
    guard let bearer = BearerText(text) else { return .refused(.malformed, id: nil) }
    let digest = try bearer.digest()
    let found = try token(bearer.id)
    let expected = found?.digest ?? [UInt8](repeating: 0, count: 32)
    let isRight = areEqualInConstantTime(digest, expected)
    guard let found, isRight else { return .refused(.unknown, id: bearer.id) }
    return Self.answer(found.token, at: now)
  }

  /// The same for somebody who was let in before.
  public func check(id: String, at now: Instant) throws -> AccessAnswer {
    guard let found = try token(id) else { return .refused(.unknown, id: id) }
    return Self.answer(found.token, at: now)
  }

  private static func answer(_ token: AccessToken, at now: Instant) -> AccessAnswer {
    switch token.state(at: now) {
    case .revoked: .refused(.revoked, id: token.id)
    case .expired: .refused(.expired, id: token.id)
    case .active: .granted(token)
    }
  }

  private static let tokenByID = """
    SELECT id, org, scopes, name, created, expires, revoked, last_used, digest FROM tokens
    WHERE id = ?
    """

  /// A token as it is now: whether any process changed the file is asked each time.
  private func token(_ id: String) throws -> (token: AccessToken, digest: [UInt8])? {
    let version = try reader.first("PRAGMA data_version", read: { $0.integer(0) }) ?? 0
    let found = known.withLock { $0.version == version ? $0.tokens[id] : nil }
    if let found { return found }
    // By a connection of its own, which waits for nobody who writes.
    let read = try reader.first(
      Self.tokenByID,
      bind: { $0.bind(1, id) },
      read: { row in (token: AccessToken(row), digest: bytes(hex: row.text(8)) ?? []) }
    )
    guard let read else { return nil }
    known.withLock { known in
      if known.version != version { known = Known(version: version) }
      known.tokens[id] = read
    }
    return read
  }

  /// Keeps that a token was used, to a minute.
  public func noteUse(of token: AccessToken, at now: Instant) throws {
    if token.hasUse(near: now) { return }
    try writing { db in
      try db.execute(
        sql: "UPDATE tokens SET last_used = ? WHERE id = ?",
        arguments: [now.microseconds, token.id]
      )
    }
  }

  private static func token(_ row: Row) -> AccessToken {
    let scopes = (row["scopes"] as String).split(separator: " ")
    return AccessToken(
      id: row["id"],
      org: row["org"],
      scopes: Set(scopes.compactMap { AccessScope(rawValue: String($0)) }),
      name: row["name"],
      created: Instant(microseconds: row["created"]),
      expires: Instant(microseconds: row["expires"]),
      revoked: (row["revoked"] as Int64?).map { Instant(microseconds: $0) },
      lastUsed: (row["last_used"] as Int64?).map { Instant(microseconds: $0) }
    )
  }
}

extension AccessToken {
  /// Of the row that a statement stands at.
  fileprivate init(_ row: Statement) {
    func instant(_ column: Int32) -> Instant? {
      row.optionalInteger(column).map { Instant(microseconds: $0) }
    }
    self.init(
      id: row.text(0),
      org: row.text(1),
      scopes: Set(
        row.text(2).split(separator: " ").compactMap { AccessScope(rawValue: String($0)) }
      ),
      name: row.isNull(3) ? nil : row.text(3),
      created: Instant(microseconds: row.integer(4)),
      expires: Instant(microseconds: row.integer(5)),
      revoked: instant(6),
      lastUsed: instant(7)
    )
  }

  /// Whether it is known, to a minute, that the token is used now.
  public func hasUse(near now: Instant) -> Bool {
    lastUsed.map { now.microseconds - $0.microseconds < 60_000_000 } ?? false
  }
}

/// Whether somebody is let in.
public enum AccessAnswer: Sendable {
  public enum Refusal: String, Sendable {
    case malformed
    case unknown
    case expired
    case revoked
  }

  case granted(AccessToken)
  /// `id`: what the text said it was, which may be nobody's.
  case refused(Refusal, id: String?)
}
