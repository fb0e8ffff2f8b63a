import CreditCore
import Rating
import UsageStore

/// A sequence of an organisation.
struct StepKey: Hashable {
  var org: String
  var sequence: String
}

/// The raters of a run: for every book in force and every plan that organisations are on.
struct RaterShelf {
  struct Entry {
    var rater: Rater
    /// The book's number in the database.
    var id: Int64
    var book: PriceBook { rater.book }
    var plan: String { rater.plan }
  }

  /// In the order they come into force, with their numbers in the database.
  private let books: [(book: PriceBook, id: Int64)]
  /// The plan of each organisation, by its latest snapshot.
  private var plans: [String: String]
  private let defaultPlan: String
  private var entries: [Entry] = []
  private var last: (from: Instant, to: Instant, plan: String, entry: Int)?
  /// Known step counts.
  var steps: [StepKey: Int64] = [:]

  init(
    books: [(book: PriceBook, id: Int64)],
    plans: [String: String],
    defaultPlan: String
  ) {
    self.books = books
    self.plans = plans
    self.defaultPlan = defaultPlan
  }

  subscript(entry: Int) -> Entry { entries[entry] }

  @inline(__always)
  func plan(of org: String) -> String { plans.isEmpty ? defaultPlan : plans[org] ?? defaultPlan }

  /// The place of the rater of a plan at an instant.
  @inline(__always)
  mutating func find(_ time: Instant, _ plan: String) throws -> Int {
    if let last, last.from <= time, time < last.to, last.plan == plan { return last.entry }
    return try look(time, plan)
  }

  private mutating func look(_ time: Instant, _ plan: String) throws(EnvironmentFault) -> Int {
    // Usage from before the first book is rated with the first: its prices are the best known.
    let place = books.lastIndex { $0.book.effective <= time } ?? 0
    guard books.indices.contains(place) else { throw EnvironmentFault("there is no price book") }
    let (book, id) = books[place]
    let entry: Int
    if let known = entries.firstIndex(where: { $0.id == id && $0.plan == plan }) {
      entry = known
    } else {
      entries.append(Entry(rater: Rater(book: book, plan: plan), id: id))
      entry = entries.count - 1
    }
    let from = place == 0 ? Instant(microseconds: .min) : book.effective
    let to =
      place + 1 < books.count ? books[place + 1].book.effective : Instant(microseconds: .max)
    last = (from, to, plan, entry)
    return entry
  }

  @inline(__always)
  mutating func plainRate(
    _ entry: Int,
    _ match: RouteMatcher.Match?,
    _ isCharged: Bool
  ) throws(ArithmeticOverflow) -> RatedRequest? {
    try entries[entry].rater.plainRate(match, isCharged: isCharged)
  }
}
