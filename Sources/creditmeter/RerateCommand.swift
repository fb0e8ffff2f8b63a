import ArgumentParser
import CreditCore
import Reports
import UsageStore
import Workflows

struct RerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rerate",
    abstract: "What stored usage costs under other price books; --apply stores it.",
    discussion: """
      Each request is priced with the book in force when it happened. Nothing but credits, and how \
      they are known, changes: credits that were measured stay, as do all quantities.
      """
  )

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var bookOptions: BookOptions
  @OptionGroup var periodOptions: PeriodOptions

  @Option(help: "Only this organisation; may be repeated.")
  var org: [String] = []

  @Flag(help: "Store what usage costs under the books.")
  var apply = false

  @Option(help: "table or json.")
  var format: PlainFormat = .table

  func run() throws {
    let period = try periodOptions.resolve()
    var question = RerateWorkflow.Question()
    question.orgs = org
    question.since = period.since
    question.until = period.until
    let shelf = try bookOptions.shelf()
    let path = try databaseOptions.path
    // What is not there is not made.
    var store = try UsageStore(path: path, .reading)
    if apply { store = try UsageStore(path: path, .writing(holder: "creditmeter rerate")) }
    let report =
      apply
      ? try RerateWorkflow.apply(store, shelf, question)
      : try RerateWorkflow.compare(store, shelf, question)
    try Outcome.deliver(format == .json ? report.json : report.table)
  }
}
