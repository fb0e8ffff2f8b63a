import CreditCore

/// What a row of the provider's ledger or of its balances says, under whatever names.
enum BalanceKey: Int, CaseIterable {
  case time, org, id, amount, type, service, quantity, llmTier, details, balance, used, tier

  /// The first name is the one of messages; the earlier one counts where several are given.
  func names(of format: LogFormat) -> [String] {
    let isLedger = format == .transactions
    switch self {
    case .time:
      return [isLedger ? "created_at" : "time"]
        + ["timestamp", "ts", "time", "at", "@timestamp", "created_at", "date", "fetched_at"]
    case .org: return ["org_id", "org", "organization_id", "x_org_id", "customer_id"]
    case .id where isLedger: return ["id", "transaction_id"]
    case .amount where isLedger: return ["amount", "credits"]
    case .type where isLedger: return ["type"]
    case .service where isLedger: return ["service"]
    case .quantity where isLedger: return ["quantity"]
    case .llmTier where isLedger: return ["llm_tier"]
    case .details where isLedger: return ["description", "details"]
    case .balance where !isLedger: return ["balance", "available_credits"]
    case .used where !isLedger: return ["billing_period_used", "used", "total_used"]
    case .tier where !isLedger: return ["tier", "plan"]
    default: return []
    }
  }
}

/// Finds what the keys of balance and ledger rows mean.
struct BalanceKeys {
  let format: LogFormat
  private let names: [(name: [UInt8], key: BalanceKey, rank: Int)]

  /// Names of `format`, behind those that `mapped` adds.
  init(_ format: LogFormat, mapped: [(key: String, name: String)] = []) {
    self.format = format
    var names: [(name: [UInt8], key: BalanceKey, rank: Int)] = []
    for key in BalanceKey.allCases {
      let own = key.names(of: format)
      let further = mapped.filter { own.contains($0.key) }.map(\.name)
      for (rank, name) in (further + own).enumerated() {
        names.append((Array(name.utf8), key, rank))
      }
    }
    self.names = names
  }

  func find(_ name: Bytes) -> (key: BalanceKey, rank: Int)? {
    for known in names where known.name.count == name.count {
      if known.name.withUnsafeBufferPointer({ $0.equals(name) }) { return (known.key, known.rank) }
    }
    return nil
  }

  /// The name of a key in messages.
  func name(_ key: BalanceKey) -> String { key.names(of: format).first ?? "" }
}

/// The values of one row, as far as the row gives them.
struct BalanceRow {
  struct Value {
    var text: Bytes
    /// Where it stands in the row.
    var offset: Int
    /// Whether it is a text, and not a number.
    var isText: Bool
    /// The rank of the name that it was found under.
    var rank: Int
  }

  private var values: [Value?] = Array(repeating: nil, count: BalanceKey.allCases.count)

  /// The value of a key; nil where it is empty too.
  subscript(key: BalanceKey) -> Value? { values[key.rawValue] }

  /// Whether a value under a name of this rank would count.
  func wants(_ key: BalanceKey, rank: Int) -> Bool {
    values[key.rawValue].map { rank < $0.rank } ?? true
  }

  mutating func set(_ key: BalanceKey, _ value: Value) {
    if !value.text.isEmpty, wants(key, rank: value.rank) { values[key.rawValue] = value }
  }

  mutating func removeAll() { for index in values.indices { values[index] = nil } }

  // MARK: What the row says

  /// The entry that the row is.
  func entry(_ keys: BalanceKeys, _ latest: Instant?) throws(LogFault) -> LogEntry {
    let at = try time(keys, latest)
    let org = try text(.org, limit: RequestValues.idLimit)
    if keys.format == .snapshots {
      let balance = try credits(.balance, keys)
      let used = try credits(.used, keys)
      let tier = try text(.tier, limit: RequestValues.idLimit)
      if balance == nil, used == nil, tier == nil {
        throw missing("balance", expected: "balance, billing_period_used or tier")
      }
      let snapshot = Snapshot(
        org: org,
        at: at,
        balance: balance,
        billingPeriodUsed: used,
        tier: tier
      )
      return .snapshot(snapshot)
    }
    guard let amount = try credits(.amount, keys) else {
      throw missing("amount", expected: "an amount in every row")
    }
    let id = try text(.id, limit: RequestValues.idLimit)
    var entry = LedgerEntry(id: id, org: org, at: at, amount: amount)
    entry.type = try text(.type)
    entry.service = try text(.service)
    entry.llmTier = try text(.llmTier)
    entry.details = try text(.details)
    if let value = self[.quantity] {
      entry.quantity = try RequestValues.decimal(value.text, at: value.offset, of: "the quantity")
    }
    return .transaction(entry)
  }

  private func missing(_ what: String, expected: String) -> LogFault {
    LogFault(.missing, at: 0, "\(what) not given", expected: expected)
  }

  private func time(_ keys: BalanceKeys, _ latest: Instant?) throws(LogFault) -> Instant {
    guard let value = self[.time] else {
      throw missing(keys.name(.time), expected: "a time in every row")
    }
    let isNumber = !value.isText || value.text.allSatisfy { $0 &- 0x30 < 10 || $0 == 0x2E }
    let time =
      isNumber
      ? try RequestValues.epoch(value.text, at: value.offset)
      : try RequestValues.time(value.text, at: value.offset)
    if time < RequestValues.earliest {
      throw LogFault(.ancient, at: value.offset, "\(time) is before 2000", expected: "a later time")
    }
    if let latest, time > latest {
      throw LogFault(
        .future,
        at: value.offset,
        "\(time) is more than a day ahead",
        expected: "a time that has been"
      )
    }
    return time
  }

  /// Texts that are longer are cut.
  private static let textLimit = 4_096

  private func text(_ key: BalanceKey, limit: Int = Self.textLimit) throws(LogFault) -> String? {
    guard let value = self[key] else { return nil }
    if limit < Self.textLimit {
      return try RequestValues.id(value.text, at: value.offset, of: "the \(key)").text
    }
    return String(value.text.text.unicodeScalars.prefix(limit))
  }

  private func credits(_ key: BalanceKey, _ keys: BalanceKeys) throws(LogFault) -> Credits? {
    guard let value = self[key] else { return nil }
    return try RequestValues.signedCredits(value.text, at: value.offset, of: keys.name(key))
  }
}

extension RequestValues {
  static let earliest = Instant(microseconds: 946_684_800_000_000)

  /// An amount that may be below zero.
  ///
  /// What a floating-point number adds behind its fifteenth digit is rounded away; any other part
  /// finer than a millionth is a fault.
  static func signedCredits(
    _ bytes: Bytes,
    at offset: Int,
    of what: String
  ) throws(LogFault) -> Credits {
    let number = try decimal(bytes, at: offset, of: what)
    let exact = number.normalized
    if exact.scale > Credits.places, exact.significand.magnitude < 1_000_000_000_000_000 {
      throw LogFault(
        .range,
        at: offset,
        "\(what) is finer than a millionth",
        expected: "at most six decimals"
      )
    }
    guard let credits = try? Credits(rounding: number) else {
      throw LogFault(
        .range,
        at: offset,
        "\(what) is too large to be held exactly",
        expected: "at most 9,223,372,036,854"
      )
    }
    return credits
  }
}
