import CampaignFiles
public import CreditCore
import Documents
import PriceBooks
public import Rating

/// Golden cases kept beside a price book: what a request or a planned line must cost.
public struct CaseWorkflow {
  public struct Outcome: Sendable {
    public var name: String
    /// What differs from what the case expects; empty when it holds.
    public var faults: [Diagnostic]
  }

  private let book: PriceBook

  public init(book: PriceBook) { self.book = book }

  public static var shippedCases: SourceText { ShippedBook.cases }

  /// `my-book.yaml` has its cases in `my-book.cases.yaml`.
  public static func casesPath(besides book: String) -> String {
    for ending in [".yaml", ".yml", ".json"] where book.hasSuffix(ending) {
      return String(book.dropLast(ending.count)) + ".cases.yaml"
    }
    return book + ".cases.yaml"
  }

  /// - Throws: ``BadInput`` for a file of cases that cannot be used.
  public func run(_ source: SourceText) throws(BadInput) -> [Outcome] {
    let root: Node
    do throws(Diagnostic) { root = try Document.parse(source) } catch { throw BadInput(error) }
    var faults: [Diagnostic] = []
    let fields = Fields(root, of: "a file of cases", allowed: ["book", "cases"], into: &faults)
    _ = fields.required("cases", of: "a file of cases", into: &faults)
    let nodes = fields.list("cases", into: &faults) ?? []
    if let provider = fields.string("book", into: &faults), provider != book.provider,
      let node = fields["book"]
    {
      faults.append(
        node.diagnostic("these are cases of \(provider)", expected: "cases of \(book.provider)")
      )
    }
    if nodes.isEmpty, faults.isEmpty {
      faults.append(root.diagnostic("there are no cases", expected: "at least one case"))
    }
    var outcomes: [Outcome] = []
    for node in nodes {
      var reader = CaseReader(book: book)
      if let outcome = reader.outcome(of: node) { outcomes.append(outcome) }
      faults += reader.faults
    }
    if !faults.isEmpty { throw BadInput(faults) }
    return outcomes
  }
}

private struct CaseReader {
  let book: PriceBook
  var faults: [Diagnostic] = []

  private static let keys = [
    "name", "request", "line", "plan", "usage", "status", "replayed", "request_body",
    "response_body", "sequences", "expect",
  ]
  private static let requestKeys = [
    "request", "usage", "status", "replayed", "request_body", "response_body", "sequences",
  ]
  private static let expectations = [
    "operation", "metering", "unit", "quantity", "credits", "basis", "requests",
  ]

  init(book: PriceBook) { self.book = book }

  mutating func outcome(of node: Node) -> CaseWorkflow.Outcome? {
    let fields = Fields(node, of: "a case", allowed: Self.keys, into: &faults)
    _ = fields.required("name", of: "a case", into: &faults)
    guard let expectNode = fields.required("expect", of: "a case", into: &faults),
      let name = fields.string("name", into: &faults)
    else { return nil }
    let expected = Fields(expectNode, of: "expect", allowed: Self.expectations, into: &faults)
    if case .mapping(let entries) = expectNode.content, entries.isEmpty {
      faults.append(expectNode.diagnostic("\(name) expects nothing", expected: "a value or more"))
    }
    if fields["line"] != nil {
      for key in Self.requestKeys where fields[key] != nil {
        faults.append(
          node.diagnostic("\(name) has both line and \(key)", expected: "a line or a request")
        )
      }
    }
    let planID = fields.string("plan", into: &faults) ?? PriceBook.defaultPlan
    guard let plan = book.plan(planID) else {
      faults.append(
        node.diagnostic(
          "unknown plan \"\(planID)\"",
          expected: "one of \(book.plans.map(\.id).joined(separator: ", "))"
        )
      )
      return nil
    }
    guard let actual = actual(fields, plan, node) else { return nil }
    var differences: [Diagnostic] = []
    for key in Self.expectations {
      guard let node = expected[key] else { continue }
      let value = actual[key] ?? "nothing"
      let wanted = Self.text(of: node)
      if value != wanted {
        differences.append(
          node.diagnostic("\(name): \(key) is \(value)", expected: wanted)
        )
      }
    }
    return CaseWorkflow.Outcome(name: name, faults: differences)
  }

  private mutating func actual(_ fields: Fields, _ plan: Plan, _ node: Node) -> [String: String]? {
    if let line = fields["line"] { return actual(line: line, plan) }
    guard let request = fields["request"] else {
      faults.append(
        node.diagnostic("a case says not what it is about", expected: "request or line")
      )
      return nil
    }
    return actual(request: request, fields, plan)
  }

  private mutating func actual(line node: Node, _ plan: Plan) -> [String: String]? {
    do throws(BadInput) {
      let line = try CampaignReader(book: book).line(node)
      let campaign = Campaign(
        file: "case",
        name: "case",
        plan: plan.id,
        balance: nil,
        lines: [line]
      )
      do throws(Diagnostic) {
        let estimate = try Estimator(book: book, plan: plan).estimate([campaign], balance: nil)
        return estimate.lines.first.map(Self.facts)
      } catch { throw BadInput(error) }
    } catch {
      faults += error.diagnostics
      return nil
    }
  }

  private static func facts(_ line: EstimateLine) -> [String: String] {
    [
      "operation": line.operation, "metering": line.metering.rawValue,
      "unit": line.unit.rawValue, "quantity": text(line.quantity),
      "credits": line.credits.map { text($0.map(\.decimal)) } ?? "null",
      "requests": line.requests.description,
    ]
  }

  private mutating func actual(
    request node: Node,
    _ fields: Fields,
    _ plan: Plan
  ) -> [String: String]? {
    guard let text = fields.string("request", into: &faults),
      let space = text.firstIndex(of: " ")
    else {
      faults.append(node.diagnostic("not a request", expected: "METHOD /path"))
      return nil
    }
    var request = Request(
      method: String(text[..<space]),
      path: String(text[text.index(after: space)...])
    )
    request.status = fields.amount("status", into: &faults).flatMap { Int($0.description) }
    request.replayed = fields.boolean("replayed", into: &faults) ?? false
    for entry in fields.mapping("usage", into: &faults) ?? [] {
      let unit = Unit.allCases.first { [$0.rawValue, $0.plural].contains(entry.key.text) }
      guard let unit else {
        faults.append(
          unknownKey(entry.key, of: "usage", allowed: Unit.allCases.map(\.rawValue))
        )
        continue
      }
      request.usage[unit] = try? entry.value.amount(of: "usage")
    }
    let facts = CallFacts(
      requestBody: fields["request_body"],
      responseBody: fields["response_body"],
      sequences: fields["sequences"]
    )
    do throws(ArithmeticOverflow) {
      let charge = try book.charge(for: request, plan: plan.id, facts: facts)
      return [
        "operation": charge.operation, "metering": charge.metering.rawValue,
        "unit": charge.unit.rawValue, "quantity": charge.quantity?.description ?? "null",
        "credits": charge.credits?.description ?? "null", "basis": charge.basis.rawValue,
      ]
    } catch {
      faults.append(node.diagnostic("the numbers are too large", expected: "smaller ones"))
      return nil
    }
  }

  private static func text(_ range: QuantityRange) -> String {
    let rounded = range.map { (try? $0.rounded(places: 6)) ?? $0 }
    return rounded.isRanged
      ? "[\(rounded.low), \(rounded.expected), \(rounded.high)]" : rounded.expected.description
  }

  /// A number is compared as a number, so `2.50` expects 2.5.
  private static func text(of node: Node) -> String {
    switch node.content {
    case .null: return "null"
    case .scalar(let text, quoted: false):
      return (try? ExactDecimal(text))?.description ?? text
    case .scalar(let text, quoted: true): return text
    case .sequence(let elements):
      let texts = elements.map { text(of: $0) }
      return Set(texts).count == 1 ? texts.first ?? "" : "[\(texts.joined(separator: ", "))]"
    case .mapping: return "a mapping"
    }
  }
}

extension CallFacts {
  /// Facts from bodies that are at hand as documents.
  init(requestBody: Node?, responseBody: Node?, sequences: Node? = nil) {
    self.init(
      number: { place in
        let body = place.side == .request ? requestBody : responseBody
        guard let value = body?[place.pointer] else { return nil }
        if case .sequence(let elements) = value.content { return ExactDecimal(elements.count) }
        return try? value.amount(of: "a number")
      },
      field: { name in
        guard let field = JSONPointer("/" + name), let value = requestBody?[field],
          case .scalar(let text, _) = value.content
        else { return nil }
        return text
      },
      sequenceSteps: { id in
        guard case .mapping(let entries)? = sequences?.content else { return nil }
        return entries.first { $0.key.text == id }.flatMap { try? $0.value.amount(of: "steps") }
      }
    )
  }
}
