public import CreditCore

/// Usage and top-ups as FOCUS 1.2, the FinOps Open Cost and Usage Specification.
///
/// Credits are a virtual currency: rows of use are billed nothing, and their effective cost is
/// what their credits cost when they were bought. For every row, exactly: list cost = list unit
/// price x pricing quantity, and the cost in the pricing currency = credits.
public struct FocusExport: Sendable {
  public var rows: [FocusRow] = []
  /// Left out of the rows, since nobody knows what they cost.
  public var unpricedRequests: Int128 = 0
  private let provider: String

  public init(provider: String) { self.provider = provider }

  static let columns = [
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
    "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency",
    "ChargePeriodEnd", "ChargePeriodStart", "CommitmentDiscountStatus", "ConsumedQuantity",
    "ConsumedUnit", "ContractedCost", "ContractedUnitPrice", "EffectiveCost", "InvoiceId",
    "InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingCategory", "PricingCurrency",
    "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice", "PricingQuantity", "PricingUnit", "ProviderName",
    "PublisherName", "ServiceCategory", "ServiceName", "ServiceSubcategory", "SkuId", "SkuMeter",
    "SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName", "Tags", "x_Basis",
    "x_Credits", "x_Operation", "x_Plan", "x_PriceBook", "x_PriceConfidence", "x_Requests",
  ]

  /// - Throws: ``ArithmeticOverflow`` where an amount cannot be held exactly.
  public func csv() throws(ArithmeticOverflow) -> [UInt8] {
    var csv = CSV()
    csv.add(Self.columns.map(CSV.Cell.text))
    for row in rows {
      let values = try self.values(of: row)
      csv.add(Self.columns.map { values[$0] ?? .number(nil) })
    }
    return Array(csv.text.utf8)
  }

  /// The cells of a row, by column; what is left out is null.
  func values(of row: FocusRow) throws(ArithmeticOverflow) -> [String: CSV.Cell] {
    var values = common(row)
    // A plan that sells no credits gives them away.
    let usd = row.usdPerCredit ?? .zero
    let worth = try row.credits * usd
    if row.isPurchase {
      values["BilledCost"] = Self.decimal(worth)
      values["ListCost"] = Self.decimal(worth)
      values["ContractedCost"] = Self.decimal(worth)
      values["EffectiveCost"] = Self.decimal(.zero)
      values["ListUnitPrice"] = Self.decimal(usd)
      values["ContractedUnitPrice"] = Self.decimal(usd)
      values["PricingCurrency"] = .text("USD")
      values["PricingCurrencyListUnitPrice"] = Self.decimal(usd)
      values["PricingCurrencyContractedUnitPrice"] = Self.decimal(usd)
      values["PricingCurrencyEffectiveCost"] = Self.decimal(.zero)
      values["PricingQuantity"] = Self.decimal(row.credits)
      values["PricingUnit"] = .text("Credits")
      return values
    }
    let price = row.block?.price ?? .one
    let unitPrice = try price * usd
    let quantity = row.block?.count ?? row.credits
    values["BilledCost"] = Self.decimal(.zero)
    values["ListCost"] = Self.decimal(worth)
    values["ContractedCost"] = Self.decimal(worth)
    values["EffectiveCost"] = Self.decimal(worth)
    values["ListUnitPrice"] = Self.decimal(unitPrice)
    values["ContractedUnitPrice"] = Self.decimal(unitPrice)
    values["PricingCurrency"] = .text("Credits")
    values["PricingCurrencyListUnitPrice"] = Self.decimal(price)
    values["PricingCurrencyContractedUnitPrice"] = Self.decimal(price)
    values["PricingCurrencyEffectiveCost"] = Self.decimal(row.credits)
    values["PricingQuantity"] = Self.decimal(quantity)
    values["PricingUnit"] = .text(pricingUnit(row))
    if let unit = row.unit {
      values["ConsumedQuantity"] = Self.decimal(row.quantity)
      values["ConsumedUnit"] = .text(Self.name(unit))
    }
    return values
  }

  private func common(_ row: FocusRow) -> [String: CSV.Cell] {
    let account = row.org.isEmpty ? "no organisation" : row.org
    let name = capitalised(provider)
    let sku = row.isPurchase ? "credits" : row.operation
    return [
      "BillingAccountId": .text(Self.identifier(account)),
      "BillingAccountName": .text(account),
      "BillingCurrency": .text("USD"),
      "BillingPeriodStart": .text(row.period.start.description),
      "BillingPeriodEnd": .text(row.period.end.description),
      "ChargeCategory": .text(row.isPurchase ? "Purchase" : "Usage"),
      "ChargeClass": row.isCorrection ? .text("Correction") : .number(nil),
      "ChargeDescription": .text(row.title),
      "ChargeFrequency": .text(
        row.isPurchase ? (row.isRecurring ? "Recurring" : "One-Time") : "Usage-Based"
      ),
      "ChargePeriodStart": .text(row.start.description),
      "ChargePeriodEnd": .text(row.end.description),
      "InvoiceIssuerName": .text(name),
      "PricingCategory": .text("Standard"),
      "ProviderName": .text(name),
      "PublisherName": .text(name),
      "ServiceCategory": .text("Business Applications"),
      "ServiceSubcategory": .text("Other (Business Applications)"),
      "ServiceName": .text(row.isPurchase ? "\(name) credits" : "\(name) \(row.family)"),
      "SkuId": .text(sku),
      "SkuMeter": .text(row.isPurchase ? "Credits" : row.title),
      "SkuPriceId": .text(
        row.book.isEmpty ? "\(sku)@\(row.plan)" : "\(sku)@\(row.plan)@\(row.book)"
      ),
      "SubAccountId": .text(Self.identifier(account)),
      "SubAccountName": .text(account),
      "Tags": .text(row.tagText),
      "x_Basis": .text(row.isPurchase ? "" : row.basis.rawValue),
      "x_Credits": Self.decimal(row.credits),
      "x_Operation": .text(row.operation),
      "x_Plan": .text(row.plan),
      "x_PriceBook": .text(row.book),
      "x_PriceConfidence": .text(row.confidence?.rawValue ?? ""),
      "x_Requests": row.isPurchase ? .number(nil) : .number(row.requests.description),
    ]
  }

  /// Provider hits, or blocks of them: `1000 Tokens`.
  private func pricingUnit(_ row: FocusRow) -> String {
    guard let block = row.block, let unit = row.unit else { return "Credits" }
    let name = Self.name(unit)
    return block.size == .one ? name : "\(block.size) \(name)"
  }

  static func name(_ unit: Unit) -> String {
    unit.pluralWords.split(separator: " ").map { capitalised(String($0)) }.joined(separator: " ")
  }

  /// Readers of the format take what looks like a number for one.
  private static func identifier(_ text: String) -> String {
    let isNumber = text.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 == 0x2E || $0 == 0x2D }
    return isNumber ? "org:\(text)" : text
  }

  /// Always with a decimal point, by which readers know a decimal.
  private static func decimal(_ number: ExactDecimal) -> CSV.Cell {
    let text = number.normalized.description
    return .number(text.contains(".") ? text : text + ".0")
  }
}

private func capitalised(_ text: String) -> String {
  text.prefix(1).uppercased() + text.dropFirst()
}
