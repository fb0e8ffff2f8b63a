public import CreditCore

/// Messages that wait, went, or were given up.
public struct OutboxReport: Sendable {
  public struct Row: Sendable {
    public var message: AlertMessage
    public var destination: String
    public var status: String
    public var attempts: Int
    public var due: Instant
    public var error: String

    public init(
      message: AlertMessage,
      destination: String,
      status: String,
      attempts: Int,
      due: Instant,
      error: String
    ) {
      (self.message, self.destination, self.status) = (message, destination, status)
      (self.attempts, self.due, self.error) = (attempts, due, error)
    }
  }

  public var at: Instant
  public var rows: [Row]

  public init(at: Instant, rows: [Row]) { (self.at, self.rows) = (at, rows) }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.outbox/1")
      json.field("at", at.description)
      json.field("messages") { json in
        json.list(rows) { json, row in
          json.object { json in
            json.field("destination", row.destination)
            json.field("status", row.status)
            json.field("attempts", integer: row.attempts)
            json.field("due", row.status == "queued" ? row.due.description : nil)
            json.field("error", row.error.isEmpty ? nil : row.error)
            row.message.fields(&json)
          }
        }
      }
    }
    return json.finished()
  }

  public var table: [UInt8] {
    if rows.isEmpty { return Array("no messages\n".utf8) }
    var table = TextTable([
      ("at", .left), ("destination", .left), ("status", .left), ("attempts", .right),
      ("message", .left), ("next attempt", .left), ("error", .left), ("id", .left),
    ])
    for row in rows {
      let level = row.message.level.isEmpty ? "" : ", \(row.message.level)"
      table.add([
        row.message.at.description, row.destination, row.status, String(row.attempts),
        "\(row.message.state.rawValue) \(row.message.rule)\(level) \(row.message.org)",
        row.status == "queued" ? row.due.description : "", row.error, row.message.id,
      ])
    }
    return Array(table.text.utf8)
  }
}
