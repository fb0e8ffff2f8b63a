import CreditCore
import Documents
import Rating

/// Takes a campaign's values out of its nodes and collects every fault on the way.
struct CampaignDecoder {
  let book: PriceBook
  var faults: [Diagnostic] = []
  /// What each operation may be given, made when it is first met; nil for an unknown request.
  private var vocabularies: [Int?: LineVocabulary] = [:]

  /// Faults after which reading a file stops.
  private static let faultLimit = 50
  private static let keys = ["name", "plan", "balance", "operations"]

  init(book: PriceBook) { self.book = book }

  mutating func campaign(_ root: Node, file: String) -> Campaign? {
    if root.isNull {
      faults.append(root.diagnostic("the file is empty", expected: "a campaign with operations"))
      return nil
    }
    let fields = Fields(root, of: "a campaign", allowed: Self.keys, into: &faults)
    let book = book
    let plan = fields.read("plan", into: &faults) { (node) throws(Diagnostic) in
      try Self.planID(node, in: book)
    }
    let balance = fields.read("balance", into: &faults) { (node) throws(Diagnostic) in
      try Self.credits(node, of: "balance")
    }
    let operations = fields.list("operations", into: &faults)
    if fields["operations"] == nil || operations?.isEmpty == true, faults.isEmpty {
      let node = fields["operations"] ?? root
      faults.append(
        node.diagnostic("the campaign has no operations", expected: "a list of operations")
      )
    }
    var lines: [CampaignLine] = []
    lines.reserveCapacity(operations?.count ?? 0)
    for (index, node) in (operations ?? []).enumerated() {
      if let line = line(node, number: index + 1) { lines.append(line) }
      if faults.count >= Self.faultLimit { break }
    }
    let name = fields.string("name", into: &faults) ?? Self.stem(of: file)
    var campaign = Campaign(file: file, name: name, plan: plan, balance: balance, lines: lines)
    campaign.planMark = fields["plan"]?.mark
    campaign.balanceMark = fields["balance"]?.mark
    return campaign
  }

  private static func stem(of file: String) -> String {
    let base = file.split(separator: "/").last.map(String.init) ?? file
    for ending in [".yaml", ".yml", ".json"] where base.hasSuffix(ending) {
      return String(base.dropLast(ending.count))
    }
    return base
  }

  private static func planID(_ node: Node, in book: PriceBook) throws(Diagnostic) -> String {
    let id = try node.string(of: "plan")
    if book.plan(id) != nil { return id }
    let known = book.plans.map(\.id)
    throw node.diagnostic(
      "unknown plan \"\(id)\"",
      expected: "one of \(known.joined(separator: ", "))",
      hint: nearest(to: id, among: known).map { "did you mean \($0)?" }
    )
  }

  private static func credits(_ node: Node, of what: String) throws(Diagnostic) -> Credits {
    let amount = try node.amount(of: what)
    do throws(ArithmeticOverflow) { return try Credits(rounding: amount) } catch {
      throw node.diagnostic(
        "\(what) is past what credits can hold",
        expected: "at most 9,223,372,036,854"
      )
    }
  }

  /// One operation of a campaign; nil, with faults, where it cannot be used.
  mutating func line(_ node: Node, number: Int) -> CampaignLine? {
    do throws(Diagnostic) {
      let entries = try node.entries(of: "operation \(number)")
      let faultsBefore = faults.count
      let (operation, request) = try target(entries, node, number)
      let vocabulary = vocabulary(of: operation)
      var line = CampaignLine(
        label: vocabulary.title ?? request ?? "",
        operation: operation,
        drivers: Array(repeating: nil, count: vocabulary.drivers.count),
        mark: node.mark
      )
      line.request = request
      var waterfall = WaterfallFields()
      for entry in entries {
        do throws(Diagnostic) {
          try read(entry, into: &line, &waterfall, vocabulary)
        } catch {
          faults.append(error)
        }
      }
      if faults.count > faultsBefore { return nil }
      if let operation, waterfall.isGiven {
        line.waterfall = try waterfall.plan(for: book.operations[operation], line, node)
      }
      try check(line, vocabulary, waterfall, node)
      return line
    } catch {
      faults.append(error)
      return nil
    }
  }

  private mutating func vocabulary(of operation: Int?) -> LineVocabulary {
    if let known = vocabularies[operation] { return known }
    let made = LineVocabulary(operation.map { book.operations[$0] })
    vocabularies[operation] = made
    return made
  }

  private func read(
    _ entry: Node.Entry,
    into line: inout CampaignLine,
    _ waterfall: inout WaterfallFields,
    _ vocabulary: LineVocabulary
  ) throws(Diagnostic) {
    let key = entry.key.text
    guard let slot = vocabulary.slots[key] else {
      throw unknownKey(entry.key, of: vocabulary.name, allowed: vocabulary.keys)
    }
    switch slot {
    case .target: break
    case .label: line.label = try entry.value.string(of: key)
    case .count: line.count = try entry.value.range(of: key)
    case .requests: line.requests = try entry.value.range(of: key)
    case .creditsPerUnit: line.creditsPerUnit = try entry.value.range(of: key)
    case .driver(let index, let isShare):
      line.drivers[index] = try entry.value.range(of: key, isShare: isShare)
    case .quantity(let unit):
      if let other = line.quantity {
        throw Diagnostic(
          "both \(other.unit.plural) and \(key) are given",
          at: entry.key.mark,
          expected: "one quantity"
        )
      }
      line.quantity = (unit, try entry.value.range(of: key))
    case .field: waterfall.field = entry.value
    case .providers: waterfall.providers = entry.value
    case .verifier: waterfall.verifier = entry.value
    case .rejectRate: waterfall.rejectRate = try entry.value.range(of: key, isShare: true)
    }
  }
}
