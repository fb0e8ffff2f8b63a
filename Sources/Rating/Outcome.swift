/// What credits are spent for, so that a report can say what one of it costs.
public struct Outcome: Sendable, Equatable {
  /// What tells how many there were.
  public enum Count: Sendable, Equatable {
    /// Units that these operations charged for.
    case units(of: [String])
    /// Charged requests of these operations.
    case requests(of: [String])
    /// What the steps of a sequence are multiplied with, in requests of these operations: contacts.
    case items(of: [String])
    /// Different values of a tag.
    case tag(String)
  }

  public var id: String
  /// One of it, as people read it: `booked meeting`.
  public var title: String
  public var count: Count
  /// Operations whose credits are spent for it, with `*` for any characters; of a tag, those of
  /// the requests that carry it.
  public var costs: [String]
  public var note: String?

  public init(id: String, title: String, count: Count, costs: [String], note: String? = nil) {
    self.id = id
    self.title = title
    self.count = count
    self.costs = costs
    self.note = note
  }
}

/// That the same call again, within a time, pays for the same work twice.
public struct RepeatRule: Sendable, Equatable {
  /// What tells two calls from one another.
  public enum Identity: String, Sendable, CaseIterable {
    case path
    /// The body or the query, which is not kept: repeats cannot be told.
    case body
  }

  /// In days.
  public var within: Int
  public var toldBy: Identity
  public var note: String?

  public init(within: Int, toldBy: Identity, note: String? = nil) {
    self.within = within
    self.toldBy = toldBy
    self.note = note
  }
}
