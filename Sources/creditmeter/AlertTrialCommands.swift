import Alerting
import ArgumentParser
import CreditCore
import LocalFiles
import Reports
import Settings
import UsageStore
import Workflows

// Rules that are tried, before they wake anybody.
extension AlertsCommand {
  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "test",
      abstract: "Run your own tests of the rules: what happens, and the messages expected.",
      discussion: "A test that fails shows expected beside got, and exits 3."
    )

    @OptionGroup var bookOptions: BookOptions

    @Option(help: ArgumentHelp("The rules, instead of those the file names.", valueName: "file"))
    var config: String?

    @Argument(help: "The file with the tests.")
    var file: String

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    func run() throws {
      let folder = try TemporaryFolder(in: Environment["TMPDIR"] ?? "/tmp")
      let settings = try TeamSettings.current()
      var setting = AlertSetting(AlertPlan())
      setting.zone = try settings.timezone.map { try Zones.named($0) } ?? .utc
      setting.weekStart = (settings.weekStart ?? .monday).number
      setting.billingDay = settings.billingDay
      let tests = RuleTestWorkflow(try bookOptions.shelf(), setting, in: folder.path)
      let report = try tests.run(file, alerts: config)
      try Outcome.deliver(format == .json ? report.json : report.table)
      if report.failures > 0 {
        let word = report.failures == 1 ? "test" : "tests"
        throw Outcome.Refused(reasons: ["\(report.failures) \(word) failed"])
      }
    }
  }

  struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "replay",
      abstract: "Run the rules over the stored past: how often they fire, how early, how wrongly.",
      discussion: "Nothing is sent or stored."
    )

    @OptionGroup var options: AlertOptions

    @Option(
      help: ArgumentHelp("From when on; four weeks before now unless told.", valueName: "time")
    )
    var since: Instant?

    @Option(help: ArgumentHelp("Until when; now unless told.", valueName: "time"))
    var until: Instant?

    @Option(help: ArgumentHelp("How often the rules are looked at.", valueName: "span"))
    var every: Span = Span(seconds: 3_600)

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    func run() throws {
      let end = until ?? options.bookOptions.now
      let start = since ?? Instant(microseconds: end.microseconds - 28 * 86_400_000_000)
      if start >= end { throw ValidationError("--until \(end) is not after --since \(start)") }
      if every.seconds < 60 { throw ValidationError("--every \(every): at least 1m") }
      let store = try UsageStore(path: options.databaseOptions.path, .reading)
      let workflow = try options.workflow(store)
      let report = try workflow.replay(since: start, until: end, every: every)
      try Outcome.deliver(format == .json ? report.json : report.table)
    }
  }
}

struct BudgetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "budget",
    abstract: "Budgets of alerts.yaml, and what of them is spent.",
    subcommands: [List.self],
    defaultSubcommand: List.self
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Every budget: used, left, and forecast for the end of its period."
    )

    @OptionGroup var options: AlertOptions

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    func run() throws {
      let store = try UsageStore(path: options.databaseOptions.path, .reading)
      let report = try options.workflow(store).budgets(now: options.bookOptions.now)
      try Outcome.deliver(format == .json ? report.json : report.table)
    }
  }
}
