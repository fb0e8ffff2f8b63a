public import ArgumentParser
public import CreditCore
public import Reports
public import Settings
import UsageStore
import Workflows

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Where the credits of a week, a day or a month went, against the one before.",
    discussion: """
      Without a period, the last week (day, month) that is over. A report of a period that is over \
      is remembered, and a later change of it, by late logs or other prices, is named in the next.
      """
  )

  @Argument(help: "weekly, daily or monthly; told by --period, else weekly.")
  var kind: CalendarPeriod.Kind?

  @Option(help: "2026-W47, 2026-11-18 or 2026-11.")
  var period: String?

  @Option(
    help: ArgumentHelp("The zone that days are of, such as Europe/Berlin.", valueName: "zone")
  )
  var timezone: String?

  @Option(help: ArgumentHelp("The day that weeks start on: monday.", valueName: "day"))
  var weekStart: Weekday?

  @Option(
    help: ArgumentHelp(
      "What rows are: \(Self.keys) or tag:NAME.",
      valueName: "key"
    )
  )
  var by: String = "operation"

  @Option(help: "Only this organisation.")
  var org: String?

  @Flag(
    help: "Look at requests one by one, however many there are, for calls that brought nothing."
  )
  var full = false

  @Option(help: "table, markdown, html, json or csv.")
  var format: PeriodReport.Format = .table

  @Option(help: ArgumentHelp("Write the result to a file.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "A folder with a team's own report.mustache and style.css.",
      valueName: "dir"
    )
  )
  var templates: String?

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var bookOptions: BookOptions

  private static let byKeys: [UsageKey] = [
    .operation, .family, .path, .status, .org, .method, .basis, .metering, .unit, .book, .plan,
  ]
  private static var keys: String { byKeys.map(\.name).joined(separator: ", ") }

  func run() throws {
    let settings = try TeamSettings.current()
    let zone =
      try (timezone ?? Environment["CREDITMETER_TIMEZONE"] ?? settings.timezone).map(Zones.named)
      ?? .utc
    // To the second, as people read it.
    let now = Instant(microseconds: bookOptions.now.microseconds / 1_000_000 * 1_000_000)
    var question = ReportWorkflow.Question(
      period: try chosenPeriod(now, zone, weekStart ?? settings.weekStart ?? .monday),
      now: now
    )
    question.zone = zone
    question.by = try key()
    question.org = org
    question.billingDay = settings.billingDay
    question.readsAll = full
    let store = try UsageStore(path: databaseOptions.path, .reading)
    let report = try ReportWorkflow(store, try bookOptions.shelf()).report(question)
    let rendered = try report.rendered(as: format, templates: .inFolder(templates))
    try Outcome.deliver(rendered, to: output)
  }

  private func chosenPeriod(
    _ now: Instant,
    _ zone: Zone,
    _ start: Weekday
  ) throws -> CalendarPeriod {
    let weekStart = start.number
    guard let period else {
      return CalendarPeriod.last(kind ?? .weekly, before: now, in: zone, weekStart: weekStart)
    }
    guard let form = CalendarPeriod.Kind(form: period) else {
      let examples =
        kind.map { "a \($0.noun) such as \($0.example)" }
        ?? "a week such as 2026-W47, a day such as 2026-11-18 or a month such as 2026-11"
      throw ValidationError("--period \(period): expected \(examples)")
    }
    if let kind, kind != form {
      let hint = "leave \(kind.rawValue) out, or write \(form.rawValue)"
      throw ValidationError("--period \(period) is a \(form.noun): \(hint)")
    }
    if let chosen = CalendarPeriod(form, period, weekStart: weekStart) { return chosen }
    throw ValidationError("--period \(period): \(Self.reason(form, period))")
  }

  /// Why no period has a label.
  private static func reason(_ kind: CalendarPeriod.Kind, _ label: String) -> String {
    switch kind {
    case .daily: return "there is no such day"
    case .monthly: return "months are 01 to 12"
    case .weekly:
      let year = Int(label.prefix(4)) ?? 0
      return "\(label.prefix(4)) has the weeks W01 to W\(CalendarPeriod.weeks(inYear: year))"
    }
  }

  private func key() throws -> UsageKey {
    let known = UsageKey(by)
    if let known, case .tag = known { return known }
    if let known, Self.byKeys.contains(known) { return known }
    let near = nearest(to: by, among: Self.byKeys.map(\.name)).map { "; did you mean \($0)?" } ?? ""
    throw ValidationError("--by \(by): expected \(Self.keys) or tag:NAME\(near)")
  }
}

extension CalendarPeriod.Kind: ExpressibleByArgument {}
extension PeriodReport.Format: ExpressibleByArgument {}

extension Weekday: ExpressibleByArgument {}
