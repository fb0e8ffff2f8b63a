import CreditCore
import Documents
import Transport

/// Which endpoint tells the balance.
public enum BalanceEndpoint: String, Sendable, CaseIterable {
  /// `GET /me/credits`.
  case credits
  /// `GET /usage`.
  case usage

  var path: String {
    switch self {
    case .credits: "/me/credits"
    case .usage: "/usage"
    }
  }
}

/// The balance that an answer tells, as of `now`.
///
/// An amount is read from its digits, never by way of a floating-point number. Throws
/// ``Graph8Fault`` for an answer without a balance: what is unknown is not zero.
func snapshot(
  _ response: HTTPResponse,
  _ endpoint: BalanceEndpoint,
  org: String?,
  now: Instant
) throws(Graph8Fault) -> Snapshot {
  let call = "GET \(endpoint.path)"
  var fields = try object(response, call)
  if endpoint == .usage {
    guard let data = fields["data"], case .mapping(let entries) = data.content else {
      throw garbled(call, "has no data")
    }
    fields = byKey(entries)
  }
  let balance = try credits(fields, endpoint == .usage ? "available_credits" : "balance", call)
  let used = try credits(fields, endpoint == .usage ? "total_used" : "billing_period_used", call)
  guard let balance else {
    throw garbled(call, "tells no balance; what is unknown is not zero, so nothing is stored")
  }
  let customer = try text(fields, "customer_id", call)
  if let customer, let org, customer != org {
    throw Graph8Fault(
      .otherOrganisation,
      "\(call) tells the credits of \(printable(customer)), not those of \(org)",
      "G8_ORG_ID and the key must belong together"
    )
  }
  return Snapshot(
    org: org ?? customer,
    at: now,
    balance: balance,
    billingPeriodUsed: used,
    tier: try text(fields, "tier", call)
  )
}

/// One page of a list: its answer as it came, and where the next one is.
public struct Page: Sendable {
  public var body: [UInt8]
  public var rows: Int
  public var next: Next

  public enum Next: Sendable, Equatable {
    case none
    case number(Int)
    case cursor(String)
  }
}

/// Reads what surrounds the rows of a page; `number` is the page's own.
func page(_ response: HTTPResponse, _ call: String, number: Int) throws(Graph8Fault) -> Page {
  let root = try document(response, call)
  if case .sequence(let rows) = root.content {
    return Page(body: response.body, rows: rows.count, next: .none)
  }
  let fields = try object(response, call)
  guard let data = fields["data"], case .sequence(let rows) = data.content else {
    throw garbled(call, "is neither a list nor has it data")
  }
  var page = Page(body: response.body, rows: rows.count, next: .none)
  guard let node = fields["pagination"], case .mapping(let entries) = node.content else {
    return page
  }
  let pagination = byKey(entries)
  let hasNext = (try? pagination["has_next"]?.boolean(of: "has_next")) ?? nil
  if hasNext == false { return page }
  if let cursor = try text(pagination, "next_cursor", call) {
    page.next = .cursor(cursor)
  } else if hasNext == true {
    page.next = .number(number + 1)
  }
  return page
}

// MARK: Parts of an answer

private func garbled(_ call: String, _ what: String) -> Graph8Fault {
  Graph8Fault(.garbled, "the answer to \(call) \(what)")
}

private func document(
  _ response: HTTPResponse,
  _ call: String
) throws(Graph8Fault) -> Node {
  if ErrorAnswer(response).isPage { throw garbled(call, "is a page for people, not JSON") }
  if response.body.isEmpty { throw garbled(call, "is empty") }
  let source = SourceText(name: "answer", bytes: response.body)
  do throws(Diagnostic) { return try Document.parse(source, format: .json) } catch {
    throw garbled(
      call,
      "is not JSON (line \(error.mark.line), column \(error.mark.column): \(error.message))"
    )
  }
}

private func object(
  _ response: HTTPResponse,
  _ call: String
) throws(Graph8Fault) -> [String: Node] {
  guard case .mapping(let entries) = try document(response, call).content else {
    throw garbled(call, "is not a JSON object")
  }
  return byKey(entries)
}

private func byKey(_ entries: [Node.Entry]) -> [String: Node] {
  Dictionary(entries.map { ($0.key.text, $0.value) }, uniquingKeysWith: { first, _ in first })
}

private func text(
  _ fields: [String: Node],
  _ key: String,
  _ call: String
) throws(Graph8Fault) -> String? {
  guard let node = fields[key], !node.isNull else { return nil }
  guard case .scalar(let text, quoted: true) = node.content, text.utf8.count <= 1_024 else {
    throw garbled(call, "has a \(key) that is \(node.kindDescription)")
  }
  return text.isEmpty ? nil : text
}

/// A number, or a text that is one.
private func credits(
  _ fields: [String: Node],
  _ key: String,
  _ call: String
) throws(Graph8Fault) -> Credits? {
  guard let node = fields[key], !node.isNull else { return nil }
  guard case .scalar(let text, _) = node.content,
    let number = (try? ExactDecimal(text))?.normalized, isExact(number),
    let credits = try? Credits(rounding: number)
  else { throw garbled(call, "has a \(key) that is \(node.kindDescription), no amount") }
  return credits
}

/// Whether an amount has at most six decimals, but for what a floating-point number leaves behind
/// its fifteenth digit.
private func isExact(_ number: ExactDecimal) -> Bool {
  number.scale <= Credits.places
    || (number.significand.magnitude >= 1_000_000_000_000_000 && number.scale <= 17)
}
