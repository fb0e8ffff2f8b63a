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
    return Campaign(file: file, name: name, plan: plan, balance: balance, lines: lines)
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

  /// The operation that a line names, by its id or by one of its requests.
  private func target(
    _ entries: [Node.Entry],
    _ node: Node,
    _ number: Int
  ) throws(Diagnostic) -> (operation: Int?, request: String?) {
    let named = entries.first { $0.key.text == "operation" }
    let requested = entries.first { $0.key.text == "request" }
    if named != nil, let requested {
      throw Diagnostic(
        "operation \(number) names both an operation and a request",
        at: requested.key.mark,
        expected: "one of the two"
      )
    }
    if let named {
      let id = try named.value.string(of: "operation")
      if let index = book.index(of: id) { return (index, nil) }
      let ids = book.operations.map(\.id)
      throw named.value.diagnostic(
        "unknown operation \"\(id)\"",
        expected: "an operation of `creditmeter prices list`",
        hint: nearest(to: id, among: ids).map { "did you mean \($0)?" }
      )
    }
    guard let requested else {
      throw node.diagnostic(
        "operation \(number) says not what it is",
        expected: "the key operation or request"
      )
    }
    let text = try requested.value.string(of: "request")
    guard let space = text.firstIndex(of: " "), space > text.startIndex else {
      throw requested.value.diagnostic(
        "request \"\(text)\" has no method",
        expected: "METHOD /path, such as POST /contacts"
      )
    }
    let match = book.matcher.match(
      method: String(text[..<space]),
      target: String(text[text.index(after: space)...])
    )
    return (match?.operation, text)
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

  /// Whether a line says its quantity once and wholly.
  private func check(
    _ line: CampaignLine,
    _ vocabulary: LineVocabulary,
    _ waterfall: WaterfallFields,
    _ node: Node
  ) throws(Diagnostic) {
    let given = zip(vocabulary.drivers, line.drivers).filter { $1 != nil }.map(\.0)
    let isNamedByRequest = line.request != nil
    if let quantity = line.quantity, let driver = given.first {
      throw node.diagnostic(
        "\(vocabulary.name) is given both \(quantity.unit.plural) and \(driver.name)",
        expected: "the quantity, or its drivers \(vocabulary.driverNames)"
      )
    }
    let countIsQuantity = line.count != nil && !isNamedByRequest
    if countIsQuantity, let driver = given.first {
      throw node.diagnostic(
        "\(vocabulary.name) is given both count and \(driver.name)",
        expected: "count, or its drivers \(vocabulary.driverNames)",
        hint: "requests: says how many requests there are"
      )
    }
    if countIsQuantity, let quantity = line.quantity, quantity.unit != .record {
      throw node.diagnostic(
        "\(vocabulary.name) is given both count and \(quantity.unit.plural)",
        expected: "one quantity",
        hint: "requests: says how many requests there are"
      )
    }
    if given.isEmpty {
      if line.quantity != nil || line.count != nil, waterfall.providers == nil { return }
      throw node.diagnostic(
        "\(vocabulary.name) has no quantity",
        expected: "one of \(vocabulary.quantityKeys)"
      )
    }
    for (driver, value) in zip(vocabulary.drivers, line.drivers)
    where value == nil && driver.defaultValue == nil {
      if driver.countsRequests, line.count != nil { continue }
      throw node.diagnostic("\(vocabulary.name) has no \(driver.name)", expected: driver.name)
    }
  }
}
