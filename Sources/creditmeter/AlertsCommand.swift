import Alerting
import ArgumentParser
import CreditCore
import LocalFiles
import Notifications
import Reports
import Settings
import UsageStore
import Workflows

struct AlertsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts",
    abstract: "Rules that watch balance and spending, and the messages that they send.",
    discussion: "Rules and destinations are in alerts.yaml.",
    subcommands: [
      Check.self, List.self, SilenceRule.self, Test.self, Replay.self, Outbox.self, Lint.self,
      SendTest.self,
    ]
  )
}

extension AlertsCommand {
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Evaluate the rules now, and send every message that is due.",
      discussion: "With --fail it exits 3 when something fires."
    )

    @OptionGroup var options: AlertOptions

    @Flag(help: "Send nothing and store nothing.")
    var dryRun = false

    @Flag(help: "Exit 3 when something fires.")
    var fail = false

    @Option(help: "json or table.")
    var format: PlainFormat = .json

    func run() throws {
      let setting = try options.setting()
      let shelf = try options.bookOptions.shelf()
      let now = options.bookOptions.now
      let path = try options.databaseOptions.path
      let report: AlertReport
      if dryRun {
        let store = try UsageStore(path: path, .reading)
        report = try AlertWorkflow(store, shelf, setting).rehearse(now: now)
      } else {
        let store = try UsageStore(path: path, .writing(holder: "creditmeter alerts check"))
        let delivery = AlertOptions.delivery(asLines: format == .table)
        report = try AlertWorkflow(store, shelf, setting).run(delivery, now: now)
      }
      try Outcome.deliver(format == .json ? report.json : report.table)
      for fault in report.faults { Outcome.say("warning: \(fault)") }
      let firing = report.firing
      if fail, !firing.isEmpty {
        throw Outcome.Refused(
          reasons: firing.map { row in
            let level = row.key.level.isEmpty ? "" : ", \(row.key.level)"
            return printable("\(row.key.rule)\(level) fires: \(row.entry.reason)")
          }
        )
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "What the last evaluation left: alerts that are pending, fire or did; silences."
    )

    @OptionGroup var databaseOptions: DatabaseOptions
    @OptionGroup var bookOptions: BookOptions

    @Option(help: "Only this organisation.")
    var org: String?

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    func run() throws {
      let store = try UsageStore(path: databaseOptions.path, .reading)
      let report = try AlertWorkflow.list(store, org: org, now: bookOptions.now)
      try Outcome.deliver(format == .json ? report.json : report.table)
    }
  }

  struct SilenceRule: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "silence",
      abstract: "Send no message of a rule until an end; it still is evaluated.",
      discussion: "Still firing at the end, it is told once. A silence lasts at most 30 days."
    )

    @OptionGroup var options: AlertOptions

    @Argument(help: "The rule's name.")
    var rule: String

    @Option(
      help: ArgumentHelp("When it ends, as RFC 3339, or a span from now on.", valueName: "end")
    )
    var until: String

    @Option(help: "Why.")
    var reason: String

    @Option(help: "Who; your user name unless told.")
    var author: String?

    func run() throws {
      let now = options.bookOptions.now
      let ahead = Span(until).map { Instant(microseconds: now.microseconds + $0.microseconds) }
      guard let end = Instant(until) ?? ahead else {
        throw ValidationError(
          "--until \(until): expected a time such as 2026-11-18T09:30:00Z, or a span such as 4h"
        )
      }
      try requireRule()
      let silence = Silence(
        rule: rule,
        org: try options.organisation.resolve(),
        from: now,
        until: end,
        author: author ?? Environment["USER"] ?? Environment["LOGNAME"] ?? "unknown",
        reason: reason
      )
      if end <= now { throw ValidationError("--until \(end) is over already") }
      let store = try UsageStore(
        path: options.databaseOptions.path,
        .writing(holder: "creditmeter alerts silence")
      )
      try AlertWorkflow.silence(silence, in: store)
      try Outcome.deliver("\"\(printable(rule))\" is silenced until \(end)\n")
    }

    /// A rule that nobody has is a slip, where the rules are at hand.
    private func requireRule() throws {
      let path = try options.path
      guard options.config != nil || Files.exists(path) else { return }
      let names = try options.setting().plan.rules.map(\.name) + [AlertSetting.staleRule]
      if names.contains(rule) { return }
      let near = nearest(to: rule, among: names).map { ": did you mean \"\($0)\"?" } ?? ""
      throw ValidationError("\(path) has no rule \"\(printable(rule))\"\(near)")
    }
  }

  struct Outbox: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "outbox",
      abstract: "Messages that wait, and with --failed those that were given up.",
      discussion: "With --retry, what was given up is due again, under the id that it has."
    )

    @OptionGroup var databaseOptions: DatabaseOptions
    @OptionGroup var bookOptions: BookOptions

    @Flag(help: "Those that were given up.")
    var failed = false

    @Flag(help: "Those that arrived, too.")
    var all = false

    @Option(
      help: ArgumentHelp("Try what was given up again: a message's id, or all.", valueName: "id")
    )
    var retry: String?

    @Option(help: "How many, the newest first.")
    var limit = 100

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    func run() throws {
      let now = bookOptions.now
      let report: OutboxReport
      if let retry {
        let holder = "creditmeter alerts outbox"
        let store = try UsageStore(path: databaseOptions.path, .writing(holder: holder))
        let result = try AlertWorkflow.retry(retry == "all" ? nil : retry, in: store, now: now)
        for reason in result.passedOver { Outcome.say(printable(reason)) }
        report = result.due
      } else {
        let store = try UsageStore(path: databaseOptions.path, .reading)
        let status: OutboxRow.Status? = all ? nil : failed ? .failed : .queued
        report = try OutboxReport(store, status: status, limit: limit, now: now)
      }
      try Outcome.deliver(format == .json ? report.json : report.table)
    }
  }

  struct Lint: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "lint",
      abstract: "Every fault of an alerts file, with line and column."
    )

    @Option(help: ArgumentHelp("The rules and destinations.", valueName: "file"))
    var config: String?

    @Argument(help: "The file; what creditmeter.yaml names, or alerts.yaml, unless told.")
    var file: String?

    func run() throws {
      let path = try file ?? config ?? TeamSettings.current().alerts ?? "alerts.yaml"
      do {
        let plan = try AlertFile.read(path)
        try Outcome.deliver("\(path): \(AlertFile.summary(plan))\n")
      } catch let error as BadInput {
        for diagnostic in error.diagnostics { Outcome.say(diagnostic.rendered) }
        throw ExitCode(Outcome.Code.badInput)
      }
    }
  }

  struct SendTest: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "send-test",
      abstract: "Send a message to a destination that says that it is a test."
    )

    @OptionGroup var options: AlertOptions

    @Argument(help: "The destination's name.")
    var destination: String

    func run() throws {
      let plan = try options.setting().plan
      guard let found = plan.destinations.first(where: { $0.name == destination }) else {
        let names = plan.destinations.map(\.name)
        let near = nearest(to: destination, among: names).map { ": did you mean \($0)?" } ?? ""
        throw ValidationError("there is no destination \"\(printable(destination))\"\(near)")
      }
      try AlertWorkflow.sendTest(
        to: found,
        by: AlertOptions.sinks(asLines: true).sink(for: found),
        org: try options.organisation.resolve() ?? "",
        now: options.bookOptions.now
      )
      let path = try options.databaseOptions.path
      if Files.exists(path) {
        let holder = "creditmeter alerts send-test"
        try UsageStore(path: path, .writing(holder: holder)).reopen(found.name)
      }
      try Outcome.deliver("\(destination) took it\n")
    }
  }
}
