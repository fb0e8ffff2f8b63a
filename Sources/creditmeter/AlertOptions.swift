import Alerting
import ArgumentParser
import CreditCore
import LocalFiles
import Notifications
import Settings
import UsageStore
import Workflows

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which rules a run evaluates.
struct AlertOptions: ParsableArguments {
  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var bookOptions: BookOptions
  @OptionGroup var organisation: OrganisationOption

  @Option(
    help: ArgumentHelp(
      "The rules and destinations.",
      discussion: "Also alerts in creditmeter.yaml; alerts.yaml unless told.",
      valueName: "file"
    )
  )
  var config: String?

  /// The option, else what the settings name, else `alerts.yaml`.
  var path: String {
    get throws { try config ?? TeamSettings.current().alerts ?? "alerts.yaml" }
  }

  /// Throws ``BadInput`` and ``EnvironmentFault``.
  func setting() throws -> AlertSetting {
    try Self.setting(
      AlertFile.read(try path),
      TeamSettings.current(),
      org: organisation.resolve()
    )
  }

  static func setting(
    _ plan: AlertPlan,
    _ settings: Settings,
    org: String?
  ) throws -> AlertSetting {
    var setting = AlertSetting(plan)
    setting.zone = try settings.timezone.map { try Zones.named($0) } ?? .utc
    setting.weekStart = (settings.weekStart ?? .monday).number
    setting.billingDay = settings.billingDay
    setting.org = org
    // Three polls without a balance are too many.
    setting.staleAfter = settings.graph8?.pollEvery.map { Span(seconds: $0.seconds * 3) }
    return setting
  }

  func workflow(_ store: UsageStore) throws -> AlertWorkflow {
    AlertWorkflow(store, try bookOptions.shelf(), try setting())
  }

  /// `asLines`: where standard output is for lines, rather than for JSON alone.
  static func sinks(asLines: Bool) -> Sinks {
    Sinks(
      variable: { Environment[$0] },
      write: { line in
        let stream = asLines ? STDOUT_FILENO : STDERR_FILENO
        try Files.write(Array(line.utf8), to: stream, named: "standard output")
      }
    )
  }

  static func delivery(asLines: Bool) -> AlertDelivery {
    let sinks = sinks(asLines: asLines)
    return AlertDelivery(sink: { sinks.sink(for: $0) }, chance: { .random(in: 0...1) })
  }
}
