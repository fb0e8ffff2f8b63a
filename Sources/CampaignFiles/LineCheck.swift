import CreditCore
import Documents
import Rating

extension CampaignDecoder {
  /// Whether a line says its quantity once and wholly.
  func check(
    _ line: CampaignLine,
    _ vocabulary: LineVocabulary,
    _ waterfall: WaterfallFields,
    _ node: Node
  ) throws(Diagnostic) {
    let drivers = line.drivers.indices
    let given = drivers.filter { line.drivers[$0] != nil }
    var direct: [String] = []
    if let quantity = line.quantity { direct.append(quantity.unit.plural) }
    // What a plan charges by the record may also be counted in requests.
    let countIsQuantity = line.request == nil && line.quantity?.unit != .record
    if line.count != nil, countIsQuantity { direct.append("count") }
    if waterfall.providers != nil, let key = direct.first {
      throw node.fault(
        at: key,
        "both providers and \(key) are given",
        expected: vocabulary.driverNames
      )
    }
    if let first = direct.first,
      let other = direct.dropFirst().first ?? given.first.map({ vocabulary.drivers[$0].name })
    {
      throw node.fault(
        at: node.laterKey(of: first, other),
        "\(vocabulary.name) is given both \(first) and \(other)",
        expected: vocabulary.quantityKeys,
        hint: first == "count" || other == "count"
          ? "requests: says how many requests there are" : nil
      )
    }
    if given.isEmpty {
      if line.quantity != nil || line.count != nil { return }
      throw node.diagnostic(
        "\(vocabulary.name) has no quantity",
        expected: vocabulary.quantityKeys
      )
    }
    for index in drivers where line.drivers[index] == nil {
      let driver = vocabulary.drivers[index]
      if driver.defaultValue != nil || (driver.countsRequests && line.count != nil) { continue }
      throw node.diagnostic(
        "\(vocabulary.name) has \(vocabulary.drivers[given[0]].name) but no \(driver.name)",
        expected: vocabulary.quantityKeys
      )
    }
  }
}

extension Node {
  /// A fault at one of the mapping's keys.
  func fault(
    at key: String,
    _ message: String,
    expected: String,
    hint: String? = nil
  ) -> Diagnostic {
    guard case .mapping(let entries) = content,
      let entry = entries.first(where: { $0.key.text == key })
    else { return diagnostic(message, expected: expected, hint: hint) }
    return Diagnostic(message, at: entry.key.mark, expected: expected, hint: hint)
  }

  /// The one of two keys that stands later.
  fileprivate func laterKey(of one: String, _ other: String) -> String {
    guard case .mapping(let entries) = content else { return one }
    return entries.last { $0.key.text == one || $0.key.text == other }?.key.text ?? one
  }
}
