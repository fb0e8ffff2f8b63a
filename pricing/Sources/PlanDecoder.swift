import CreditCore
import Documents
import Rating

extension BookDecoder {
  private static let planKeys = [
    "title", "included", "usd_per_credit", "at_zero", "source", "confidence", "note", "disputed",
  ]

  mutating func plans(_ fields: Fields, _ base: PriceBook?) -> [Plan] {
    var plans = base?.plans ?? []
    for entry in fields.mapping("plans", into: &faults) ?? [] {
      let id = entry.key.text
      let old = plans.first { $0.id == id }
      let detail = Fields(entry.value, of: "plan \(id)", allowed: Self.planKeys, into: &faults)
      if old == nil { _ = detail.required("title", of: "plan \(id)", into: &faults) }
      let plan = Plan(
        id: id,
        title: detail.string("title", into: &faults) ?? old?.title ?? id,
        included: included(detail) ?? old?.included,
        usdPerCredit: detail.amount("usd_per_credit", into: &faults) ?? old?.usdPerCredit,
        atZero: atZero(detail) ?? old?.atZero,
        provenance: provenance(
          detail,
          fallback: old?.provenance ?? Provenance(source: "", confidence: .assumed)
        )
      )
      if let place = plans.firstIndex(where: { $0.id == id }) {
        plans[place] = plan
      } else {
        plans.append(plan)
      }
    }
    return plans
  }

  private mutating func included(_ fields: Fields) -> Plan.Included? {
    guard let node = fields["included"] else { return nil }
    let detail = Fields(node, of: "included", allowed: ["credits", "per"], into: &faults)
    _ = detail.required("credits", of: "included", into: &faults)
    guard let credits = detail.amount("credits", into: &faults) else { return nil }
    let per: Period = detail.choice("per", into: &faults) ?? .once
    return Plan.Included(credits: credits, per: per.rawValue)
  }

  private mutating func atZero(_ fields: Fields) -> String? {
    let end: AtZero? = fields.choice("at_zero", into: &faults)
    return end?.rawValue
  }

  /// What happens to requests when no credit is left.
  private enum AtZero: String, CaseIterable {
    case refused
    case overage
    case paused
  }

  private enum Period: String, CaseIterable {
    case once
    case month
  }
}
