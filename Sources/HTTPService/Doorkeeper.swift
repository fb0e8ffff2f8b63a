import CreditCore
import HTTPTypes
import Synchronization
import UsageStore

/// Finds out who asks, and slows down those who guess.
final class Doorkeeper: Sendable {
  private let access: AccessStore?
  private let sessions: Sessions
  private let failures = Mutex<[String: (minute: Int64, count: Int)]>([:])

  /// What is to be kept of somebody who asked, which waits for the disk.
  enum Note: Sendable {
    case use(AccessToken, at: Instant)
    case refusal(AuditEntry)
  }

  /// Without `access`, nobody has to prove anything.
  init(_ access: AccessStore?, _ sessions: Sessions) {
    self.access = access
    self.sessions = sessions
  }

  /// A proxy on this machine stands for many clients.
  private static func limit(_ address: String) -> Int { isLoopback(address) ? 1_200 : 20 }

  /// Who a request's bearer token or, for `page` routes, cookie says its client is.
  ///
  /// Throws ``Fault`` for a proof that does not hold; a request without any is nobody's. Waits for
  /// no disk: whoever asks keeps what `onNote` takes.
  func client(
    _ headers: HTTPFields,
    address: String,
    takesCookie: Bool,
    at now: Instant,
    onNote: (Note) -> Void = { _ in }
  ) throws -> Client {
    guard let access else { return Client(proof: .notNeeded, address: address) }
    if let header = headers.value(of: .authorization) {
      try requirePatience(address, now)
      guard let text = Self.bearer(header) else {
        throw refusal(.malformed, id: nil, address, now, onNote)
      }
      switch try access.check(text, at: now) {
      case .granted(let token):
        if !token.hasUse(near: now) { onNote(.use(token, at: now)) }
        return Client(proof: .bearer(token), address: address)
      case .refused(let reason, let id): throw refusal(reason, id: id, address, now, onNote)
      }
    }
    if takesCookie, let name = headers[.cookie].flatMap(Sessions.name),
      let session = sessions.find(name, at: now),
      case .granted(let token) = try access.check(id: session.tokenID, at: now)
    {
      return Client(proof: .session(token, session), address: address)
    }
    return Client(proof: .none, address: address)
  }

  /// The token that somebody types to sign in.
  func signIn(_ text: String, address: String, at now: Instant) throws -> AccessToken {
    guard let access else { throw Fault(.notFound, "not_found", "nobody has to sign in here") }
    try requirePatience(address, now)
    switch try access.check(text, at: now) {
    case .granted(let token): return token
    case .refused(let reason, let id):
      var note: Note?
      let fault = refusal(reason, id: id, address, now) { note = $0 }
      if let note { try keep(note) }
      throw fault
    }
  }

  /// Keeps a note; it is on the disk when this returns.
  func keep(_ note: Note) throws {
    switch note {
    case .use(let token, let now): try access?.noteUse(of: token, at: now)
    // Whoever is refused is refused, whether it can be written down or not.
    case .refusal(let entry): try? access?.append(entry)
    }
  }

  static let challenge: HTTPFields = [.wwwAuthenticate: "Bearer realm=\"creditmeter\""]

  /// The same words whatever is wrong; the audit log says what.
  private func refusal(
    _ reason: AccessAnswer.Refusal,
    id: String?,
    _ address: String,
    _ now: Instant,
    _ onNote: (Note) -> Void
  ) -> Fault {
    if isWorthNoting(address, at: now) {
      let entry = AuditEntry(
        at: now,
        actor: "nobody",
        action: "token.refused",
        subject: id ?? "",
        org: "",
        details: "\(reason.rawValue), from \(address)"
      )
      onNote(.refusal(entry))
    }
    return Fault(
      .unauthorized,
      "unauthorized",
      "the token is not valid",
      headers: Self.challenge
    )
  }

  /// Counts something that an address may not do: whether the audit log should have it.
  ///
  /// It has the first of a minute, and then each hundredth: a flood must not fill the disk.
  func isWorthNoting(_ address: String, at now: Instant) -> Bool {
    let count = failures.withLock { failures in
      let minute = now.microseconds / 60_000_000
      if failures.count > 10_000 { failures = failures.filter { $0.value.minute == minute } }
      var entry = failures[address] ?? (minute, 0)
      if entry.minute != minute { entry = (minute, 0) }
      entry.count += 1
      failures[address] = entry
      return entry.count
    }
    return count == 1 || count % 100 == 0
  }

  private func requirePatience(_ address: String, _ now: Instant) throws(Fault) {
    let minute = now.microseconds / 60_000_000
    let entry = failures.withLock { $0[address] }
    guard let entry, entry.minute == minute, entry.count >= Self.limit(address) else { return }
    throw Fault(
      .tooManyRequests,
      "too_many_requests",
      "too many tokens that are not valid; wait a minute",
      headers: [.retryAfter: "60"]
    )
  }

  private static func bearer(_ header: String) -> String? {
    let scheme = "bearer "
    let start = String(header.utf8.prefix(scheme.utf8.count))
    guard start?.lowercased() == scheme else { return nil }
    return String(header.utf8.dropFirst(scheme.utf8.count))
  }
}

/// Whether an address is of this machine.
func isLoopback(_ address: String) -> Bool {
  address == "::1" || address == "localhost" || address.hasPrefix("127.")
    || address.hasPrefix("::ffff:127.")
}
