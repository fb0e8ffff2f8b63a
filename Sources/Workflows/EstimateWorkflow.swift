public import CampaignFiles
public import CreditCore
public import Rating
public import Reports

/// Prices campaign files.
public struct EstimateWorkflow {
  /// What a person asks for.
  public struct Question {
    public var files: [SourceText]
    public var settings: [Setting] = []
    /// Overrides the files' plan.
    public var plan: String?
    /// Overrides the files' balance.
    public var balance: Credits?
    public var gate = Gate()
    public var fit: FitAmount?
    /// A campaign to set the files beside.
    public var compared: SourceText?
    /// What a database knows.
    public var defaults: EstimateDefaults?

    public init(files: [SourceText]) { self.files = files }
  }

  public enum FitAmount {
    case credits(Credits)
    case balance
  }

  /// A question that contradicts itself; the message says how.
  public struct Misuse: Error, CustomStringConvertible {
    public let description: String
  }

  private let book: PriceBook

  public init(book: PriceBook) { self.book = book }

  /// - Throws: ``BadInput`` for files that cannot be used, ``Misuse`` for a question that cannot.
  public func answer(_ question: Question) throws -> EstimateReport {
    let reader = CampaignReader(book: book)
    let campaigns = try reader.campaigns(question.files, settings: question.settings)
    let plan = try self.plan(question.plan, campaigns, question.defaults)
    let given = try question.balance ?? self.balance(campaigns)
    let snapshot = given == nil ? question.defaults?.snapshot : nil
    let balance = given ?? snapshot?.balance
    let estimator = Estimator(book: book, plan: plan)
    var report: EstimateReport
    do {
      report = EstimateReport(estimate: try estimator.estimate(campaigns, balance: balance))
    } catch { throw BadInput(error) }
    report.balanceAt = snapshot?.at
    report.record = question.defaults?.record
    if balance == nil, let count = question.defaults?.undecided {
      report.estimate.warnings.append(
        "\(count) organisations have a balance in the database; --org says whose this is"
      )
    }
    report.objections = question.gate.objections(to: report.estimate)
    switch question.fit {
    case .credits(let amount): report.fit = try report.estimate.fit(amount)
    case .balance:
      guard let balance else {
        throw Misuse(description: "--fit balance needs a balance: give --balance or --fit CREDITS")
      }
      report.fit = try report.estimate.fit(balance)
    case nil: break
    }
    if let compared = question.compared {
      let old = try reader.campaigns([compared])
      let oldPlan = try self.plan(question.plan, old, question.defaults)
      do {
        let estimate = try Estimator(book: book, plan: oldPlan).estimate(old, balance: balance)
        report.comparison = try Comparison(from: estimate, to: report.estimate)
      } catch let error as Diagnostic { throw BadInput(error) }
    }
    return report
  }

  private func plan(
    _ asked: String?,
    _ campaigns: [Campaign],
    _ defaults: EstimateDefaults?
  ) throws(BadInput) -> Plan {
    let named = campaigns.filter { $0.plan != nil }
    if asked == nil, let first = named.first,
      let other = named.first(where: { $0.plan != first.plan }), let mark = other.planMark
    {
      throw disagreement("plan", first.file, at: mark, option: "--plan")
    }
    return try plan(named: asked ?? named.first?.plan ?? defaults?.plan ?? PriceBook.defaultPlan)
  }

  /// The plan of an id that somebody typed.
  public func plan(named id: String) throws(BadInput) -> Plan {
    if let plan = book.plan(id) { return plan }
    let known = book.plans.map(\.id)
    let source = SourceText(name: "--plan", bytes: Array(id.utf8))
    throw BadInput(
      Diagnostic(
        "unknown plan \"\(printable(id))\"",
        at: SourceMark(source: source, line: 1, column: 1, width: id.unicodeScalars.count),
        expected: "one of \(known.joined(separator: ", "))",
        hint: nearest(to: id, among: known).map { "did you mean \($0)?" }
      )
    )
  }

  private func balance(_ campaigns: [Campaign]) throws(BadInput) -> Credits? {
    let named = campaigns.filter { $0.balance != nil }
    if let first = named.first, let other = named.first(where: { $0.balance != first.balance }),
      let mark = other.balanceMark
    {
      throw disagreement("balance", first.file, at: mark, option: "--balance")
    }
    return named.first?.balance
  }

  private func disagreement(
    _ what: String,
    _ first: String,
    at mark: SourceMark,
    option: String
  ) -> BadInput {
    BadInput(
      Diagnostic(
        "another \(what) than in \(first)",
        at: mark,
        expected: "one \(what) for all files",
        hint: "\(option) chooses one for this run"
      )
    )
  }
}
