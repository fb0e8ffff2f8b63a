import CreditCore

/// Days of which it is known what each family adds up to, until requests of theirs change.
struct FamilyDays {
  private struct Day: Hashable {
    /// As bytes: texts that look alike are different.
    var orgs: [[UInt8]]
    /// In microseconds since 1970.
    var start: Int64
    var end: Int64

    /// The days of UTC that it lies in, since 1970.
    var numbers: ClosedRange<Int64> {
      let first = floorDivided(start, by: PartedSpan.dayLength)
      return first...max(first, floorDivided(end - 1, by: PartedSpan.dayLength))
    }
  }

  private struct Known {
    /// Commits that were counted before it was read.
    var changes: Int
    var families: FamilySums
  }

  /// Days that are kept, some 2 KB each.
  private static let limit = 2_000

  private var known: [Day: Known] = [:]

  mutating func forget(_ changes: DayChanges) {
    known = known.filter { !changes.haveChanged($0.key.numbers, since: $0.value.changes) }
  }

  /// Families by day; `read` is asked for those only that are not known, one span after the other.
  ///
  /// `changes`: how many commits were counted before what is read was read.
  mutating func answer(
    _ query: PeriodQuery,
    _ changes: Int,
    _ read: (PeriodQuery) throws -> [FamilySums]
  ) rethrows -> [FamilySums] {
    let days = Self.days(of: query)
    if known.count + days.count > Self.limit { known = [:] }
    var rest = days[...]
    while let start = rest.firstIndex(where: { known[$0] == nil }) {
      let unknown = rest[start...].prefix { known[$0] == nil }
      var part = query
      part.days = Array(query.days[unknown.indices])
      (part.previousStart, part.previousEnd) = (query.days[start], nil)
      part.end = Instant(microseconds: days[unknown.endIndex - 1].end)
      for (day, families) in zip(unknown, try read(part)) {
        known[day] = Known(changes: changes, families: families)
      }
      rest = rest[unknown.endIndex...]
    }
    return days.map { known[$0]?.families ?? [] }
  }

  private static func days(of query: PeriodQuery) -> [Day] {
    let orgs = query.orgs.map { Array($0.utf8) }
    return zip(query.days, query.days.dropFirst() + [query.end]).map { start, end in
      Day(orgs: orgs, start: start.microseconds, end: end.microseconds)
    }
  }
}
