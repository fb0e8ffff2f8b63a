public import CreditCore

/// The entries of a mapping, looked up by key; keys that nobody knows are faults.
public struct Fields {
  public let node: Node
  private let values: [String: Node]

  /// Reads `node` as a mapping and refuses keys that are not in `allowed`; `what` is the
  /// mapping's name in messages: "operation 3", "a plan".
  public init(_ node: Node, of what: String, allowed: [String], into faults: inout [Diagnostic]) {
    self.node = node
    var values: [String: Node] = [:]
    do throws(Diagnostic) {
      for entry in try node.entries(of: what) {
        if allowed.contains(entry.key.text) {
          values[entry.key.text] = entry.value
        } else {
          faults.append(unknownKey(entry.key, of: what, allowed: allowed))
        }
      }
    } catch {
      faults.append(error)
    }
    self.values = values
  }

  public subscript(key: String) -> Node? { values[key] }

  /// The value of a key that must be there.
  public func required(_ key: String, of what: String, into faults: inout [Diagnostic]) -> Node? {
    if let value = values[key] { return value }
    if case .mapping = node.content {
      faults.append(node.diagnostic("\(what) has no \(key)", expected: "the key \(key)"))
    }
    return nil
  }

  /// What `read` makes of a key's value; nil, and a fault, where it cannot.
  public func read<Value>(
    _ key: String,
    into faults: inout [Diagnostic],
    _ read: (Node) throws(Diagnostic) -> Value
  ) -> Value? {
    guard let node = values[key] else { return nil }
    do throws(Diagnostic) { return try read(node) } catch {
      faults.append(error)
      return nil
    }
  }

  public func string(_ key: String, into faults: inout [Diagnostic]) -> String? {
    read(key, into: &faults) { (node) throws(Diagnostic) in try node.string(of: key) }
  }

  public func amount(_ key: String, into faults: inout [Diagnostic]) -> ExactDecimal? {
    read(key, into: &faults) { (node) throws(Diagnostic) in try node.amount(of: key) }
  }

  public func boolean(_ key: String, into faults: inout [Diagnostic]) -> Bool? {
    read(key, into: &faults) { (node) throws(Diagnostic) in try node.boolean(of: key) }
  }

  /// One of the raw values of an enumeration.
  public func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String,
    into faults: inout [Diagnostic]
  ) -> Choice? where Choice.RawValue == String {
    read(key, into: &faults) { (node) throws(Diagnostic) in
      let text = try node.string(of: key)
      if let choice = Choice(rawValue: text) { return choice }
      let choices = Choice.allCases.map(\.rawValue)
      throw node.diagnostic(
        "\(key) is \"\(clipped(text))\"",
        expected: "one of \(choices.joined(separator: ", "))",
        hint: nearest(to: text, among: choices).map { "did you mean \($0)?" }
      )
    }
  }

  /// The elements of a list; none where the key is missing.
  public func list(_ key: String, into faults: inout [Diagnostic]) -> [Node]? {
    read(key, into: &faults) { (node) throws(Diagnostic) in try node.elements(of: key) }
  }

  /// The entries of a mapping; none where the key is missing.
  public func mapping(_ key: String, into faults: inout [Diagnostic]) -> [Node.Entry]? {
    read(key, into: &faults) { (node) throws(Diagnostic) in try node.entries(of: key) }
  }
}

/// The fault of a key that nobody knows, with the key it was probably meant to be.
public func unknownKey(
  _ key: Node.Key,
  of what: String,
  allowed: [String]
) -> Diagnostic {
  Diagnostic(
    "unknown key \"\(clipped(key.text))\" in \(what)",
    at: key.mark,
    expected: "one of \(allowed.joined(separator: ", "))",
    hint: nearest(to: key.text, among: allowed).map { "did you mean \($0)?" }
  )
}
