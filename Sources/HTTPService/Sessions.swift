import CreditCore
import Digests
import Synchronization

/// Somebody signed in in a browser.
struct Session: Sendable {
  let tokenID: String
  /// What every form of theirs carries, so that no other site can send one.
  let formKey: String
  let ends: Instant
}

/// Who is signed in; forgotten when the service ends.
final class Sessions: Sendable {
  static let life = Span(seconds: 8 * 3_600)
  /// Signing in again and again makes nobody's memory grow.
  private static let limit = 10_000
  private let sessions = Mutex<[String: Session]>([:])

  /// - Returns: the session, and the name that its cookie carries.
  func start(tokenID: String, at now: Instant) -> (name: String, session: Session) {
    let name = base64Text(randomBytes(32), .url)
    let session = Session(
      tokenID: tokenID,
      formKey: base64Text(randomBytes(32), .url),
      ends: Instant(microseconds: now.microseconds + Self.life.microseconds)
    )
    sessions.withLock { sessions in
      sessions = sessions.filter { $0.value.ends > now }
      if sessions.count >= Self.limit,
        let oldest = sessions.min(by: { $0.value.ends < $1.value.ends })
      {
        sessions[oldest.key] = nil
      }
      sessions[name] = session
    }
    return (name, session)
  }

  func find(_ name: String, at now: Instant) -> Session? {
    sessions.withLock { $0[name] }.flatMap { $0.ends > now ? $0 : nil }
  }

  func end(_ name: String) { sessions.withLock { $0[name] = nil } }

  /// `__Host-`: only from this host, only over TLS or loopback, for every path.
  static let cookie = "__Host-creditmeter"

  /// The session's name in a `Cookie` header.
  static func name(in header: String) -> String? {
    for part in header.split(separator: ";") {
      let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      if pair.count == 2, pair[0] == cookie { return String(pair[1]) }
    }
    return nil
  }

  static func cookieHeader(_ name: String) -> String {
    "\(cookie)=\(name); Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=\(life.seconds)"
  }

  static let endedCookie = "\(cookie)=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"
}
