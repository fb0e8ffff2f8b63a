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

  public static let defaultPlan = "platform"

  private let book: PriceBook

  public init(book: PriceBook) { self.book = book }

  /// - Throws: ``BadInput`` for files that cannot be used, ``Misuse`` for a question that cannot.
  public func answer(_ question: Question) throws -> EstimateReport {
    let reader = CampaignReader(book: book)
    let campaigns = try reader.campaigns(question.files, settings: question.settings)
    let plan = try self.plan(question.plan, campaigns, question.files)
    let balance = try question.balance ?? self.balance(campaigns, question.files)
    let estimator = Estimator(book: book, plan: plan)
    var report: EstimateReport
    do {
      report = EstimateReport(estimate: try estimator.estimate(campaigns, balance: balance))
    } catch { throw BadInput(error) }
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
      do {
        let estimate = try estimator.estimate(old, balance: balance)
        report.comparison = try Comparison(from: estimate, to: report.estimate)
      } catch let error as Diagnostic { throw BadInput(error) }
    }
    return report
  }

  private func plan(
    _ asked: String?,
    _ campaigns: [Campaign],
    _ files: [SourceText]
  ) throws -> Plan {
    let named = campaigns.filter { $0.plan != nil }
    if asked == nil, let first = named.first,
      let other = named.first(where: { $0.plan != first.plan })
    {
      throw disagreement("plan", first.file, other.file, files, option: "--plan")
    }
    return try plan(named: asked ?? named.first?.plan ?? Self.defaultPlan)
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

  private func balance(_ campaigns: [Campaign], _ files: [SourceText]) throws -> Credits? {
    let named = campaigns.filter { $0.balance != nil }
    if let first = named.first, let other = named.first(where: { $0.balance != first.balance }) {
      throw disagreement("balance", first.file, other.file, files, option: "--balance")
    }
    return named.first?.balance
  }

  private func disagreement(
    _ what: String,
    _ first: String,
    _ other: String,
    _ files: [SourceText],
    option: String
  ) -> BadInput {
    let source = files.first { $0.name == other } ?? SourceText(name: other, bytes: [])
    let line = String(decoding: source.bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
      .firstIndex { $0.hasPrefix(what + ":") }
    return BadInput(
      Diagnostic(
        "another \(what) than in \(first)",
        at: SourceMark(source: source, line: (line ?? 0) + 1, column: 1, width: what.count),
        expected: "one \(what) for all files",
        hint: "\(option) chooses one for this run"
      )
    )
  }
}

extension Files {
  /// The templates of a folder, or the shipped ones.
  public static func templates(in folder: String?) -> Templates {
    guard let folder else { return .shipped }
    return Templates { (name) throws(EnvironmentFault) in
      String(decoding: try read(folder + "/" + name).bytes, as: UTF8.self)
    }
  }
}
