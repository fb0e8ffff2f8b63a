import ArgumentParser
import CreditCore
import LocalFiles
import Reports
import Settings
import UsageStore
import Workflows

struct ForecastCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast",
    abstract: "What will be spent day by day, and when the credits run out.",
    discussion: """
      Models are chosen by how well they would have told the organisation's own past, and how well \
      that was is printed. With --plan, campaign files are laid over the forecast; with --series, \
      a CSV file of date,value is forecast instead of the database.
      """
  )

  @Option(help: ArgumentHelp("How far to look: 28d, 12w.", valueName: "span"))
  var horizon: Span = Span(seconds: 28 * 86_400)

  @Option(help: ArgumentHelp("What is left now, instead of the latest snapshot.", valueName: "n"))
  var balance: CreditAmount?

  @Option(help: ArgumentHelp("A CSV file of date,value in equal steps, or -.", valueName: "file"))
  var series: String?

  @Option(help: ArgumentHelp("A planned campaign; may be repeated.", valueName: "file"))
  var plan: [String] = []

  @Option(help: ArgumentHelp("The day on which the campaigns start: today.", valueName: "day"))
  var planStart: String?

  @Option(help: "Only this organisation.")
  var org: String?

  @Option(
    help: ArgumentHelp("The zone that days are of, such as Europe/Berlin.", valueName: "zone")
  )
  var timezone: String?

  @Option(help: "table or json.")
  var format: PlainFormat = .table

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var bookOptions: BookOptions

  func validate() throws {
    if horizon.seconds == 0 {
      throw ValidationError("--horizon 0: expected a span such as 28d")
    }
    if series != nil, !plan.isEmpty || org != nil {
      throw ValidationError("--series is of no organisation: leave --plan and --org out")
    }
    if let planStart, CivilDate(planStart) == nil {
      throw ValidationError("--plan-start \(planStart): expected a day such as 2026-11-18")
    }
  }

  func run() throws {
    let report = try series.map(ofFile) ?? ofDatabase()
    try Outcome.deliver(format == .json ? report.json : report.table)
  }

  private func ofFile(_ path: String) throws -> ForecastReport {
    try SeriesForecast.report(
      try Files.read(path),
      horizon: horizon,
      balance: balance?.credits.decimal
    )
  }

  private func ofDatabase() throws -> ForecastReport {
    let days = horizon.seconds / 86_400
    if days > ForecastWorkflow.longestHorizon {
      throw ValidationError("--horizon \(horizon): at most \(ForecastWorkflow.longestHorizon)d")
    }
    let settings = try TeamSettings.current()
    var question = ForecastWorkflow.Question(now: bookOptions.now)
    question.zone =
      try (timezone ?? Environment["CREDITMETER_TIMEZONE"] ?? settings.timezone).map(Zones.named)
      ?? .utc
    (question.org, question.horizon, question.balance) = (org, horizon, balance?.credits)
    question.plans = try plan.map { try Files.read($0) }
    question.planStart = planStart.flatMap { CivilDate($0) }
    question.billingDay = settings.billingDay
    let store = try UsageStore(path: databaseOptions.path, .reading)
    return try ForecastWorkflow(store, try bookOptions.shelf()).report(question)
  }
}
