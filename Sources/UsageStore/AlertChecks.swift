import CreditCore

/// Checks of what alerts remember: states, what was said, and the outbox.
struct AlertChecks {
  private let connection: OpaquePointer

  init(_ connection: OpaquePointer) { self.connection = connection }

  private func forEach(_ sql: String, _ body: (Statement) throws -> Void) throws {
    let statement = try Statement(connection, sql)
    while try statement.step() { try body(statement) }
  }

  /// What is remembered of a rule is what was said of it.
  func states(_ outcome: inout CheckOutcome) throws {
    let sql = """
      SELECT rule, org, level, alert_states.state, told, serial, severity, value, threshold,
        coalesce(last.count, 0), last.state, org IN (SELECT org FROM alert_watches)
      FROM alert_states LEFT JOIN (
        SELECT rule, org, level, state, count(*) AS count, max(id) FROM alert_messages
        GROUP BY rule, org, level) AS last USING (rule, org, level)
      ORDER BY rule, org, level
      """
    try forEach(sql) { row in
      outcome.rows += 1
      let level = row.text(2).isEmpty ? "" : ", \(row.shown(2))"
      let place = "rule \"\(row.shown(0))\"\(level), org \"\(row.shown(1))\""
      if AlertEntry.State(rawValue: row.text(3)) == nil
        || AlertMessage.Severity(rawValue: row.text(6)) == nil
      {
        outcome.differs(
          place,
          found: "\(row.shown(3)), \(row.shown(6))",
          expected: "a state and a severity"
        )
      }
      for column: Int32 in [7, 8] where !row.isNull(column) && row.decimal(column) == nil {
        outcome.differs(place, found: row.shown(column), expected: "a number")
      }
      if row.integer(5) != row.integer(9) {
        outcome.differs(
          place,
          found: "\(row.integer(9)) messages",
          expected: "\(row.integer(5))"
        )
      }
      let isTold = row.integer(4) == 1
      if isTold != (row.text(10) == "firing") {
        let last = row.isNull(10) ? "nothing" : "\"\(row.shown(10))\""
        outcome.differs(
          place,
          found: "\(last) as the last message",
          expected: isTold ? "that it fires" : "none that it fires"
        )
      }
      if isTold, row.text(3) != "firing" {
        outcome.differs(place, found: "it is \(row.shown(3))", expected: "firing, as was told")
      }
      if row.integer(11) == 0 {
        outcome.differs(place, found: "an organisation that was never looked at", expected: "one")
      }
    }
  }

  /// Each message is well-formed, and of a rule that remembers it or a digest; the table itself
  /// keeps ids apart.
  func messages(_ outcome: inout CheckOutcome) throws {
    let sql = """
      SELECT message, severity, state, value, threshold, since, at,
        EXISTS (SELECT 1 FROM alert_states
          WHERE rule = one.rule AND org = one.org AND level = one.level)
          OR EXISTS (SELECT 1 FROM alert_outbox
            WHERE message = one.id AND alert = 'digest' || char(31) || one.message)
      FROM alert_messages AS one ORDER BY id
      """
    try forEach(sql) { row in
      outcome.rows += 1
      let place = "message \(row.shown(0))"
      if AlertMessage.State(rawValue: row.text(2)) == nil
        || AlertMessage.Severity(rawValue: row.text(1)) == nil || row.text(0).isEmpty
      {
        outcome.differs(
          place,
          found: "\(row.shown(2)), \(row.shown(1))",
          expected: "an id, a state and a severity"
        )
      }
      for column: Int32 in [3, 4] where !row.isNull(column) && row.decimal(column) == nil {
        outcome.differs(place, found: row.shown(column), expected: "a number")
      }
      if row.integer(5) > row.integer(6) {
        outcome.differs(
          place,
          found: "since \(Instant(microseconds: row.integer(5)))",
          expected: "not after \(Instant(microseconds: row.integer(6)))"
        )
      }
      if row.integer(7) == 0 {
        outcome.differs(place, found: "a rule that remembers nothing", expected: "one that does")
      }
    }
  }

  /// Each row of the outbox is of a message, once for a destination, and waits or is settled.
  func outbox(_ outcome: inout CheckOutcome) throws {
    let sql = """
      SELECT outbox.id, destination, alert, status, attempts, settled, message.id,
        message.rule || char(31) || message.org || char(31) || message.level,
        'digest' || char(31) || message.message
      FROM alert_outbox AS outbox LEFT JOIN alert_messages AS message
        ON message.id = outbox.message
      ORDER BY outbox.id
      """
    try forEach(sql) { row in
      outcome.rows += 1
      let place = "row \(row.integer(0)), to \"\(row.shown(1))\""
      let status = OutboxRow.Status(rawValue: row.text(3))
      if row.isNull(6) {
        outcome.differs(place, found: "no message", expected: "one")
      } else if row.text(2) != row.text(7), row.text(2) != row.text(8) {
        // Its parts stand apart by a character that nobody sees.
        func words(_ text: String) -> String { printable(text.replacing("\u{1F}", with: " / ")) }
        outcome.differs(
          place,
          found: "one about \(words(row.text(2)))",
          expected: words(row.text(7))
        )
      }
      if status == nil || row.integer(4) < 0 || (status == .queued) != row.isNull(5) {
        outcome.differs(
          place,
          found: "\(row.shown(3)), \(row.integer(4)) attempts, settled \(row.shown(5))",
          expected: "one that waits, or is settled"
        )
      }
    }
    let twice: [(of: String, sql: String)] = [
      (
        "message",
        "SELECT destination, message, count(*) FROM alert_outbox GROUP BY 1, 2 HAVING count(*) > 1"
      ),
      (
        "alert that waits",
        """
        SELECT destination, alert, count(*) FROM alert_outbox WHERE status = 'queued'
        GROUP BY 1, 2 HAVING count(*) > 1
        """
      ),
    ]
    for (what, sql) in twice {
      try forEach(sql) { row in
        outcome.differs(
          "\(what) \(row.shown(1)), to \"\(row.shown(0))\"",
          found: "\(row.integer(2)) rows",
          expected: "one"
        )
      }
    }
  }

  func silences(_ outcome: inout CheckOutcome) throws {
    try forEach("SELECT id, starts, ends FROM alert_silences ORDER BY id") { row in
      outcome.rows += 1
      let (start, end) = (row.integer(1), row.integer(2))
      if end <= start || end - start > Silence.limit.microseconds {
        outcome.differs(
          "silence \(row.integer(0))",
          found: "until \(Instant(microseconds: end))",
          expected: "at most 30 days from \(Instant(microseconds: start)) on"
        )
      }
    }
  }
}
