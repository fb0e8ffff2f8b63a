import ArgumentParser
import CreditCore
import Reports
import UsageStore
import Workflows

struct UsageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "usage",
    abstract: "Where the credits went: stored requests, grouped or one by one.",
    discussion: """
      Groups by any of \(Self.keys) and tag:NAME, \
      several separated by commas. Without --by, single requests are shown, the newest first.
      """
  )

  static var keys: String { UsageKey.names.joined(separator: ", ") }

  @OptionGroup var databaseOptions: DatabaseOptions

  @Option(help: ArgumentHelp("What to group by: operation,day.", valueName: "list"))
  var by: String?

  @Flag(help: "Show single requests.")
  var list = false

  @OptionGroup var periodOptions: PeriodOptions
  @OptionGroup var filterOptions: FilterOptions

  @Option(
    help: ArgumentHelp(
      "Columns to sort by: credits (largest first), day:desc; of single requests time, time:desc "
        + "or credits.",
      valueName: "list"
    )
  )
  var sort: String?

  @Option(help: "Show so many rows; a table of single requests shows 50 unless told.")
  var limit: Int?

  @Option(help: "table, json or csv.")
  var format: ListFormat = .table

  func validate() throws {
    if let limit, limit < 0 { throw ValidationError("--limit \(limit) is below 0") }
    if list, by != nil { throw ValidationError("--list shows single requests; leave --by out") }
  }

  func run() throws {
    var question = UsageWorkflow.Question()
    let period = try periodOptions.resolve()
    question.since = period.since
    question.until = period.until
    question.zone = period.zone
    question.filter = filterOptions.resolve()
    question.limit = limit
    question.by = try by.map(keys) ?? []
    let store = try UsageStore(path: databaseOptions.path, .reading)
    if question.by.isEmpty { return try showRequests(store, &question) }
    question.sort = try sort.map { try columns($0, question.by) } ?? []
    let report = try UsageWorkflow.report(store, question)
    switch format {
    case .table: try Outcome.deliver(report.table)
    case .json: try Outcome.deliver(report.json)
    case .csv: try Outcome.deliver(report.csv)
    }
  }

  private func showRequests(_ store: UsageStore, _ question: inout UsageWorkflow.Question) throws {
    let orders: [String: UsageStore.RequestOrder] = [
      "time": .oldestFirst, "time:asc": .oldestFirst, "time:desc": .newestFirst,
      "credits": .dearestFirst, "credits:desc": .dearestFirst,
    ]
    let name = sort ?? (format == .table ? "time:desc" : "time")
    guard let order = orders[name] else {
      throw ValidationError("--sort \(name): single requests are sorted by time or credits")
    }
    if format == .table, limit == nil { question.limit = 50 }
    var writer = RequestListWriter(format.listed, zone: question.zone.name) {
      try Outcome.deliver($0)
    }
    try UsageWorkflow.list(store, question, order: order, into: &writer)
  }

  private func keys(_ text: String) throws -> [UsageKey] {
    var keys: [UsageKey] = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      guard let key = UsageKey(name) else {
        let near = nearest(to: name, among: UsageKey.names).map { "; did you mean \($0)?" } ?? ""
        throw ValidationError("--by \(name): expected \(Self.keys) or tag:NAME\(near)")
      }
      if keys.contains(key) { throw ValidationError("--by \(text) names \(name) twice") }
      keys.append(key)
    }
    return keys
  }

  private func columns(_ text: String, _ by: [UsageKey]) throws -> [UsageWorkflow.Sort] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map(String.init).map { name in
      guard let sort = UsageWorkflow.Sort(name), sort.applies(to: by) else {
        let known = by.map(\.name) + UsageReport.numberNames
        throw ValidationError("--sort \(name): expected \(known.joined(separator: ", "))")
      }
      return sort
    }
  }
}

/// Forms of what has rows.
enum ListFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case json
  case csv

  var listed: RequestListWriter.Format {
    switch self {
    case .table: .table
    case .json: .json
    case .csv: .csv
    }
  }
}
