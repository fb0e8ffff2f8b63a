public import CreditCore

/// A token that was just made, the only time that it is shown.
public struct NewTokenReport: Sendable {
  public var id: String
  public var text: Secret
  public var org: String
  public var scopes: [String]
  public var expires: Instant

  public init(id: String, text: Secret, org: String, scopes: [String], expires: Instant) {
    (self.id, self.text, self.org) = (id, text, org)
    (self.scopes, self.expires) = (scopes, expires)
  }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("id", id)
      json.field("token", text.revealed)
      json.field("org", org)
      json.field("scopes") { $0.list(scopes) { $0.text($1) } }
      json.field("expires", expires.description)
    }
    return json.finished()
  }

  public var table: [UInt8] {
    let about = "\(scopes.joined(separator: ", ")) of \(printable(org)), until \(expires)"
    return Array("\(text.revealed)\n\(about); shown only now\n".utf8)
  }
}

/// Tokens, without their secrets.
public struct TokenListReport: Sendable {
  public struct Row: Sendable {
    public var id: String
    public var name: String?
    public var org: String
    public var scopes: [String]
    /// `active`, `expired` or `revoked`.
    public var state: String
    public var created: Instant
    public var expires: Instant
    public var lastUsed: Instant?

    public init(
      id: String,
      name: String?,
      org: String,
      scopes: [String],
      state: String,
      created: Instant,
      expires: Instant,
      lastUsed: Instant?
    ) {
      (self.id, self.name, self.org, self.scopes) = (id, name, org, scopes)
      (self.state, self.created, self.expires) = (state, created, expires)
      self.lastUsed = lastUsed
    }
  }

  public var rows: [Row]

  public init(rows: [Row]) { self.rows = rows }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("tokens") { json in
        json.list(rows) { json, row in
          json.object { json in
            json.field("id", row.id)
            json.field("name", row.name)
            json.field("org", row.org)
            json.field("scopes") { $0.list(row.scopes) { $0.text($1) } }
            json.field("state", row.state)
            json.field("created", row.created.description)
            json.field("expires", row.expires.description)
            json.field("last_used", row.lastUsed?.description)
          }
        }
      }
    }
    return json.finished()
  }

  public var table: [UInt8] {
    if rows.isEmpty { return Array("no tokens\n".utf8) }
    var table = TextTable([
      ("id", .left), ("name", .left), ("org", .left), ("scopes", .left), ("state", .left),
      ("expires", .left), ("last used", .left),
    ])
    for row in rows {
      table.add([
        row.id, printable(row.name ?? ""), printable(row.org), row.scopes.joined(separator: ", "),
        row.state, row.expires.description, row.lastUsed?.description ?? "never",
      ])
    }
    return Array(table.text.utf8)
  }
}

/// What was done, as the audit log has it.
public struct AuditReport: Sendable {
  public var rows: [(number: Int64, entry: AuditEntry)]

  public init(rows: [(number: Int64, entry: AuditEntry)]) { self.rows = rows }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("entries") { json in
        json.list(rows) { json, row in
          let (number, entry) = row
          json.object { json in
            json.field("number", ExactDecimal(number))
            json.field("at", entry.at.description)
            json.field("actor", entry.actor)
            json.field("action", entry.action)
            json.field("subject", entry.subject)
            json.field("org", entry.org)
            json.field("details", entry.details)
          }
        }
      }
    }
    return json.finished()
  }

  public var table: [UInt8] {
    if rows.isEmpty { return Array("nothing was done yet\n".utf8) }
    var table = TextTable([
      ("number", .right), ("at", .left), ("actor", .left), ("action", .left), ("subject", .left),
      ("org", .left), ("details", .left),
    ])
    for (number, entry) in rows {
      table.add([
        "\(number)", entry.at.description, printable(entry.actor), printable(entry.action),
        printable(entry.subject), printable(entry.org), printable(entry.details),
      ])
    }
    return Array(table.text.utf8)
  }
}
