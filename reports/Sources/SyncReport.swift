public import CreditCore

/// One snapshot as it was stored.
public struct SnapshotReport: Sendable {
  public var snapshot: Snapshot
  /// Whether it was not known yet.
  public var isNew: Bool

  public init(snapshot: Snapshot, isNew: Bool) {
    self.snapshot = snapshot
    self.isNew = isNew
  }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.snapshot/1")
      fields(&json)
    }
    return json.finished()
  }

  func fields(_ json: inout JSONWriter) {
    json.field("org", snapshot.org)
    json.field("at", snapshot.at.description)
    json.field("balance", snapshot.balance)
    json.field("billing_period_used", snapshot.billingPeriodUsed)
    json.field("tier", snapshot.tier)
    json.field("new", isNew)
  }

  public var table: [UInt8] { Array((line + "\n").utf8) }

  /// When, and what it says, on a line.
  public var line: String {
    var parts = [
      snapshot.balance.map { "\($0.decimal.grouped()) credits" } ?? "balance unknown",
      snapshot.billingPeriodUsed.map { "\($0.decimal.grouped()) used" },
      snapshot.tier.map { printable($0) },
    ].compactMap { $0 }
    if let org = snapshot.org, !org.isEmpty { parts.append(printable(org)) }
    if !isNew { parts.append("known already") }
    return "\(snapshot.at)  " + parts.joined(separator: ", ")
  }
}

/// What a sync took in.
public struct SyncReport: Sendable {
  /// Rows of one kind.
  public struct Part: Sendable {
    public var name: String
    public var pages: Int
    public var counts: ImportCounts

    public init(name: String, pages: Int, counts: ImportCounts) {
      self.name = name
      self.pages = pages
      self.counts = counts
    }
  }

  /// Nil where the provider gave none.
  public var snapshot: SnapshotReport?
  public var parts: [Part] = []
  /// Why something is not there, a sentence each.
  public var faults: [String] = []

  public init() {}

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.sync/1")
      json.field("snapshot") { json in
        guard let snapshot else { return json.raw("null") }
        json.object { snapshot.fields(&$0) }
      }
      for part in parts {
        json.field(named: part.name) { json in
          json.object { json in
            json.field("pages", integer: part.pages)
            json.field("read", integer: part.counts.read)
            json.field("accepted", integer: part.counts.accepted)
            json.field("duplicates", integer: part.counts.duplicates)
            json.field("updated", integer: part.counts.updated)
            json.field("rejected", integer: part.counts.rejected)
            json.field("first", part.counts.first?.description)
            json.field("last", part.counts.last?.description)
          }
        }
      }
      json.field("faults") { json in
        json.list { json in
          for fault in faults { json.element { $0.text(fault) } }
        }
      }
    }
    return json.finished()
  }

  public var table: [UInt8] {
    var text = ""
    if let snapshot { text += "balance       \(snapshot.line)\n" }
    for part in parts {
      let counts = part.counts
      let known = [
        (counts.duplicates, "known already"), (counts.updated, "updated"),
        (counts.rejected, "rejected"),
      ]
      text += part.name + String(repeating: " ", count: max(1, 14 - part.name.count))
      text += "\(grouped(counts.read)) read: \(grouped(counts.accepted)) new"
      for (count, word) in known where count > 0 { text += ", \(grouped(count)) \(word)" }
      if let first = counts.first, let last = counts.last { text += ", \(first) to \(last)" }
      text += "\n"
    }
    return Array(text.utf8)
  }

  private func grouped(_ number: Int) -> String { ExactDecimal(number).grouped() }
}
