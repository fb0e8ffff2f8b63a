public import CreditCore
import GRDB

/// What an evaluation starts from.
public struct AlertMemory: Sendable {
  public var entries: [AlertKey: AlertEntry] = [:]
  public var watches: [String: AlertWatch] = [:]
  /// Those that end later.
  public var silences: [Silence] = []
  public var look: AlertLook?

  public init() {}
}

/// An evaluation, by when it was and how far imports were.
public struct AlertLook: Sendable {
  /// Nil where it was of all organisations.
  public var org: String?
  public var at: Instant
  /// The last import that was known.
  public var importNumber: Int64

  public init(org: String?, at: Instant, importNumber: Int64) {
    (self.org, self.at, self.importNumber) = (org, at, importNumber)
  }
}

/// What an evaluation leaves behind, in one transaction.
public struct AlertChanges: Sendable {
  public var entries: [(key: AlertKey, entry: AlertEntry)] = []
  public var watches: [(org: String, watch: AlertWatch)] = []
  /// With the names of destinations.
  public var messages: [(message: AlertMessage, sendTo: [String])] = []
  public var look: AlertLook?

  public init() {}
}

/// The latest snapshot of an organisation with a balance, by number.
public struct NumberedSnapshot: Sendable {
  public var id: Int64
  public var snapshot: Snapshot
}

extension UsageStore {
  /// All that alerts remember, at an instant; `org` is the only one that is looked at.
  public func alertMemory(at now: Instant, of org: String? = nil) throws -> AlertMemory {
    try reading { connection in
      var memory = AlertMemory()
      let states = try Statement(connection, AlertSQL.states)
      while try states.step() {
        let (key, entry) = Self.entry(states)
        memory.entries[key] = entry
      }
      let watches = try Statement(connection, AlertSQL.watches)
      while try watches.step() {
        var watch = AlertWatch(evaluated: Instant(microseconds: watches.integer(1)))
        watch.snapshot = watches.integer(2)
        watch.at = watches.optionalInteger(3).map { Instant(microseconds: $0) }
        watch.balance = watches.optionalInteger(4).map { Credits(micros: $0) }
        watch.used = watches.optionalInteger(5).map { Credits(micros: $0) }
        watch.epoch = watches.integer(6)
        memory.watches[watches.text(0)] = watch
      }
      memory.silences = try Self.silences(connection, endingAfter: now).map(\.silence)
      let look = try Statement(connection, AlertSQL.look)
      look.bind(1, org ?? "")
      if try look.step() {
        memory.look = AlertLook(
          org: org,
          at: Instant(microseconds: look.integer(0)),
          importNumber: look.integer(1)
        )
      }
      return memory
    }
  }

  private static func entry(_ row: Statement) -> (AlertKey, AlertEntry) {
    var entry = AlertEntry(since: Instant(microseconds: row.integer(4)))
    entry.state = AlertEntry.State(rawValue: row.text(3)) ?? .ok
    entry.isTold = row.integer(5) == 1
    entry.lastTold = row.optionalInteger(6).map { Instant(microseconds: $0) }
    entry.serial = row.integer(7)
    entry.epoch = row.integer(8)
    entry.period = row.text(9)
    entry.severity = AlertMessage.Severity(rawValue: row.text(10)) ?? .warning
    entry.value = row.decimal(11)
    entry.threshold = row.decimal(12)
    entry.unit = row.text(13)
    entry.dataAsOf = row.optionalInteger(14).map { Instant(microseconds: $0) }
    entry.reason = row.text(15)
    return (AlertKey(rule: row.text(0), org: row.text(1), level: row.text(2)), entry)
  }

  /// Keeps what an evaluation found: state, what was said and what is to be sent, or none of it.
  public func store(_ changes: AlertChanges) throws {
    try naming(path) {
      try pool.write { db in
        for (key, entry) in changes.entries {
          try db.cachedStatement(sql: AlertSQL.keepState).execute(
            arguments: [
              key.rule, key.org, key.level, entry.state.rawValue, entry.since.microseconds,
              entry.isTold, entry.lastTold?.microseconds, entry.serial, entry.epoch, entry.period,
              entry.severity.rawValue, entry.value?.description, entry.threshold?.description,
              entry.unit, entry.dataAsOf?.microseconds, entry.reason,
            ]
          )
        }
        for (org, watch) in changes.watches {
          try db.cachedStatement(sql: AlertSQL.keepWatch).execute(
            arguments: [
              org, watch.evaluated.microseconds, watch.snapshot, watch.at?.microseconds,
              watch.balance?.micros, watch.used?.micros, watch.epoch,
            ]
          )
        }
        for (message, sendTo) in changes.messages { try Self.queue(message, sendTo, db) }
        if let look = changes.look {
          try db.cachedStatement(sql: AlertSQL.keepLook).execute(
            arguments: [look.org ?? "", look.at.microseconds, look.importNumber]
          )
        }
      }
    }
  }

  /// The latest snapshot with a balance of each organisation by then.
  public func latestBalances(by now: Instant) throws -> [String: NumberedSnapshot] {
    try reading { connection in
      var balances = try LatestBalances(connection, by: now)
      return try balances.read()
    }
  }

  /// The number of the snapshot that was stored last; 0 without any.
  public func lastSnapshotNumber() throws -> Int64 {
    try read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM snapshots") ?? 0 }
  }

  static func snapshot(_ row: Statement, _ org: String) -> Snapshot {
    Snapshot(
      org: org,
      at: Instant(microseconds: row.integer(1)),
      balance: row.optionalInteger(2).map { Credits(micros: $0) },
      billingPeriodUsed: row.optionalInteger(3).map { Credits(micros: $0) },
      tier: row.isNull(4) ? nil : row.text(4)
    )
  }

  /// Snapshots of an organisation that are stored behind a number, though they are from before an
  /// instant, by time; each with the time of the next one that is known.
  public func lateSnapshots(
    of org: String,
    after id: Int64,
    before instant: Instant
  ) throws -> [(snapshot: Snapshot, next: Instant)] {
    try reading { connection in
      let statement = try Statement(connection, AlertSQL.lateBalances)
      statement.bind(1, org)
      statement.bind(2, id)
      statement.bind(3, instant.microseconds)
      var found: [(Snapshot, Instant)] = []
      while try statement.step() {
        let snapshot = Self.snapshot(statement, org)
        let next = statement.optionalInteger(5).map { Instant(microseconds: $0) }
        found.append((snapshot, next ?? snapshot.at))
      }
      return found
    }
  }

  /// The number of the import that was begun last; 0 without any.
  ///
  /// Whoever may write waits for an import that is under way, so that nothing more is added to it.
  public func lastImportNumber() throws -> Int64 {
    let read: (Database) throws -> Int64 = {
      try Int64.fetchOne($0, sql: "SELECT max(id) FROM imports") ?? 0
    }
    return try naming(path) {
      try isWriting ? pool.writeWithoutTransaction(read) : pool.read(read)
    }
  }

  /// When the first and the last request of each organisation was that some imports added, though
  /// it was before an instant; to the second.
  ///
  /// `number`: of the last import that is known already; `last`: of the last that is looked at.
  /// `nameless`: the organisation that requests without one belong to, where there is one. What an
  /// evaluation of one organisation alone knew is late for no other evaluation.
  public func lateRequests(
    after number: Int64,
    through last: Int64,
    before instant: Instant,
    nameless: String? = nil
  ) throws -> [String: ClosedRange<Instant>] {
    try reading { connection in
      let earliest = try Statement(connection, AlertSQL.earliestAdded)
      earliest.bind(1, number)
      earliest.bind(2, last)
      let end = floorDivided(instant.microseconds, by: 1_000_000)
      guard try earliest.step(), let start = earliest.optionalInteger(0), start < end else {
        return [:]
      }
      let requests = try Statement(connection, AlertSQL.lateRequests)
      requests.bind(1, start << 31)
      requests.bind(2, end << 31)
      requests.bind(3, number)
      requests.bind(4, nameless ?? "")
      requests.bind(5, last)
      var found: [String: ClosedRange<Instant>] = [:]
      while try requests.step() {
        let (first, last) = (requests.integer(1) >> 31, requests.integer(2) >> 31)
        found[requests.text(0)] =
          Instant(microseconds: first * 1_000_000)...Instant(microseconds: last * 1_000_000)
      }
      return found
    }
  }
}

extension Statement {
  /// An exact decimal that is kept as text.
  func decimal(_ column: Int32) -> ExactDecimal? {
    isNull(column) ? nil : try? ExactDecimal(text(column))
  }
}
