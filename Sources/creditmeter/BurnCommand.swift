public import ArgumentParser
public import CreditCore
import Reports
import Settings
import UsageStore
import Workflows

struct BurnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "burn",
    abstract: "How fast credits go, against the window before, and what spends them."
  )

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var bookOptions: BookOptions

  @Option(help: ArgumentHelp("A window that ends now; may be repeated.", valueName: "span"))
  var window: [Span] = []

  @Option(help: "Only this organisation.")
  var org: String?

  @Option(help: "table or json.")
  var format: PlainFormat = .table

  private static let usualWindows = ["1h", "24h", "7d", "28d"].compactMap { Span($0) }

  func run() throws {
    if window.contains(where: { $0.seconds == 0 }) {
      throw ValidationError("--window 0: expected a span such as 24h")
    }
    let store = try UsageStore(path: databaseOptions.path, .reading)
    let report = try BurnWorkflow(store, try bookOptions.shelf()).report(
      window.isEmpty ? Self.usualWindows : window,
      org: org,
      billingDay: try TeamSettings.current().billingDay,
      now: bookOptions.now
    )
    try Outcome.deliver(format == .json ? report.json : report.table)
  }
}

extension Span: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
