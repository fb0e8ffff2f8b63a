public import CreditCore
public import Rating

/// What changed from one price book to another, and what past usage costs under each.
public struct BookDifferenceReport: Sendable {
  /// A span of stored usage under the older book, beside the newer one.
  public struct Past: Sendable {
    public var since: Instant
    public var until: Instant
    public var lines: [RerateReport.Line]

    public init(since: Instant, until: Instant, lines: [RerateReport.Line]) {
      self.since = since
      self.until = until
      self.lines = lines
    }
  }

  public var difference: BookDifference
  /// Nil without stored usage.
  public var past: Past?

  public init(difference: BookDifference, past: Past? = nil) {
    self.difference = difference
    self.past = past
  }

  public var table: String {
    var text = "no differences\n"
    if !difference.changes.isEmpty {
      var table = TextTable([("what", .left), ("aspect", .left), ("was", .left), ("is", .left)])
      for change in difference.changes {
        table.add([change.what, change.aspect, change.before ?? "", change.after ?? ""])
      }
      text = table.text
    }
    guard let past else { return text }
    return text + "\nStored usage from \(past.since) to \(past.until)\n\n"
      + RerateReport.lineTable(
        past.lines,
        RerateReport.total(past.lines),
        columns: ("under the old", "under the new")
      )
  }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.prices_diff/1")
      json.field("changes") { json in
        json.list(difference.changes) { json, change in
          json.object { json in
            json.field("what", change.what)
            json.field("aspect", change.aspect)
            json.field("before", change.before)
            json.field("after", change.after)
          }
        }
      }
      if let past { json.field("past") { $0.write(past) } }
    }
    return json.finished()
  }
}

extension JSONWriter {
  fileprivate mutating func write(_ past: BookDifferenceReport.Past) {
    object { json in
      json.field("since", past.since.description)
      json.field("until", past.until.description)
      json.field("by_operation") { json in
        json.list(past.lines) { json, line in
          json.object { json in
            json.field("operation", line.operation)
            json.amounts(line)
          }
        }
      }
      json.field("totals") { json in json.object { $0.amounts(RerateReport.total(past.lines)) } }
    }
  }
}
