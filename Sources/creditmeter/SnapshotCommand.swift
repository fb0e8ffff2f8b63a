import ArgumentParser
import CreditCore
import Graph8API
import PriceBooks
import Reports
import Settings
import UsageStore
import Workflows

struct SnapshotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot",
    abstract: "Store the balance: as given, asked of graph8 once, or every few minutes.",
    discussion: """
      The key is in G8_API_KEY, or in a file that only you may read, which G8_API_KEY_FILE names. \
      CREDITMETER_API_URL is where graph8's API is.
      """,
    subcommands: [Add.self, Fetch.self, Watch.self]
  )
}

extension SnapshotCommand {
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: "Store a balance that you know."
    )

    @OptionGroup var databaseOptions: DatabaseOptions
    @OptionGroup var bookOptions: BookOptions
    @OptionGroup var organisation: OrganisationOption

    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("Credits available; may be below zero.", valueName: "credits")
    )
    var balance: SignedAmount?

    @Option(help: ArgumentHelp("Credits used in the billing period.", valueName: "credits"))
    var used: CreditAmount?

    @Option(help: ArgumentHelp("The plan, as graph8 names it: platform.", valueName: "plan"))
    var tier: String?

    @Option(
      help: ArgumentHelp("When it was so, as RFC 3339; now unless told.", valueName: "instant")
    )
    var at: Instant?

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    func validate() throws {
      if balance == nil, used == nil, tier == nil {
        throw ValidationError("expected --balance, --used or --tier")
      }
    }

    func run() throws {
      let now = bookOptions.now
      let time = at ?? now
      // As for the snapshots of a file.
      if time.microseconds > now.microseconds &+ 86_400_000_000 {
        throw ValidationError("--at \(time) is more than a day ahead")
      }
      if time.microseconds < 946_684_800_000_000 {
        throw ValidationError("--at \(time) is before 2000")
      }
      let snapshot = Snapshot(
        org: try organisation.resolve(),
        at: time,
        balance: balance?.credits,
        billingPeriodUsed: used?.credits,
        tier: tier
      )
      let shelf = try bookOptions.shelf()
      let store = try UsageStore(
        path: databaseOptions.path,
        .writing(holder: "creditmeter snapshot add")
      )
      let report = try SyncWorkflow.keep(snapshot, source: "manual", store, shelf, now: now)
      try Outcome.deliver(format == .json ? report.json : report.table)
    }
  }

  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "fetch",
      abstract: "Ask graph8 for the balance, once."
    )

    @OptionGroup var databaseOptions: DatabaseOptions
    @OptionGroup var bookOptions: BookOptions
    @OptionGroup var graph8: Graph8Options

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    func run() throws {
      let shelf = try bookOptions.shelf()
      let client = try graph8.client(shelf, now: bookOptions.now)
      let snapshot: Snapshot
      do { snapshot = try client.balance(try graph8.endpoint()) } catch let fault as Graph8Fault {
        throw EnvironmentFault(fault.description)
      }
      let store = try UsageStore(
        path: databaseOptions.path,
        .writing(holder: "creditmeter snapshot fetch")
      )
      let report = try SyncWorkflow.keep(
        snapshot,
        source: SyncWorkflow.source,
        store,
        shelf,
        now: bookOptions.now
      )
      try Outcome.deliver(format == .json ? report.json : report.table)
    }
  }

  struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "watch",
      abstract: "Ask graph8 for the balance again and again, until SIGTERM.",
      discussion: "A call that fails is told and tried again; the last balance stays."
    )

    @OptionGroup var databaseOptions: DatabaseOptions
    @OptionGroup var bookOptions: BookOptions
    @OptionGroup var graph8: Graph8Options

    @Option(
      help: ArgumentHelp(
        "How often; also graph8.poll_every in creditmeter.yaml, 5m unless told.",
        valueName: "span"
      )
    )
    var every: Span?

    @Option(help: "table or json (one object a line).")
    var format: PlainFormat = .table

    func run() throws {
      let shelf = try bookOptions.shelf()
      let seconds = try every?.seconds ?? TeamSettings.current().graph8?.pollEvery?.seconds ?? 300
      guard seconds > 0 else { throw ValidationError("--every 0: expected a span such as 5m") }
      let (database, endpoint) = (try databaseOptions.path, try graph8.endpoint())
      StopSignals.watch()
      let client = try graph8.client(shelf, now: bookOptions.now)
      while !StopSignals.wait(0) {
        var pause = seconds
        do {
          let snapshot = try client.balance(endpoint)
          let report = try keep(snapshot, database, shelf)
          try Outcome.deliver(format == .json ? report.json : report.table)
        } catch let fault as Graph8Fault {
          if fault.kind == .stopped { break }
          Outcome.say("error: \(fault)")
          pause = max(pause, Self.patience(after: fault))
        }
        StopSignals.wait(Int(min(pause, 1_000_000)) * 1_000)
      }
    }

    /// Seconds until a call that was refused may be answered otherwise.
    private static func patience(after fault: Graph8Fault) -> Int64 {
      let asked = (fault.waitAtLeast ?? 0) / 1_000_000 + 1
      return [.notAllowed, .forbidden, .blocked].contains(fault.kind) ? max(asked, 900) : asked
    }

    /// Stores it, and waits a while for another writer to end.
    private func keep(
      _ snapshot: Snapshot,
      _ database: String,
      _ shelf: BookShelf
    ) throws -> SnapshotReport {
      var patience = 30
      while true {
        do {
          let store = try UsageStore(path: database, .writing(holder: "creditmeter snapshot watch"))
          return try SyncWorkflow.keep(
            snapshot,
            source: SyncWorkflow.source,
            store,
            shelf,
            now: BookOptions.clock
          )
        } catch let fault as EnvironmentFault {
          patience -= 1
          if patience == 0 || StopSignals.wait(1_000) { throw fault }
        }
      }
    }
  }
}

/// An amount of credits on the command line that may be below zero.
struct SignedAmount: ExpressibleByArgument {
  var credits: Credits

  init?(argument: String) {
    guard let number = try? ExactDecimal(argument), let credits = try? Credits(rounding: number)
    else { return nil }
    self.credits = credits
  }
}
