import ArgumentParser
import CreditCore
import Reports
import UsageStore
import Workflows

struct SyncCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Take in graph8's own balance, credit ledger and log of requests.",
    discussion: """
      What is known already is not stored again. The key is in G8_API_KEY, or in a file that only \
      you may read, which G8_API_KEY_FILE names. CREDITMETER_API_URL is where graph8's API is.
      """
  )

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var bookOptions: BookOptions
  @OptionGroup var graph8: Graph8Options

  @Option(help: "table or json.")
  var format: PlainFormat = .table

  func run() throws {
    let shelf = try bookOptions.shelf()
    let endpoint = try graph8.endpoint()
    StopSignals.watch()
    let client = try graph8.client(shelf, now: bookOptions.now)
    let store = try UsageStore(
      path: databaseOptions.path,
      .writing(holder: "creditmeter sync")
    )
    let progress = ProgressLine()
    let workflow = SyncWorkflow(client, store, shelf, now: bookOptions.now)
    workflow.onPage = { progress.show($0) }
    let report = try workflow.run(endpoint)
    progress.erase()
    try Outcome.deliver(format == .json ? report.json : report.table)
    for fault in report.faults.dropLast() { Outcome.say("error: \(fault)") }
    if let last = report.faults.last { throw EnvironmentFault(last) }
  }
}
