public import CreditCore

/// What an import of logs did.
public struct IngestReport: Sendable {
  public var counts: ImportCounts
  /// Wall clock, to a thousandth.
  public var milliseconds: Int
  /// Whether nothing was kept.
  public var isRehearsal: Bool
  /// The first lines that could not be used, where they are told along.
  public var rejects: [RejectedLine]?

  /// A line that could not be used.
  public struct RejectedLine: Sendable {
    /// From 1; 0 where it is not known.
    public var line: Int
    public var column: Int
    /// A word that programs can tell apart.
    public var reason: String
    public var message: String

    public init(line: Int, column: Int, reason: String, message: String) {
      (self.line, self.column, self.reason, self.message) = (line, column, reason, message)
    }
  }

  public init(counts: ImportCounts, milliseconds: Int, isRehearsal: Bool) {
    self.counts = counts
    self.milliseconds = milliseconds
    self.isRehearsal = isRehearsal
  }

  private var credits: ExactDecimal { Credits(micros: counts.credits).decimal }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.ingest/1")
      json.field("read", ExactDecimal(counts.read))
      json.field("accepted", ExactDecimal(counts.accepted))
      json.field("duplicates", ExactDecimal(counts.duplicates))
      json.field("updated", ExactDecimal(counts.updated))
      json.field("rejected", ExactDecimal(counts.rejected))
      json.field("free", ExactDecimal(counts.free))
      json.field("metered", ExactDecimal(counts.metered))
      json.field("unpriced", ExactDecimal(counts.unpriced))
      json.field("credits", credits)
      json.field("first", counts.first?.description)
      json.field("last", counts.last?.description)
      json.field("secrets", ExactDecimal(counts.secrets))
      json.field("dry_run", isRehearsal)
      json.field("seconds", ExactDecimal(significand: Int128(milliseconds), scale: 3))
      if let rejects {
        json.field("rejects") { json in
          json.list(rejects) { json, reject in
            json.object { json in
              json.field("line", integer: reject.line)
              json.field("column", integer: reject.column)
              json.field("reason", reject.reason)
              json.field("message", reject.message)
            }
          }
        }
      }
    }
    return json.finished()
  }

  public var table: [UInt8] {
    var text = "\(grouped(counts.read)) read"
    let parts = [
      (counts.accepted, "accepted"), (counts.duplicates, "known already"),
      (counts.updated, "updated"), (counts.rejected, "rejected"),
    ]
    text +=
      ": "
      + parts.filter { $0.0 > 0 || $0.1 == "accepted" }
      .map { "\(grouped($0.0)) \($0.1)" }.joined(separator: ", ") + "\n"
    if counts.accepted > 0 {
      text += "of the accepted, \(grouped(counts.metered)) metered, \(grouped(counts.free)) free, "
      text += "\(grouped(counts.unpriced)) unpriced\n"
    }
    let change = credits.isNegative ? credits.grouped() : "+" + credits.grouped()
    text += "credits \(change)"
    if let first = counts.first, let last = counts.last { text += ", \(first) to \(last)" }
    text += "\n"
    if counts.secrets > 0 { text += "\(grouped(counts.secrets)) keys or tokens replaced\n" }
    if isRehearsal { text += "a dry run: nothing was kept\n" }
    return Array(text.utf8)
  }

  private func grouped(_ number: Int) -> String { ExactDecimal(number).grouped() }
}
