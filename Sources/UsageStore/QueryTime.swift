import GRDB
import GRDBSQLite
import Synchronization

/// How long the queries of a piece of work may take.
public enum QueryTime {
  /// A query that would have gone on.
  public struct Exceeded: Error {}

  fileprivate final class Limit: Sendable {
    let end: ContinuousClock.Instant
    let isReached = Atomic(false)

    init(_ limit: Duration) { end = .now + limit }
  }

  @TaskLocal fileprivate static var limit: Limit?

  /// Steps of SQLite's machine between two looks at the clock: a few milliseconds.
  private static let steps: Int32 = 100_000

  /// Does `body`, whose queries end when it has taken `limit`.
  ///
  /// Throws ``Exceeded`` then, and what `body` throws. Queries outside of it know no limit.
  public static func limited<Result>(
    to limit: Duration,
    _ body: () throws -> Result
  ) throws -> Result {
    let limit = Limit(limit)
    do { return try $limit.withValue(limit, operation: body) } catch {
      throw limit.isReached.load(ordering: .relaxed) ? Exceeded() : error
    }
  }

  /// Lets a connection look at the clock; it reads in the thread of whoever asks.
  static func watch(_ connection: OpaquePointer) {
    sqlite3_progress_handler(
      connection,
      steps,
      { _ in
        guard let limit = QueryTime.limit, ContinuousClock.now >= limit.end else { return 0 }
        limit.isReached.store(true, ordering: .relaxed)
        return 1
      },
      nil
    )
  }
}
