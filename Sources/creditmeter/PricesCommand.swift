import ArgumentParser
import CreditCore
import LocalFiles
import PriceBooks
import Rating
import Reports
import UsageStore
import Workflows

struct PricesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prices",
    abstract: "What operations cost: list, explain, check, compare and test price books.",
    subcommands: [List.self, Explain.self, Lint.self, Diff.self, Test.self]
  )
}

extension PricesCommand {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Every operation, how it is metered and what it costs."
    )

    @Option(help: "Only metered, free or unpriced operations.")
    var metering: Metering?

    @Option(help: "The graph8 plan: payg, platform, trial or legacy.")
    var plan: String = PriceBook.defaultPlan

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    @OptionGroup var bookOptions: BookOptions

    func run() throws {
      let book = try bookOptions.resolve()
      let plan = try EstimateWorkflow(book: book).plan(named: plan)
      let list = PriceList(book: book, plan: plan.id, metering: metering)
      try Outcome.deliver(format == .json ? list.json : Array(list.table.utf8))
    }
  }

  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "explain",
      abstract: "Which operation a request is, what it costs, and who says so."
    )

    @Argument(help: "The HTTP method.")
    var method: String

    @Argument(help: "The path or URL, with its query.")
    var path: String

    @Option(help: "The graph8 plan: payg, platform, trial or legacy.")
    var plan: String = PriceBook.defaultPlan

    @Option(help: ArgumentHelp("The request body, where it decides.", valueName: "json"))
    var body: String?

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    @OptionGroup var bookOptions: BookOptions

    func run() throws {
      let book = try bookOptions.resolve()
      let plan = try EstimateWorkflow(book: book).plan(named: plan)
      let explanation = try PricesWorkflow.explain(
        method: method,
        path: path,
        body: body,
        book: book,
        plan: plan.id
      )
      try Outcome.deliver(format == .json ? explanation.json : Array(explanation.table.utf8))
    }
  }

  struct Lint: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "lint",
      abstract: "Every fault of a price book, with its place."
    )

    @Argument(help: "A price book.")
    var file: String

    func run() throws {
      do {
        let book = try BookShelf.book(at: file)
        try Outcome.deliver(
          "\(file): no faults; \(book.operations.count) operations, "
            + "\(book.matcher.patterns.count) request patterns\n"
        )
      } catch let error as BadInput {
        for diagnostic in error.diagnostics.prefix(100) { Outcome.say(diagnostic.rendered) }
        Outcome.say(
          "\(error.diagnostics.count) \(error.diagnostics.count == 1 ? "fault" : "faults")"
        )
        throw ExitCode(Outcome.Code.badInput)
      }
    }
  }

  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff",
      abstract:
        "What changed from one price book to another, and what past usage costs under each.",
      discussion: "Past usage is that of the last 30 days, where a database exists."
    )

    @Argument(help: "The older book, and the newer one; the shipped one is older when left out.")
    var books: [String]

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    @OptionGroup var databaseOptions: DatabaseOptions

    @Option(help: "Only usage of this organisation; may be repeated.")
    var org: [String] = []

    @Option(help: ArgumentHelp("Take this instant for now, as RFC 3339.", valueName: "instant"))
    var asOf: Instant?

    func validate() throws {
      if books.isEmpty || books.count > 2 { throw ValidationError("expected one or two books") }
    }

    func run() throws {
      let (old, new) = try PricesWorkflow.editions(of: books)
      let report = BookDifferenceReport(
        difference: BookDifference(from: old, to: new),
        past: try past(old, new)
      )
      try Outcome.deliver(format == .json ? report.json : Array(report.table.utf8))
    }

    /// The last 30 days of usage under both; nil without a database.
    private func past(
      _ old: PriceBook,
      _ new: PriceBook
    ) throws -> BookDifferenceReport.Past? {
      let path = try databaseOptions.path
      if databaseOptions.database == nil, !Files.exists(path) { return nil }
      let store = try UsageStore(path: path, .reading)
      let until = asOf ?? BookOptions.clock
      var question = RerateWorkflow.Question()
      question.orgs = org
      question.since = Instant(microseconds: until.microseconds - 30 * 86_400_000_000)
      question.until = until
      let lines = try RerateWorkflow.compare(store, under: old, new, question)
      return BookDifferenceReport.Past(
        since: question.since ?? until,
        until: until,
        lines: lines
      )
    }
  }

  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "test",
      abstract: "Run the golden cases kept beside a price book.",
      discussion: "my-book.yaml has its cases in my-book.cases.yaml. Exits 3 when one fails."
    )

    @Argument(help: "A price book; the shipped one when left out.")
    var file: String?

    @Option(help: ArgumentHelp("The cases, if they are elsewhere.", valueName: "file"))
    var cases: String?

    func run() throws {
      let outcomes = try PricesWorkflow.test(book: file, cases: cases)
      var failed: [String] = []
      for outcome in outcomes where !outcome.faults.isEmpty {
        failed.append(outcome.name)
        for fault in outcome.faults { Outcome.say(fault.rendered) }
      }
      try Outcome.deliver("\(outcomes.count - failed.count) of \(outcomes.count) cases hold\n")
      if !failed.isEmpty { throw Outcome.Refused(reasons: failed) }
    }
  }
}
