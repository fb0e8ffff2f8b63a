public import CreditCore
import GRDB
import GRDBSQLite

/// Adds requests to the database in batches, each with its rollups in one transaction.
///
/// Of requests that were seen before it keeps the one that knows more.
public final class ImportWriter {
  public private(set) var counts = ImportCounts()
  /// Takes a request whose id another call has: its line, the text of the line, and why.
  public var onConflict: (Int, Bytes, LogConflict) -> Void = { _, _, _ in }
  /// Adds to each transaction what belongs to it, before it is committed.
  public var beforeCommit: () throws -> Void = {}
  /// Takes the days, in days since 1970, whose requests the transaction changed.
  var afterCommit: (Set<Int64>) -> Void = { _ in }
  /// Whether nothing is kept in the end.
  public var isRehearsal = false

  let db: Database
  let connection: OpaquePointer
  public let hash: IdentityHash
  let series: SeriesTable
  let charges: ChargeBlocks
  let identities: IdentityIndex
  let rollups: Rollups
  let rejects: RejectTable
  let passages: PassageTable
  let jobs: JobTable
  var batch = ImportBatch()
  /// The rows of the batch that are new, in the order of time.
  var accepted: [Int32] = []
  /// Those that may be of requests that are known.
  var repeats: [Int32] = []
  private let updateImport: Statement
  let ownEvents: Statement
  private var importID: Int64 = 0
  /// The second of the earliest request that the import at hand added.
  private var earliest: Int64?
  /// Requests that were placed since the last commit.
  private var uncommitted = 0
  /// Requests of one commit, where nobody asks for it earlier.
  private static let commitLimit = 131_072
  /// Sums over all charges, which stay within what can be held.
  var totals: (quantity: Int64, credits: Int64)
  /// What a charge costs that pays for steps, by the steps known; nil leaves it as it is.
  public var restateSteps: (String, StepCharge) throws -> Restatement? = { _, _ in nil }
  var touchedJobs: Set<LinkedName> = []
  var touchedSequences: Set<LinkedName> = []
  /// Of the requests that were placed since the last commit.
  var placedSeconds: ClosedRange<Int64>?
  /// Whether what is added comes of events, which look for their requests themselves.
  var isTakingEvents = false
  /// Places of charges that linked rows of the batch repeat.
  var linkedCharges: [Int32: Int64] = [:]
  private var finishedCounts = ImportCounts()
  private var isInTransaction = false

  init(_ db: Database, _ description: ImportDescription) throws {
    self.db = db
    guard let connection = db.sqliteConnection else {
      throw EnvironmentFault("the database is closed")
    }
    self.connection = connection
    hash = try IdentityHash(of: connection)
    series = try SeriesTable(connection, hash)
    charges = try ChargeBlocks(connection)
    identities = try IdentityIndex(connection)
    rollups = try Rollups(connection, series)
    rejects = try RejectTable(connection, hash)
    passages = try PassageTable(connection)
    jobs = try JobTable(connection)
    ownEvents = try Statement(connection, "SELECT 1 FROM events WHERE state = 'own' LIMIT 1")
    updateImport = try Statement(
      connection,
      """
      UPDATE imports SET read = ?, accepted = ?, duplicates = ?, updated = ?, rejected = ?,
        secrets = ?, finished = ?, first = ? WHERE id = ?
      """
    )
    let row = try Row.fetchOne(db, sql: "SELECT quantity, credits FROM totals")
    totals = (row?["quantity"] ?? 0, row?["credits"] ?? 0)
    do { try begin(description) } catch {
      abandon()
      throw error
    }
  }

  deinit { batch.deallocate() }

  /// Goes on after an import that was finished, as if it were another writer.
  func resume(_ description: ImportDescription) throws {
    (counts, finishedCounts) = (ImportCounts(), ImportCounts())
    onConflict = { _, _, _ in }
    restateSteps = { _, _ in nil }
    isTakingEvents = false
    do { try begin(description) } catch {
      abandon()
      throw error
    }
  }

  /// Ends the file at hand and starts another.
  public func begin(_ description: ImportDescription) throws {
    try flush()
    try beginTransaction()
    finishedCounts = counts
    try db.execute(
      sql: "INSERT INTO imports (started, file, source) VALUES (?, ?, ?)",
      arguments: [description.started.microseconds, description.file, description.source]
    )
    importID = db.lastInsertedRowID
    earliest = nil
  }

  /// The number of a series, which requests name.
  public func number(of series: Series) throws -> Int32 {
    try beginTransaction()
    return try self.series.number(of: series)
  }

  /// Adds a request; it is stored with its batch.
  @inline(__always)
  public func add(_ request: NewRequest, arguments: Bytes, raw: Bytes) throws {
    if batch.isFull { try place() }
    batch.add(request, arguments: arguments, raw: raw)
    counts.read += 1
  }

  /// Adds a line that cannot be used.
  public func add(_ reject: StoredReject) throws {
    counts.read += 1
    try keep(reject)
  }

  /// Keeps a request of the batch that turned out to be in conflict; it was counted as read.
  public func keepConflict(_ reject: StoredReject) throws { try keep(reject) }

  private func keep(_ reject: StoredReject) throws {
    counts.rejected += 1
    try beginTransaction()
    try rejects.add(reject, to: importID)
  }

  /// Counts texts that looked like keys.
  public func countSecrets(_ count: Int) { counts.secrets += count }

  /// Commits what was added; it is on the disk when this returns.
  public func flush() throws {
    try place()
    try commit()
  }

  /// Finds out what the requests that wait come to, and commits where there are many; another
  /// file can go into the same transaction.
  public func place() throws {
    if !batch.isEmpty {
      try beginTransaction()
      let rejected = counts.rejected
      try placeBatch()
      try insertAccepted()
      try keepLinks()
      uncommitted += batch.count
      passages.settle(areStored: counts.rejected == rejected)
    }
    batch.clear()
    if uncommitted >= Self.commitLimit { try commit() }
  }

  private func commit() throws {
    uncommitted = 0
    try settleLinks()
    if !isInTransaction { return }
    if !isRehearsal { try beforeCommit() }
    try charges.flush()
    try identities.store()
    try rollups.store()
    try passages.store()
    try storeCounts(finished: nil)
    if isRehearsal { return }
    // GRDB's way: of a commit that failed, SQLite itself does not say why.
    try db.cachedStatement(sql: "COMMIT").execute()
    isInTransaction = false
    afterCommit(rollups.takeChangedDays())
  }

  func beginTransaction() throws {
    if isInTransaction { return }
    try db.cachedStatement(sql: "BEGIN IMMEDIATE").execute()
    isInTransaction = true
  }

  func finish() throws {
    try flush()
    if isRehearsal { abandon() }
  }

  /// Gives up what was not committed.
  func abandon() {
    batch.clear()
    charges.forget()
    passages.forget()
    if isInTransaction { try? db.execute(sql: "ROLLBACK") }
    isInTransaction = false
  }

  private func storeCounts(finished: Instant?) throws {
    let before = finishedCounts
    updateImport.bind(1, Int64(counts.read - before.read))
    updateImport.bind(2, Int64(counts.accepted - before.accepted))
    updateImport.bind(3, Int64(counts.duplicates - before.duplicates))
    updateImport.bind(4, Int64(counts.updated - before.updated))
    updateImport.bind(5, Int64(counts.rejected - before.rejected))
    updateImport.bind(6, Int64(counts.secrets - before.secrets))
    updateImport.bind(7, finished?.microseconds)
    updateImport.bind(8, earliest)
    updateImport.bind(9, importID)
    try updateImport.run()
  }

  private func insertAccepted() throws(EnvironmentFault) {
    if let place = accepted.first {
      let second = batch[place].pointee.key >> 31
      earliest = min(earliest ?? second, second)
    }
    for place in accepted { rollups.touch(batch[place].pointee.request.series) }
    for place in accepted {
      let row = batch[place]
      try charges.insert(
        ChargeRow(row.pointee, importID: importID),
        arguments: batch.arguments(of: place)
      )
      let series = row.pointee.request.series
      let brief = try self.series.brief(of: series)
      try rollups.add(
        SeriesAmounts(row.pointee.request.amounts),
        second: row.pointee.key >> 31,
        series: series,
        organisation: brief.organisation
      )
      counts.credits &+= row.pointee.request.credits ?? 0
      switch brief.metering {
      case .free: counts.free += 1
      case .metered: counts.metered += 1
      case .unpriced: counts.unpriced += 1
      }
    }
    counts.accepted += accepted.count
  }

  /// Whether the sums over all charges can still be held; they change along.
  @inline(__always)
  func fits(_ amounts: Amounts, instead old: Amounts) -> Bool {
    let (quantity, tooMany) = (totals.quantity - (old.quantity ?? 0))
      .addingReportingOverflow(amounts.quantity ?? 0)
    let (credits, tooMuch) = (totals.credits - (old.credits ?? 0))
      .addingReportingOverflow(amounts.credits ?? 0)
    if tooMany || tooMuch { return false }
    totals = (quantity, credits)
    return true
  }

  func count(duplicates: Int = 0, updated: Int = 0, credits: Int64 = 0) {
    counts.duplicates += duplicates
    counts.updated += updated
    counts.credits &+= credits
  }

  /// Forgets which span of time was read so far, and gives what was counted.
  public func restartSpan() -> ImportCounts {
    (counts.first, counts.last) = (nil, nil)
    return counts
  }

  func countRow(isNew: Bool) {
    counts.read += 1
    if isNew { counts.accepted += 1 } else { counts.duplicates += 1 }
  }

  /// Counts requests that are known without a look at them.
  public func count(_ passage: KnownPassage) {
    counts.read += passage.requests
    count(duplicates: passage.requests)
    count(time: passage.first)
    count(time: passage.last)
  }

  func count(time: Instant) {
    if counts.first.map({ time < $0 }) ?? true { counts.first = time }
    if counts.last.map({ time > $0 }) ?? true { counts.last = time }
  }
}
