import CreditCore

/// What changed from one price book to another.
public struct BookDifference: Sendable {
  public struct Change: Sendable {
    /// An operation's id, `plan payg`, or `requests per second`.
    public var what: String
    /// `price`, `metering`, `requests`, …; or `added` or `removed` for the whole.
    public var aspect: String
    public var before: String?
    public var after: String?
  }

  public let changes: [Change]

  public init(from old: PriceBook, to new: PriceBook) {
    var changes: [Change] = []
    func note(_ what: String, _ aspect: String, _ before: String?, _ after: String?) {
      if before != after {
        changes.append(Change(what: what, aspect: aspect, before: before, after: after))
      }
    }
    note(
      "base paths",
      "paths",
      old.basePaths.joined(separator: ", "),
      new.basePaths.joined(separator: ", ")
    )
    note(
      "requests per second",
      "limit",
      old.requestsPerSecond.value.description,
      new.requestsPerSecond.value.description
    )
    for id in Self.union(old.plans.map(\.id), new.plans.map(\.id)) {
      let (a, b) = (old.plan(id), new.plan(id))
      guard let a, let b else {
        note("plan \(id)", a == nil ? "added" : "removed", a?.title, b?.title)
        continue
      }
      note(
        "plan \(id)",
        "USD a credit",
        a.usdPerCredit?.description ?? "none",
        b.usdPerCredit?.description ?? "none"
      )
      note("plan \(id)", "at zero", a.atZero ?? "unknown", b.atZero ?? "unknown")
      note(
        "plan \(id)",
        "included",
        a.included.map { "\($0.credits) \($0.per)" } ?? "none",
        b.included.map { "\($0.credits) \($0.per)" } ?? "none"
      )
    }
    let plans = [nil] + Self.union(old.plans.map(\.id), new.plans.map(\.id)).map(Optional.some)
    for id in Self.union(old.operations.map(\.id), new.operations.map(\.id)) {
      let (a, b) = (old.operation(id), new.operation(id))
      guard let a, let b else {
        note(id, a == nil ? "added" : "removed", a?.rate.summary, b?.rate.summary)
        continue
      }
      for plan in plans {
        let (before, after) = (plan.map(a.rate(on:)) ?? a.rate, plan.map(b.rate(on:)) ?? b.rate)
        if let plan, a.planRates[plan] == nil, b.planRates[plan] == nil { continue }
        let on = plan.map { " on \($0)" } ?? ""
        note(id, "rate" + on, before.summary, after.summary)
        note(id, "by default" + on, before.defaults, after.defaults)
        note(
          id,
          "confidence" + on,
          before.provenance.confidence.rawValue,
          after.provenance.confidence.rawValue
        )
      }
      for (aspect, text) in Self.aspects { note(id, aspect, text(a), text(b)) }
    }
    self.changes = changes
  }

  /// What an operation says besides its rates, as text that can be compared.
  private static let aspects: [(String, @Sendable (Operation) -> String)] = [
    ("title", { $0.title }),
    ("requests", { $0.requests.map(\.description).sorted().joined(separator: ", ") }),
    ("drivers", { $0.drivers.map(describe).joined(separator: " x ") }),
    ("quantity from", { $0.quantityFormulas.map { "\($0)" }.joined(separator: " or ") }),
    ("credits from", { $0.creditPointers.map { "\($0)" }.joined(separator: " or ") }),
    ("repeats", { $0.repeats.map { "\($0.within) days by \($0.toldBy.rawValue)" } ?? "none" }),
    ("hold", { $0.hold.map { "\($0.driver) x price x \($0.factor)" } ?? "none" }),
    ("providers", { ($0.waterfall?.providers ?? []).map(describe).joined(separator: "; ") }),
    (
      "verifiers",
      { ($0.waterfall?.verifiers ?? []).map { "\($0.id) \($0.price)" }.joined(separator: ", ") }
    ),
  ]

  private static func describe(_ driver: Driver) -> String {
    driver.name + (driver.defaultValue.map { " (\($0))" } ?? "")
      + (driver.kind == .amount ? "" : " \(driver.kind.rawValue)")
  }

  private static func describe(_ provider: Waterfall.Provider) -> String {
    let prices = provider.prices.map { "\($0.field) \($0.price)" }.joined(separator: ", ")
    return "\(provider.id): \(prices)" + (provider.ownKeyOnly ? ", own key only" : "")
  }

  private static func union(_ left: [String], _ right: [String]) -> [String] {
    Set(left).union(right).sorted()
  }
}

extension Rate {
  /// Units of one request that nothing tells, and items that one carries.
  fileprivate var defaults: String {
    let units = defaultQuantity.map { "\($0.value) \(unit.rawValue) a request" } ?? "unknown"
    guard let items = itemsPerRequest else { return units }
    let count: String =
      switch items.count {
      case .all: "all"
      case .items(let number): number.description
      }
    return "\(units), \(count) \(items.driver ?? unit.rawValue) carried"
  }

  /// Metering, price, unit and rounding in a few words: `metered 1 per 1000 token up`.
  fileprivate var summary: String {
    guard metering == .metered else { return metering.rawValue }
    guard let price else { return "metered, no price" }
    let bounds = price.bounds
    let range =
      bounds.isRanged ? "\(bounds.low)/\(bounds.expected)/\(bounds.high)" : "\(bounds.expected)"
    let limits = bounds.isRanged ? " within \(price.min) and \(price.max)" : ""
    return "metered \(range)\(limits) per \(per) \(unit.rawValue) \(rounding.rawValue)"
  }
}
