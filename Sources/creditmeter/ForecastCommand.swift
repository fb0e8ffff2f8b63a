import ArgumentParser
import CampaignFiles
import CreditCore
import Reports
import Settings
import UsageStore
import Workflows

struct ForecastCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast",
    abstract: "What will be spent, when the credits run out, and what the period comes to.",
    discussion: """
      Forecasts the credits of each day from stored requests, or with --series any numbers at \
      equal steps. Every forecast says how it did on the past.
      """
  )

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var bookOptions: BookOptions

  @Option(help: ArgumentHelp("How far ahead, such as 28d.", valueName: "span"))
  var horizon: Span = ForecastWorkflow.usualHorizon

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Credits available now, instead of the latest snapshot.",
      valueName: "credits"
    )
  )
  var balance: CreditAmount?

  @Option(
    help: ArgumentHelp(
      "A CSV of date,value at equal steps, instead of the database; - reads standard input.",
      valueName: "file"
    )
  )
  var series: String?

  @Option(help: ArgumentHelp("Planned campaigns with their days.", valueName: "file"))
  var plan: String?

  @Option(help: "Only this organisation.")
  var org: String?

  @Option(
    help: ArgumentHelp(
      "The zone that days are of, such as Europe/Berlin.",
      discussion: "Also CREDITMETER_TIMEZONE, and timezone in creditmeter.yaml.",
      valueName: "zone"
    )
  )
  var timezone: String?

  @Option(help: "table or json.")
  var format: PlainFormat = .table

  func validate() throws {
    if series != nil, org != nil {
      throw ValidationError("--org is of the database; leave it out with --series")
    }
    if series == "-", plan == "-" { throw ValidationError("standard input (-) can be read once") }
  }

  func run() throws {
    let settings = try TeamSettings.current()
    let zone = try (timezone ?? Environment["CREDITMETER_TIMEZONE"] ?? settings.timezone)
      .map(Zones.named)
    var question = ForecastWorkflow.Question(now: bookOptions.now)
    question.zone = zone ?? .utc
    (question.horizon, question.balance) = (horizon, balance?.credits)
    (question.org, question.billingDay) = (org, settings.billingDay)
    question.plan = try plan.map { try PlanFile(try Files.read($0)) }
    let report: ForecastReport
    if let series {
      let values = try SeriesFiles.read(series, in: zone, knownBy: bookOptions.asOf)
      try check(ForecastWorkflow.objection(to: horizon, of: values))
      let name = series == "-" ? "standard input" : series
      report = try ForecastWorkflow.report(values, named: name, question, bookOptions.shelf())
    } else {
      try check(ForecastWorkflow.objection(to: horizon))
      let store = try UsageStore(path: databaseOptions.path, .reading)
      report = try ForecastWorkflow(store, try bookOptions.shelf()).report(question)
    }
    try Outcome.deliver(format == .json ? report.json : report.table)
  }

  private func check(_ objection: String?) throws {
    if let objection { throw ValidationError("--horizon \(horizon): \(objection)") }
  }
}
