import ArgumentParser

/// The command; everything that reads a clock, the environment or arguments is in this target.
@main
struct Creditmeter: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "creditmeter",
    abstract: "What graph8 credits will cost, what they did cost, and when they run out.",
    version: "0.1.0",
    subcommands: [
      EstimateCommand.self, PricesCommand.self, IngestCommand.self, UsageCommand.self,
      ReportCommand.self, BurnCommand.self, ForecastCommand.self, ReconcileCommand.self,
      CalibrateCommand.self, SnapshotCommand.self, SyncCommand.self, RerateCommand.self,
      ExportCommand.self, AlertsCommand.self, BudgetCommand.self, DatabaseCommand.self,
      ServeCommand.self, TokenCommand.self, AuditCommand.self, DemoCommand.self, DoctorCommand.self,
    ]
  )

  static func main() {
    Outcome.run { () throws in
      var command = try parseAsRoot()
      try command.run()
    }
  }
}
