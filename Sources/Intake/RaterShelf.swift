import CreditCore
import Rating
import UsageStore

/// The raters of a run: for every book in force and every plan that organisations are on.
struct RaterShelf {
  struct Entry {
    let rater: Rater
    /// The book's number in the database.
    let id: Int64
  }

  /// In the order they come into force, with their numbers in the database.
  private let books: [(book: PriceBook, id: Int64)]
  /// The plan of each organisation, by its latest snapshot that names one.
  private var plans: [String: (plan: String, at: Instant)] = [:]
  private let defaultPlan: String
  private var entries: [Entry] = []
  /// The span in which the book that was asked for last is in force, and its place.
  private var span: (from: Instant, to: Instant, book: Int) = (
    Instant(microseconds: 0), Instant(microseconds: 0), 0
  )
  /// Places of entries, by book and plan.
  private var places: [Int: Int] = [:]
  private var planNames: [String] = []
  /// Parts the paths of all books.
  private let path = RoutePath()

  init(
    books: [(book: PriceBook, id: Int64)],
    defaultPlan: String
  ) {
    self.books = books
    self.defaultPlan = defaultPlan
  }

  subscript(entry: Int) -> Entry { entries[entry] }

  /// What decides how a request is rated: the books in force, and the plans.
  var terms: [String] {
    books.map { String($0.id) } + [defaultPlan]
      + plans.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value.plan] }
  }

  /// The plan of an organisation, as a number.
  mutating func plan(of org: String) -> Int {
    number(of: plans[org]?.plan ?? defaultPlan)
  }

  /// Takes the tier that a snapshot names; false where a later one is known, or no book has it.
  mutating func setTier(_ tier: String, of org: String, at time: Instant) -> Bool {
    let plan = tier.lowercased()
    guard books.contains(where: { $0.book.plan(plan) != nil }) else { return false }
    if let known = plans[org], known.at > time { return false }
    plans[org] = (plan, time)
    return true
  }

  private mutating func number(of name: String) -> Int {
    if let number = planNames.firstIndex(of: name) { return number }
    planNames.append(name)
    return planNames.count - 1
  }

  /// The place of the rater of a plan at an instant.
  @inline(__always)
  mutating func find(_ time: Instant, plan: Int) throws(EnvironmentFault) -> Int {
    if time < span.from || time >= span.to { try turn(to: time) }
    if span.book == lastKey.book, plan == lastKey.plan { return lastKey.entry }
    return look(plan)
  }

  private var lastKey = (book: -1, plan: -1, entry: -1)

  private mutating func turn(to time: Instant) throws(EnvironmentFault) {
    // Usage from before the first book is rated with the first: its prices are the best known.
    let place = books.lastIndex { $0.book.effective <= time } ?? 0
    guard books.indices.contains(place) else { throw EnvironmentFault("there is no price book") }
    span.book = place
    span.from = place == 0 ? Instant(microseconds: .min) : books[place].book.effective
    span.to =
      place + 1 < books.count ? books[place + 1].book.effective : Instant(microseconds: .max)
  }

  /// Works the rater of the default plan out beforehand, so that copies of this share it.
  mutating func warm(at time: Instant) throws(EnvironmentFault) {
    _ = try find(time, plan: number(of: defaultPlan))
  }

  /// The rater of a book and plan by their names in the database; nil where the book is not here.
  mutating func find(book id: Int64, plan: String) -> Rater? {
    guard let book = books.firstIndex(where: { $0.id == id }) else { return nil }
    let number = self.number(of: plan)
    (span.from, span.to, span.book) = (
      Instant(microseconds: 0), Instant(microseconds: 0), book
    )
    return entries[look(number)].rater
  }

  private mutating func look(_ plan: Int) -> Int {
    let key = span.book << 16 | plan
    let place = places[key] ?? entries.count
    if place == entries.count {
      let (book, id) = books[span.book]
      entries.append(Entry(rater: Rater(book: book, plan: planNames[plan], path: path), id: id))
      places[key] = place
    }
    lastKey = (span.book, plan, place)
    return place
  }
}
