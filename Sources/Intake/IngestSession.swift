public import CreditCore
public import PriceBooks
import Rating
public import RequestLogs
public import UsageStore

/// Takes what several clients send, one after the other, with one right to write.
///
/// To open a database for writing costs more than a few hundred requests do: a session does it once
/// for all that come while it lasts.
public final class IngestSession {
  /// What a session leaves for the next one: raters that were worked out already.
  public struct Warmth {
    fileprivate var books: [Int64] = []
    fileprivate var raters: RaterShelf?

    public init() {}
  }

  /// What is the same for all that is taken.
  public struct Setting: Sendable {
    /// Step counts that are known beforehand, by sequence.
    public var steps: [String: Int64]
    public var now: Instant

    public init(steps: [String: Int64], now: Instant) { (self.steps, self.now) = (steps, now) }
  }

  private struct Owner: Hashable {
    var org: String?
    var source: String
  }

  private let writer: ImportWriter
  private let shelf: BookShelf
  private let setting: Setting
  private let books: [(book: PriceBook, id: Int64)]
  private var warmth: Warmth
  private var workflows: [Owner: IngestWorkflow] = [:]
  private var current: Owner?

  private init(
    _ writer: ImportWriter,
    _ shelf: BookShelf,
    _ setting: Setting,
    _ warmth: Warmth
  ) throws {
    (self.writer, self.shelf, self.setting, self.warmth) = (writer, shelf, setting, warmth)
    books = try IngestWorkflow.books(of: shelf, in: writer)
    if warmth.books != books.map(\.id) { self.warmth = Warmth() }
  }

  /// Runs `body` with the right to write, which nobody else has meanwhile.
  public static func run(
    _ store: UsageStore,
    _ shelf: BookShelf,
    _ setting: Setting,
    _ warmth: inout Warmth,
    _ body: (IngestSession) throws -> Void
  ) throws {
    let description = ImportDescription(file: "", source: "", started: setting.now)
    warmth = try store.importing(description, keepsWriter: true) { [warmth] writer in
      let session = try IngestSession(writer, shelf, setting, warmth)
      try body(session)
      return session.warmth
    }
  }

  /// Reads plain bytes of a client; they are stored by the next ``commit()``.
  ///
  /// `org`: the only organisation that they may be of; nil where they say it themselves.
  ///
  /// - Returns: what came of them alone, and hands rejects to `onReject`.
  /// - Throws: ``UnreadableLog`` for bytes that cannot be read, or not to their end; anything else
  ///   is a fault of the database, and nothing since the last commit is kept.
  public func take(
    _ bytes: [UInt8],
    as format: LogFormat?,
    org: String?,
    source: String,
    name: String,
    onReject: @escaping (Reject) -> Void
  ) throws -> ImportCounts {
    let workflow = try workflow(of: Owner(org: org, source: source))
    workflow.onReject = onReject
    return try workflow.take(bytes, as: format, name: name)
  }

  /// Stores what was taken; it is on the disk when this returns.
  public func commit() throws { try current.flatMap { workflows[$0] }?.flush() }

  private func workflow(of owner: Owner) throws -> IngestWorkflow {
    if owner == current, let workflow = workflows[owner] { return workflow }
    if owner.source != current?.source {
      try writer.begin(
        ImportDescription(file: "", source: owner.source, started: setting.now)
      )
    }
    current = owner
    if let workflow = workflows[owner] {
      workflow.activate()
      return workflow
    }
    var options = IngestWorkflow.Options(now: setting.now)
    (options.org, options.source, options.steps) = (owner.org, owner.source, setting.steps)
    options.ownsAll = owner.org != nil
    var raters =
      warmth.raters ?? RaterShelf(books: books, defaultPlan: PriceBook.defaultPlan)
    try raters.warm(at: setting.now)
    warmth = Warmth(books: books.map(\.id), raters: raters)
    let workflow = try IngestWorkflow(writer, raters, options)
    workflows[owner] = workflow
    return workflow
  }
}

extension IngestSession.Warmth {
  fileprivate init(books: [Int64], raters: RaterShelf) {
    (self.books, self.raters) = (books, raters)
  }
}

extension IngestWorkflow {
  /// The books of a shelf, with their numbers in the database.
  static func books(
    of shelf: BookShelf,
    in writer: ImportWriter
  ) throws -> [(book: PriceBook, id: Int64)] {
    try shelf.editions.map { edition in
      let id = try writer.book(
        provider: edition.book.provider,
        version: edition.book.version,
        effective: edition.book.effective,
        content: edition.content
      )
      return (edition.book, id)
    }
  }
}
