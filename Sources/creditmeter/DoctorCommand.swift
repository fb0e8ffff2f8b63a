import ArgumentParser
import CreditCore
import Graph8API
import Reports
import Settings
import Workflows

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look whether settings, books, database, clock and graph8 are as they should be.",
    discussion: "Exits 3 when something is not. Nothing is stored; asking graph8 costs no credits."
  )

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var bookOptions: BookOptions
  @OptionGroup var graph8: Graph8Options

  @Flag(help: "Do not ask graph8.")
  var offline = false

  @Flag(help: "Open the database, but do not compare all that is in it.")
  var quick = false

  @Option(help: "table or json.")
  var format: PlainFormat = .table

  func run() throws {
    let now = bookOptions.now
    let doctor = DoctorWorkflow(now: now)
    doctor.configuration(
      { try TeamSettings.current() },
      variables: Environment.names.filter { $0.hasPrefix("CREDITMETER_") },
      value: { Environment[$0] }
    )
    if let settings = try? TeamSettings.current() {
      doctor.alerts(
        settings.alerts ?? "alerts.yaml",
        isNamed: settings.alerts != nil,
        value: { Environment[$0] }
      )
    }
    doctor.books { try bookOptions.shelf() }
    // What the settings' own fault keeps from being known is told above.
    if let path = try? databaseOptions.path { doctor.database(path, isThorough: !quick) }
    let endpoint = (try? graph8.endpoint()) ?? .credits
    let asks: (() throws -> Graph8Client)? =
      offline ? nil : { try graph8.client(try bookOptions.shelf(), now: now) }
    doctor.clock(difference: doctor.provider(asks, endpoint))
    let report = doctor.report
    try Outcome.deliver(format == .json ? report.json : report.table)
    let failures = report.failures
    if !failures.isEmpty {
      throw Outcome.Refused(reasons: failures.map { "\($0.name): \($0.message)" })
    }
  }
}
