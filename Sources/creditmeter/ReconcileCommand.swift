import ArgumentParser
import CreditCore
import Reports
import Settings
import UsageStore
import Workflows

struct ReconcileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconcile",
    abstract: "What graph8 took beside what the requests explain, between balance snapshots."
  )

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var bookOptions: BookOptions
  @OptionGroup var periodOptions: PeriodOptions

  @Option(help: "Only this organisation.")
  var org: String?

  @Option(help: "table or json.")
  var format: PlainFormat = .table

  func run() throws {
    let store = try UsageStore(path: databaseOptions.path, .reading)
    var question = ReconcileWorkflow.Question(now: bookOptions.now)
    let span = try periodOptions.resolve()
    (question.since, question.until, question.org) = (span.since, span.until, org)
    question.billingDay = try TeamSettings.current().billingDay
    let report = try ReconcileWorkflow(store, try bookOptions.shelf()).report(question)
    try Outcome.deliver(format == .json ? report.json : report.table)
  }
}
