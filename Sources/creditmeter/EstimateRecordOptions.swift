import ArgumentParser
import CreditCore
import LocalFiles
import Rating
import Reports
import Settings
import UsageStore
import Workflows

/// What an estimate has to do with the database.
struct EstimateRecordOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Keep the estimate under a name.", valueName: "name"))
  var save: String?

  @Option(help: ArgumentHelp("Set a kept estimate beside what then happened.", valueName: "name"))
  var actual: String?

  @Option(
    help: ArgumentHelp(
      "With --actual, usage that has this tag; may be repeated.",
      valueName: "name=value"
    )
  )
  var tag: [String] = []

  @Option(
    help: ArgumentHelp(
      "Whose balance and usage it is; may be left out where there is one.",
      valueName: "org"
    )
  )
  var org: String?

  @OptionGroup var periodOptions: PeriodOptions
  @OptionGroup var databaseOptions: DatabaseOptions

  func validate() throws {
    if let save, save.isEmpty || save.utf8.count > 200 {
      throw ValidationError("--save: expected a name of up to 200 characters")
    }
    if save != nil, actual != nil {
      throw ValidationError("--save and --actual exclude each other")
    }
    let isAboutUsage =
      !tag.isEmpty || periodOptions.since != nil || periodOptions.until != nil
    if actual == nil, isAboutUsage {
      throw ValidationError("--tag, --since and --until are about usage; they need --actual")
    }
  }

  /// What the database knows; nil where there is none.
  func defaults(_ book: PriceBook, _ now: Instant) throws -> EstimateDefaults? {
    let path = try databaseOptions.path
    guard Files.exists(path) else {
      if databaseOptions.database == nil || save != nil { return nil }
      throw EnvironmentFault("there is no database \(path)")
    }
    let store = try UsageStore(path: path, .reading)
    return try EstimateDefaults(store, org: try holder, by: now, book: book)
  }

  private var holder: String? {
    get throws { try org ?? Environment["G8_ORG_ID"] ?? TeamSettings.current().graph8?.org }
  }

  func save(_ report: EstimateReport, _ now: Instant) throws {
    guard let save else { return }
    let store = try UsageStore(
      path: try databaseOptions.path,
      .writing(holder: "creditmeter estimate")
    )
    try EstimateRecordWorkflow.save(report, as: save, at: now, in: store)
    Outcome.say("kept as \"\(printable(save))\"")
  }

  func compare(_ name: String, _ format: EstimateReport.Format, _ now: Instant) throws {
    guard format == .table || format == .json else {
      throw ValidationError("--actual is shown as table or json")
    }
    let path = try databaseOptions.path
    guard Files.exists(path) else { throw EnvironmentFault("there is no database \(path)") }
    let period = try periodOptions.resolve()
    var question = EstimateRecordWorkflow.Question()
    (question.since, question.until) = (period.since, period.until)
    question.filter.tags = tag.map { UsageFilter.Tag($0) }
    question.filter.orgs = org.map { [$0] } ?? []
    let store = try UsageStore(path: path, .writing(holder: "creditmeter estimate"))
    let report = try EstimateRecordWorkflow.compare(name, question, in: store)
    try Outcome.deliver(format == .json ? report.json : report.table)
    if try !EstimateRecordWorkflow.keep(report, at: now, in: store) {
      Outcome.say("no such usage is stored, so nothing was kept")
    }
  }
}
