import CreditCore

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
}
