public import CreditCore

/// What an evaluation of the alerts found and sent; or what is stored of them.
public struct AlertReport: Sendable {
  public struct Row: Sendable {
    public var key: AlertKey
    public var entry: AlertEntry

    public init(key: AlertKey, entry: AlertEntry) { (self.key, self.entry) = (key, entry) }
  }

  public var at: Instant
  public var rows: [Row] = []
  public var sent = 0
  public var queued = 0
  public var failed = 0
  /// What attempts met.
  public var faults: [String] = []
  /// What would be said, of a rehearsal.
  public var messages: [AlertMessage] = []
  public var silences: [Silence] = []

  public init(at: Instant) { self.at = at }

  public var firing: [Row] { rows.filter { $0.entry.state == .firing } }

  public var json: [UInt8] {
    var json = JSONWriter(capacity: 512 + rows.count * 280)
    json.object { json in
      json.field("schema", "creditmeter.alerts/1")
      json.field("at", at)
      json.field("alerts") { json in
        json.list(rows) { json, row in json.object { row.fields(&$0) } }
      }
      json.field("sent", integer: sent)
      json.field("queued", integer: queued)
      json.field("failed", integer: failed)
      if !messages.isEmpty {
        json.field("messages") { json in
          json.list(messages) { json, message in json.object { message.fields(&$0) } }
        }
      }
      if !silences.isEmpty {
        json.field("silences") { json in
          json.list(silences) { json, silence in json.object { silence.fields(&$0) } }
        }
      }
    }
    return json.finished()
  }

  public var table: [UInt8] {
    var text = ""
    let shown = rows.filter { $0.entry.state != .ok }
    if !shown.isEmpty {
      var table = TextTable([
        ("state", .left), ("severity", .left), ("rule", .left), ("organisation", .left),
        ("since", .left), ("why", .left),
      ])
      for row in shown.sorted(by: { $0.rank > $1.rank }) {
        let level = row.key.level.isEmpty ? "" : ", \(row.key.level)"
        table.add([
          row.entry.state.rawValue, row.entry.severity.rawValue, row.key.rule + level, row.key.org,
          row.entry.since.description, row.entry.reason,
        ])
      }
      text += table.text
    }
    let well = rows.count - shown.count
    if well > 0 { text += shown.isEmpty ? "all is well: \(well) ok\n" : "\(well) more are ok\n" }
    if rows.isEmpty { text += "no alerts\n" }
    for message in messages {
      text += "would say \(message.state.rawValue): \(printable(message.rule)): "
      text += printable(message.reason) + "\n"
    }
    for silence in silences {
      text += "silenced until \(silence.until): \(printable(silence.rule))"
      text += silence.org.map { " of \(printable($0))" } ?? ""
      text += ", by \(printable(silence.author)): \(printable(silence.reason))\n"
    }
    if sent + queued + failed > 0 {
      text += "\(sent) sent, \(queued) waiting, \(failed) given up\n"
    }
    return Array(text.utf8)
  }
}

extension AlertReport.Row {
  var rank: Int {
    let severities = AlertMessage.Severity.allCases
    let severity = severities.firstIndex(of: entry.severity) ?? 0
    switch entry.state {
    case .firing: return 20 + severity
    case .pending: return 10 + severity
    case .ok, .resolved: return severity
    }
  }

  func fields(_ json: inout JSONWriter) {
    json.field("rule", key.rule)
    json.field("org", key.org)
    json.field("severity", entry.severity.rawValue)
    json.field("state", entry.state.rawValue)
    json.field("level", key.level)
    json.field("value", entry.value)
    json.field("threshold", entry.threshold)
    json.field("unit", entry.unit)
    json.field("since", entry.since)
    json.field("data_as_of", entry.dataAsOf)
    json.field("reason", entry.reason)
  }
}

extension AlertMessage {
  func fields(_ json: inout JSONWriter) {
    json.field("id", id)
    json.field("rule", rule)
    json.field("severity", severity.rawValue)
    json.field("state", state.rawValue)
    json.field("org", org)
    json.field("level", level)
    json.field("value", value)
    json.field("threshold", threshold)
    json.field("unit", unit)
    json.field("since", since)
    json.field("at", at)
    json.field("data_as_of", dataAsOf)
    json.field("reason", reason)
    json.field("action", action)
  }
}

extension Silence {
  func fields(_ json: inout JSONWriter) {
    json.field("rule", rule)
    json.field("org", org)
    json.field("from", from)
    json.field("until", until)
    json.field("author", author)
    json.field("reason", reason)
  }
}
