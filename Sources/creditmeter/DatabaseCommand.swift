import ArgumentParser
import CreditCore
import LocalFiles
import Reports
import UsageStore
import Workflows

struct DatabaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db",
    abstract: "Look after the database: check, back up, vacuum, statistics.",
    subcommands: [Check.self, Backup.self, Vacuum.self, Stats.self]
  )
}

extension DatabaseCommand {
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Compare everything derived with what it is derived from.",
      discussion: "Exits 3 when something differs, and says which rows."
    )

    @OptionGroup var databaseOptions: DatabaseOptions

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    func run() throws {
      let path = try databaseOptions.path
      let store = try UsageStore(path: path, .reading)
      let report = CheckReport(database: path, outcomes: try DatabaseWorkflow.check(store))
      try Outcome.deliver(format == .json ? report.json : report.table)
      let count = report.differences
      if count > 0 {
        let rows = count == 1 ? "1 difference" : "\(ExactDecimal(count).grouped()) differences"
        throw Outcome.Refused(reasons: ["\(path) has \(rows)"])
      }
    }
  }

  struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "backup",
      abstract: "Copy the database, checked and whole, while others go on writing to it."
    )

    @Argument(help: "The file to write; what it was before is replaced.")
    var file: String

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let store = try UsageStore(path: try databaseOptions.path, .reading)
      let bytes = try store.backUp(to: file)
      try Outcome.deliver("\(file): \(StatsReport.size(bytes)), checked\n")
    }
  }

  struct Vacuum: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "vacuum",
      abstract: "Give unused space back to the system."
    )

    @OptionGroup var databaseOptions: DatabaseOptions

    func run() throws {
      let path = try databaseOptions.path
      guard Files.exists(path) else { throw EnvironmentFault("there is no database \(path)") }
      let store = try UsageStore(path: path, .writing(holder: "creditmeter db vacuum"))
      let (before, after) = try store.vacuum()
      try Outcome.deliver(
        "\(path): \(StatsReport.size(before)) before, \(StatsReport.size(after)) after\n"
      )
    }
  }

  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "stats",
      abstract: "How large the database is, and what it holds."
    )

    @OptionGroup var databaseOptions: DatabaseOptions

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    func run() throws {
      let path = try databaseOptions.path
      let stats = try UsageStore(path: path, .reading).stats()
      let report = StatsReport(
        database: path,
        facts: [
          ("bytes", .bytes(stats.bytes)), ("log_bytes", .bytes(stats.logBytes)),
          ("free_bytes", .bytes(stats.freeBytes)),
          ("requests", .count(stats.tables.first { $0.name == "charges" }?.rows ?? 0)),
          ("first", .text(stats.first?.description)), ("last", .text(stats.last?.description)),
          ("organisations", .count(stats.organisations)), ("sqlite", .text(stats.sqliteVersion)),
        ],
        tables: stats.tables.map { ($0.name, $0.rows, $0.bytes) }
      )
      try Outcome.deliver(format == .json ? report.json : report.table)
    }
  }
}
