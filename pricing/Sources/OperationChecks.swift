import CreditCore
import Documents
import Rating

/// What a campaign line may say of every operation, so that no driver can have these names.
private let reservedNames: Set<String> = [
  "operation", "request", "label", "count", "requests", "credits_per_unit", "field", "providers",
  "verifier", "reject_rate",
]

extension BookDecoder {
  /// Faults that only an operation as a whole shows.
  mutating func check(_ operation: Operation, _ fields: Fields) {
    checkDrivers(operation, fields["drivers"] ?? fields.node)
    checkDriverReferences(operation, fields)
    if let waterfall = operation.waterfall, let node = fields["waterfall"] {
      check(waterfall, node)
    }
    checkPlaceholders(operation, fields["quantity_from"] ?? fields.node)
    for pattern in operation.requests {
      for condition in pattern.conditions where condition.values?.isEmpty == true {
        faults.append(
          (fields["requests"] ?? fields.node).diagnostic(
            "the condition on \(condition.name) allows no value",
            expected: "a value, or {any}"
          )
        )
      }
    }
  }

  private mutating func checkDrivers(_ operation: Operation, _ node: Node) {
    var seen: Set<String> = []
    for driver in operation.drivers {
      let name = driver.name
      if !seen.insert(name).inserted {
        faults.append(
          node.diagnostic("driver \(name) stands twice", expected: "each driver once")
        )
      }
      if reservedNames.contains(name) {
        faults.append(
          node.diagnostic(
            "driver \(name) has a name that every campaign line has",
            expected: "a name besides \(reservedNames.sorted().joined(separator: ", "))"
          )
        )
      }
      if !name.isPlainName {
        faults.append(
          node.diagnostic(
            "driver \"\(name)\"",
            expected: "a name in small letters, digits and _"
          )
        )
      }
      if driver.kind != .amount, let value = driver.defaultValue, value > .one {
        faults.append(
          node.diagnostic(
            "driver \(name) is a \(driver.kind.rawValue) but \(value) by default",
            expected: "a share from 0 to 1"
          )
        )
      }
    }
  }

  private mutating func checkDriverReferences(_ operation: Operation, _ fields: Fields) {
    let names = operation.drivers.map(\.name)
    let used: [(String?, Node?)] = [
      (operation.hold?.driver, fields["hold"]),
      (operation.rate.itemsPerRequest?.driver, fields["items_per_request"]),
    ]
    let onPlans = operation.planRates.keys.sorted().map { plan in
      (operation.planRates[plan]?.itemsPerRequest?.driver, fields["plans"])
    }
    for (name, node) in used + onPlans {
      guard let name, !names.contains(name) else { continue }
      faults.append(
        (node ?? fields.node).diagnostic(
          "\(operation.id) has no driver \"\(name)\"",
          expected: names.isEmpty ? "drivers" : "one of \(names.joined(separator: ", "))"
        )
      )
    }
  }

  private mutating func check(_ waterfall: Waterfall, _ node: Node) {
    for (what, ids) in [
      ("provider", waterfall.providers.map(\.id)), ("verifier", waterfall.verifiers.map(\.id)),
    ] {
      for (index, id) in ids.enumerated() where ids[..<index].contains(id) {
        faults.append(
          node.diagnostic("\(what) \(id) stands twice", expected: "each \(what) once")
        )
      }
    }
    for (field, providers) in waterfall.orders {
      for (index, id) in providers.enumerated() where providers[..<index].contains(id) {
        faults.append(
          node.diagnostic(
            "the order of \(field) asks \(id) twice",
            expected: "each provider once"
          )
        )
      }
    }
  }

  private mutating func checkPlaceholders(_ operation: Operation, _ node: Node) {
    for case .sequenceSteps(let name) in operation.quantityFormulas.joined()
    where !operation.requests.contains(where: { $0.segments.contains(.placeholder(name)) }) {
      faults.append(
        node.diagnostic(
          "no request of \(operation.id) has a placeholder {\(name)}",
          expected: "a name in braces of one of its paths"
        )
      )
    }
  }
}
