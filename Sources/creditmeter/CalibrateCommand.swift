import ArgumentParser
import CreditCore
import Reports
import Settings
import UsageStore
import Workflows

struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Fit uncertain rates to what the balance lost, and write them as a price book.",
    discussion: """
      What a unit costs where the price book has a range, or assumes a quantity, is fitted to the \
      credits that left the balance between snapshots, within the book's bounds. Operations that \
      always occur together are told as a sum.
      """
  )

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var bookOptions: BookOptions
  @OptionGroup var periodOptions: PeriodOptions

  @Option(help: "Only this organisation.")
  var org: String?

  @Option(help: ArgumentHelp("Write a price book with the rates found.", valueName: "file"))
  var write: String?

  @Option(help: "table or json.")
  var format: PlainFormat = .table

  func run() throws {
    let store = try UsageStore(path: databaseOptions.path, .reading)
    let now = bookOptions.now
    var question = ReconcileWorkflow.Question(now: now)
    let span = try periodOptions.resolve()
    (question.since, question.until, question.org) = (span.since, span.until, org)
    question.billingDay = try TeamSettings.current().billingDay
    let workflow = try CalibrateWorkflow(store, try bookOptions.shelf(), now: now)
    let report = try workflow.report(question)
    try Outcome.deliver(format == .json ? report.json : report.table)
    guard let write else { return }
    guard let book = report.book else {
      throw Outcome.Refused(reasons: ["no rate could be fitted by itself: no book is written"])
    }
    try Outcome.deliver(book, to: write)
  }
}
