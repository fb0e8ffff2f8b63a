public import CreditCore
import GRDB

/// A silence and its number.
public struct NumberedSilence: Sendable {
  public var id: Int64
  public var silence: Silence
}

extension UsageStore {
  /// Silences that end later than an instant, the oldest first.
  public func silences(endingAfter now: Instant) throws -> [NumberedSilence] {
    try reading { try Self.silences($0, endingAfter: now) }
  }

  static func silences(
    _ connection: OpaquePointer,
    endingAfter now: Instant
  ) throws -> [NumberedSilence] {
    let statement = try Statement(connection, AlertSQL.silences)
    statement.bind(1, now.microseconds)
    var silences: [NumberedSilence] = []
    while try statement.step() {
      let silence = Silence(
        rule: statement.text(0),
        org: statement.isNull(1) ? nil : statement.text(1),
        from: Instant(microseconds: statement.integer(2)),
        until: Instant(microseconds: statement.integer(3)),
        author: statement.text(4),
        reason: statement.text(5)
      )
      silences.append(NumberedSilence(id: statement.integer(6), silence: silence))
    }
    return silences
  }

  public func add(_ silence: Silence) throws {
    try naming(path) {
      try pool.write { db in
        try db.execute(
          sql: AlertSQL.addSilence,
          arguments: [
            silence.rule, silence.org, silence.from.microseconds, silence.until.microseconds,
            silence.author, silence.reason,
          ]
        )
      }
    }
  }

  /// Ends a silence now; false where none of that number is left, or not of the organisation.
  ///
  /// `org`: nil for all organisations.
  public func endSilence(_ id: Int64, of org: String?, at now: Instant) throws -> Bool {
    try naming(path) {
      try pool.write { db in
        try db.execute(
          sql: AlertSQL.endSilence,
          arguments: [now.microseconds, id, now.microseconds, org, org]
        )
        return db.changesCount > 0
      }
    }
  }
}
