import CreditCore
import HTTPTypes
import Synchronization

/// How often one token may ask: so many times a second, and four times as many at once.
final class Pace: Sendable {
  private let perSecond: Int?
  /// What each may still ask now, in millionths of a request.
  private let buckets = Mutex<[String: (left: Int64, at: Instant)]>([:])

  /// Nil: as often as they like.
  init(perSecond: Int?) { self.perSecond = perSecond }

  /// Throws ``Fault`` with `Retry-After` for one who asks too often.
  func take(_ token: String, at now: Instant) throws(Fault) {
    guard let perSecond else { return }
    let full = Int64(perSecond) * 4_000_000
    let isLeft = buckets.withLock { buckets in
      var bucket = buckets[token] ?? (full, now)
      let passed = min(max(0, now.microseconds - bucket.at.microseconds), 4_000_000)
      bucket = (min(full, bucket.left + passed * Int64(perSecond)), now)
      let isLeft = bucket.left >= 1_000_000
      if isLeft { bucket.left -= 1_000_000 }
      buckets[token] = bucket
      return isLeft
    }
    if isLeft { return }
    throw Fault(
      .tooManyRequests,
      "too_many_requests",
      "more than \(perSecond) requests a second",
      headers: [.retryAfter: "1"]
    )
  }
}
