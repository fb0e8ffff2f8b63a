public import CreditCore
import Documents

/// Campaigns that are planned, with the days on which they spend.
public struct PlanFile: Sendable {
  public enum Cost: Sendable {
    case credits(QuantityRange)
    /// A campaign file, as the plan means it, and where it is named.
    case file(String, SourceMark)
    /// The plan's own text is a campaign file.
    case itself
  }

  public struct Entry: Sendable {
    public var name: String?
    /// Nil for the first day that is forecast.
    public var starts: CivilDate?
    /// At least 1; its cost is spread over them evenly.
    public var days: Int
    public var cost: Cost
  }

  public let source: SourceText
  public let entries: [Entry]

  /// The longest that a campaign may take.
  private static let longest = 3_660

  /// Reads a plan: a list of `campaigns`, or one campaign file, which then starts at once.
  ///
  /// Throws ``BadInput`` with every fault, in reading order.
  public init(_ source: SourceText) throws(BadInput) {
    self.source = source
    let root: Node
    do throws(Diagnostic) { root = try Document.parse(source) } catch { throw BadInput(error) }
    if case .mapping(let entries) = root.content,
      entries.contains(where: { $0.key.text == "operations" })
    {
      self.entries = [Entry(name: nil, starts: nil, days: 1, cost: .itself)]
      return
    }
    var faults: [Diagnostic] = []
    let fields = Fields(root, of: "a plan", allowed: ["campaigns"], into: &faults)
    _ = fields.required("campaigns", of: "the plan", into: &faults)
    let nodes = fields.list("campaigns", into: &faults) ?? []
    let folder = source.name.lastIndex(of: "/").map { String(source.name[...$0]) } ?? ""
    entries = nodes.compactMap { Self.entry($0, folder, &faults) }
    if !faults.isEmpty {
      throw BadInput(
        faults.sorted { ($0.mark.line, $0.mark.column) < ($1.mark.line, $1.mark.column) }
      )
    }
  }

  private static func entry(
    _ node: Node,
    _ folder: String,
    _ faults: inout [Diagnostic]
  ) -> Entry? {
    let what = "a planned campaign"
    let keys = ["name", "starts", "ends", "days", "credits", "file"]
    let fields = Fields(node, of: what, allowed: keys, into: &faults)
    let name = fields.string("name", into: &faults)
    let starts = date("starts", fields, &faults)
    let ends = date("ends", fields, &faults)
    var days = fields.read("days", into: &faults) { (node) throws(Diagnostic) in
      let number = try node.amount(of: "days")
      if number.normalized.scale == 0, let days = Int(exactly: number.normalized.significand),
        (1...longest).contains(days)
      {
        return days
      }
      throw node.diagnostic("days is \(number)", expected: "a whole number from 1 to \(longest)")
    }
    if let node = fields["ends"], let ends {
      if fields["days"] != nil {
        faults.append(node.diagnostic("days and ends are both given", expected: "one of them"))
      } else if let starts, ends >= starts, ends.number - starts.number < longest {
        days = ends.number - starts.number + 1
      } else {
        faults.append(
          node.diagnostic(
            starts == nil ? "ends is given without starts" : "the campaign ends before it starts",
            expected: "a day from starts on"
          )
        )
      }
    }
    let credits = fields.read("credits", into: &faults) { (node) throws(Diagnostic) in
      try node.range(of: "credits")
    }
    let file = fields.string("file", into: &faults)
    guard (fields["credits"] == nil) != (fields["file"] == nil) else {
      let both = fields["credits"] != nil
      faults.append(
        (fields["credits"] ?? node).diagnostic(
          both ? "credits and file are both given" : "\(what) has no cost",
          expected: both ? "one of them" : "credits, or a campaign file as file"
        )
      )
      return nil
    }
    var cost = credits.map { Cost.credits($0) }
    if let file, let mark = fields["file"]?.mark {
      cost = .file(file.hasPrefix("/") ? file : folder + file, mark)
    }
    return cost.map { Entry(name: name, starts: starts, days: days ?? 1, cost: $0) }
  }

  private static func date(
    _ key: String,
    _ fields: Fields,
    _ faults: inout [Diagnostic]
  ) -> CivilDate? {
    fields.read(key, into: &faults) { (node) throws(Diagnostic) in
      let text = try node.string(of: key)
      if let date = CivilDate(text) { return date }
      throw node.diagnostic("\(key) is \"\(text)\"", expected: "a day such as 2026-12-01")
    }
  }
}
