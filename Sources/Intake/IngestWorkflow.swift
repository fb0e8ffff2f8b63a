public import ByteSources
public import CreditCore
public import PriceBooks
import Rating
public import RequestLogs
public import UsageStore

/// Reads logs, rates what they hold, and stores it: every request once.
public final class IngestWorkflow {
  /// How a person wants logs to be read.
  public struct Options: Sendable {
    public var format: LogFormat?
    public var org: String?
    /// Whether rows that say they are of another organisation than `org` are refused, as requests
    /// always are.
    public var ownsAll = false
    public var source = "log"
    public var tags: [(name: String, value: String)] = []
    public var mapped: [(key: String, name: String)] = []
    public var logFormat: String?
    /// Step counts that are known beforehand, by sequence.
    public var steps: [String: Int64] = [:]
    /// Nothing is kept.
    public var isRehearsal = false
    public var now: Instant

    public init(now: Instant) { self.now = now }

    /// What is later than a day ahead is refused.
    var latest: Instant { Instant(microseconds: now.microseconds &+ 86_400_000_000) }
  }

  let writer: ImportWriter
  let options: Options
  let intake: RequestIntake
  /// Takes every reject, as `--rejects` writes them.
  public var onReject: (Reject) -> Void = { _ in }
  /// Is called now and then while a file is read.
  public var onProgress: (IngestWorkflow) -> Void = { _ in }
  /// The log at hand, for messages.
  var file = "" {
    didSet { heading = nil }
  }
  /// What must stand before its lines so that they can be read by themselves.
  private var heading: String?
  private var ledgerOrdinals = LineOrdinals()
  private let secrets = SecretFilter()
  /// Of whole logs; nil where all of a log is read.
  private var memory: LogMemory?

  convenience init(_ writer: ImportWriter, shelf: BookShelf, options: Options) throws {
    let raters = RaterShelf(
      books: try Self.books(of: shelf, in: writer),
      defaultPlan: PriceBook.defaultPlan
    )
    try self.init(writer, raters, options)
  }

  init(_ writer: ImportWriter, _ raters: RaterShelf, _ options: Options) throws {
    self.writer = writer
    self.options = options
    intake = try RequestIntake(
      writer,
      raters: raters,
      options: RequestIntake.Options(
        org: options.org,
        source: options.source,
        tags: options.tags,
        latest: options.latest,
        steps: options.steps
      )
    )
    for (org, latest) in try writer.tiers() { intake.setTier(latest.tier, of: org, at: latest.at) }
    activate()
  }

  /// Takes the writer's questions, which another workflow may have taken since.
  func activate() {
    intake.activate()
    writer.onConflict = { [unowned self] line, raw, conflict in
      self.refuse(line, raw, conflict)
    }
  }

  /// Runs `body` on a database that takes what it reads.
  public static func run<Result>(
    _ store: UsageStore,
    _ shelf: BookShelf,
    _ options: Options,
    _ body: (IngestWorkflow) throws -> Result
  ) throws -> Result {
    let description = ImportDescription(file: "", source: options.source, started: options.now)
    return try store.importing(description) { writer in
      writer.isRehearsal = options.isRehearsal
      let workflow = try IngestWorkflow(writer, shelf: shelf, options: options)
      let result = try body(workflow)
      try workflow.flush()
      return result
    }
  }

  public var counts: ImportCounts { writer.counts }

  public func flush() throws {
    try writer.flush()
    try takeFault()
  }

  /// Reads a log, plain or compressed, to its end; what comes before a fault of the file is kept.
  ///
  /// Throws ``UnreadableLog`` for one that cannot be read, or not to its end.
  public func read(_ source: any ByteSource, name: String) throws {
    file = name
    intake.beginFile()
    ledgerOrdinals.removeAll()
    try writer.begin(
      ImportDescription(file: name, source: options.source, started: options.now)
    )
    memory = try LogMemory(writer, terms: options.terms + intake.raters.terms)
    defer { memory = nil }
    do {
      try readEntries(LogContent(source, name: name, options, memory))
    } catch let fault as UnreadableLog {
      try flush()
      throw fault
    }
    try flush()
  }

  /// Reads the rows of one answer of an API, of which more may follow.
  ///
  /// Throws ``UnreadableLog`` for rows that cannot be read, or not to their end.
  public func read(page: [UInt8], as format: LogFormat, name: String) throws {
    file = name
    let source = MemorySource(page)
    try readEntries(LogContent(source, name: name, format: format, isAppended: false, options))
    try flush()
  }

  /// Reads what one of several clients sent, all of which is committed together; plain bytes.
  ///
  /// - Returns: what came of it alone.
  /// - Throws: ``UnreadableLog`` for bytes that cannot be read, or not to their end; anything else
  ///   is a fault of the database, and nothing of any client is kept.
  public func take(
    _ bytes: [UInt8],
    as format: LogFormat?,
    name: String
  ) throws -> ImportCounts {
    let before = writer.restartSpan()
    file = name
    intake.beginFile()
    ledgerOrdinals.removeAll()
    do {
      let source = MemorySource(bytes)
      try readEntries(LogContent(source, name: name, format: format, isAppended: false, options))
    } catch let fault as UnreadableLog {
      try place()
      throw fault
    }
    try place()
    return writer.counts.since(before)
  }

  private func readEntries(_ log: LogContent) throws {
    var untilProgress = 0
    while let entry = try log.next() {
      try take(entry)
      untilProgress += 1
      if untilProgress == 8_192 {
        untilProgress = 0
        onProgress(self)
      }
    }
  }

  /// Takes one row, wherever it was read.
  public func take(_ entry: LogEntry) throws {
    switch entry {
    case .request(let record):
      if heading == nil, record.heading != nil { heading = record.heading }
      do {
        try intake.take(record)
        memory?.note(record, isSelfContained: intake.isSelfContained)
      } catch let fault as LogFault {
        try refuse(
          Reject(
            fault,
            of: record.raw,
            line: record.line,
            column: record.column,
            in: file,
            heading: record.heading
          )
        )
      }
    case .reject(let reject): try refuse(reject)
    case .known(let passage): writer.count(passage)
    case .passageEnd(let lines): memory?.end(lines: lines)
    case .snapshot(let snapshot):
      guard let org = try owner(snapshot.org) else { return }
      let isNew = try writer.add(snapshot, org: org, source: options.source)
      if let tier = snapshot.tier { intake.setTier(tier, of: org, at: snapshot.at) }
      writer.countRow(isNew: isNew, at: snapshot.at)
    case .transaction(var entry):
      let details = entry.details.map { secrets.replaced($0) }
      if let details, details.count > 0 {
        writer.countSecrets(details.count)
        entry.details = details.text
      }
      guard let org = try owner(entry.org) else { return }
      var ordinal = 0
      if entry.id == nil {
        let row = Array(entry.content.utf8).withUnsafeBufferPointer { writer.hash(.line, $0) }
        ordinal = ledgerOrdinals.next(row)
      }
      let isNew = try writer.add(entry, org: org, ordinal: ordinal)
      writer.countRow(isNew: isNew, at: entry.at)
    }
  }

  /// Whose a row is that names an organisation, or none; nil where it is refused.
  private func owner(_ named: String?) throws -> String? {
    guard options.ownsAll, let named, named != options.org else {
      return named ?? options.org ?? ""
    }
    try writer.add(
      StoredReject(
        file: file,
        line: 0,
        column: 0,
        reason: LogFault.Reason.orgConflict.rawValue,
        message: printable("the row is of organisation \"\(named)\""),
        raw: ""
      )
    )
    return nil
  }

  /// A fault of the database while a conflict was being kept.
  private var fault: (any Error)?

  func takeFault() throws {
    if let fault { throw fault }
  }

  private func refuse(_ line: Int, _ raw: Bytes, _ conflict: LogConflict) {
    let fault: LogFault
    switch conflict {
    case .id(let method, let path):
      fault = LogFault(
        .idConflict,
        at: 0,
        "another request has this id: \(method) \(path)",
        expected: "an id for each request"
      )
    case .range:
      fault = LogFault(
        .range,
        at: 0,
        "the sum of all credits or quantities would be too large to be held exactly",
        expected: "smaller numbers"
      )
    }
    let reject = Reject(fault, of: raw, line: line, in: file, heading: heading)
    let clean = redacted(reject)
    onReject(clean)
    do { try writer.keepConflict(stored(clean)) } catch { self.fault = error }
  }

  private func refuse(_ reject: Reject) throws {
    let clean = redacted(reject)
    onReject(clean)
    try writer.add(stored(clean))
  }

  private func redacted(_ reject: Reject) -> Reject {
    guard let (clean, count) = reject.redacted(by: secrets) else { return reject }
    writer.countSecrets(count)
    return clean
  }

  private func stored(_ reject: Reject) -> StoredReject {
    StoredReject(
      file: reject.file,
      line: reject.line,
      column: reject.column,
      reason: reject.reason.rawValue,
      message: reject.message,
      raw: reject.raw
    )
  }
}
