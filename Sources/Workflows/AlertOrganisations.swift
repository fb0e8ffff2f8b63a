import CreditCore
import UsageStore

/// Organisations that rules are for, with what is known of their balances.
struct AlertOrganisations {
  /// Sorted by name.
  let names: [String]
  let balances: [String: NumberedSnapshot]
  /// The number of the snapshot that was stored last.
  let lastSnapshot: Int64
  /// The only one with a balance, which requests that name none belong to.
  let nameless: String?

  init(_ store: UsageStore, only org: String?, by now: Instant) throws {
    let balances = try store.latestBalances(by: now)
    lastSnapshot = try store.lastSnapshotNumber()
    var all = try store.organisations()
    let sole = balances.count == 1 ? balances.keys.first : nil
    nameless = sole.flatMap { $0.isEmpty ? nil : $0 }
    if nameless != nil { all.removeAll { $0.isEmpty } }
    if let org { all = [org] }
    self.balances = balances
    names = all
  }

  /// Those whose requests spend the balance of one.
  func spenders(of org: String) -> [String] { org == nameless ? [org, ""] : [org] }
}
