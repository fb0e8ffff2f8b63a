import CreditCore
import Rating

/// The keys that a line of one operation may have; a class, because every line looks at it.
final class LineVocabulary {
  enum Slot {
    case target
    case label
    case count
    case requests
    case creditsPerUnit
    case driver(Int, isShare: Bool)
    case quantity(Unit)
    case field
    case providers
    case verifier
    case rejectRate
  }

  /// The operation's id, for messages.
  let name: String
  let title: String?
  let drivers: [Driver]
  private(set) var slots: [String: Slot] = [:]
  private(set) var keys: [String] = []

  /// `operation`: nil for a request that no pattern matches.
  init(_ operation: Operation?) {
    name = operation?.id ?? "this request"
    title = operation?.title
    drivers = operation?.drivers ?? []
    add("operation", .target)
    add("request", .target)
    add("label", .label)
    for (index, driver) in drivers.enumerated() {
      add(driver.name, .driver(index, isShare: driver.kind != .amount))
    }
    if let operation {
      let rates =
        [operation.rate]
        + operation.planRates.keys.sorted().compactMap {
          operation.planRates[$0]
        }
      for rate in rates where slots[rate.unit.plural] == nil && rate.unit != .request {
        add(rate.unit.plural, .quantity(rate.unit))
      }
      if operation.waterfall != nil {
        add("field", .field)
        add("providers", .providers)
        add("verifier", .verifier)
        add("reject_rate", .rejectRate)
      }
    }
    add("count", .count)
    add("requests", .requests)
    add("credits_per_unit", .creditsPerUnit)
  }

  private func add(_ key: String, _ slot: Slot) {
    if slots.updateValue(slot, forKey: key) == nil { keys.append(key) }
  }

  var driverNames: String {
    let names = drivers.filter { $0.kind != .saving }.map(\.name)
    let savings = drivers.filter { $0.kind == .saving }.map { " x (1 - \($0.name))" }
    return names.joined(separator: " x ") + savings.joined()
  }

  /// What can say the quantity, for messages.
  var quantityKeys: String {
    var names = drivers.isEmpty ? [] : [driverNames]
    for key in keys {
      if case .quantity? = slots[key] { names.append(key) }
    }
    return (names + ["count"]).joined(separator: ", or ")
  }
}
