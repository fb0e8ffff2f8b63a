import CreditCore
import Documents
import Rating

extension CampaignDecoder {
  /// The operation that a line names, by its id or by one of its requests.
  func target(
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
    if let named { return (try operation(named.value), nil) }
    guard let requested else {
      throw node.diagnostic(
        "operation \(number) names no operation and no request",
        expected: "the key operation or request"
      )
    }
    let (method, path, text) = try request(requested.value)
    return (book.matcher.match(method: method, target: path)?.operation, text)
  }

  private func operation(_ node: Node) throws(Diagnostic) -> Int {
    let id = try node.string(of: "operation")
    if let index = book.index(of: id) { return index }
    let ids = book.operations.map(\.id)
    let similar =
      nearest(to: id, among: ids) ?? ids.first { $0.hasSuffix("." + id) }
      ?? ids.first { $0.hasPrefix(id + ".") }
    let hint =
      id.contains(" /")
      ? "write request: \(id)" : similar.map { "did you mean \($0)?" }
    throw node.diagnostic(
      "unknown operation \"\(id)\"",
      expected: "an operation of `creditmeter prices list`",
      hint: hint
    )
  }

  private func request(
    _ node: Node
  ) throws(Diagnostic) -> (method: String, path: String, text: String) {
    let text = try node.string(of: "request")
    let expected = "METHOD /path, such as POST /contacts"
    let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let isMethod = parts[0].utf8.allSatisfy { (0x41...0x5A).contains($0 & 0xDF) }
    guard isMethod, !parts[0].isEmpty else {
      throw node.diagnostic("request \"\(text)\" has no method", expected: expected)
    }
    guard parts.count > 1, !parts[1].isEmpty else {
      throw node.diagnostic("request \"\(text)\" has no path", expected: expected)
    }
    let path = parts.dropFirst().joined(separator: " ")
    let isKnown = book.matcher.match(method: parts[0], target: path) != nil
    guard isKnown || parts.count == 2 else {
      throw node.diagnostic(
        "request \"\(text)\" has \(parts.count) words",
        expected: expected,
        hint: "a space in a path is written %20"
      )
    }
    guard path.hasPrefix("/") || path.contains("://") else {
      throw node.diagnostic(
        "the path of request \"\(text)\" starts without /",
        expected: expected,
        hint: "write \(parts[0]) /\(path)"
      )
    }
    return (parts[0], path, text)
  }
}
