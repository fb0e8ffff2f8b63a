import CreditCore
import RequestLogs

extension RequestIntake {
  /// What a person knows of the requests that a log leaves out.
  struct Options {
    /// The organisation of requests that name none.
    var org: String?
    /// Where the log comes from; identifies lines without an id.
    var source: String
    /// Tags of every request.
    var tags: [(name: String, value: String)]
    /// Requests later than this are refused.
    var latest: Instant
    /// Step counts that are known beforehand, by sequence.
    var steps: [String: Int64]
  }

  /// Refuses a time that no request of a log can have.
  func checkTime(_ record: LogRecord) throws(LogFault) {
    if record.time < Self.earliest {
      throw LogFault(
        .ancient,
        at: record.timeOffset,
        "\(record.time) is before 2000",
        expected: "a later time"
      )
    }
    if record.time > options.latest {
      throw LogFault(
        .future,
        at: record.timeOffset,
        "\(record.time) is more than a day ahead",
        expected: "a time that has been"
      )
    }
  }

  static let earliest = Instant(microseconds: 946_684_800_000_000)
}
