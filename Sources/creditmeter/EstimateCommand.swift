import ArgumentParser
import CampaignFiles
import CreditCore
import LocalFiles
import Rating
import Reports
import UsageStore
import Workflows

struct EstimateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "estimate",
    abstract: "What planned campaigns will cost, before they start.",
    discussion: """
      Reads campaign files in YAML or JSON; several are one campaign with a subtotal each, and \
      - reads standard input. Exits 3 when a gate says no, 2 for a file that cannot be used. \
      Without a balance or a plan of its own, an estimate takes those of the latest snapshot in \
      the database.
      """
  )

  @Argument(help: ArgumentHelp("Campaign files, or -.", valueName: "file"))
  var files: [String] = []

  @Option(help: "The graph8 plan: payg, platform, trial or legacy.")
  var plan: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Credits available now.", valueName: "credits")
  )
  var balance: CreditAmount?

  @OptionGroup var bookOptions: BookOptions

  @Option(help: "table, json, markdown, html or csv.")
  var format: EstimateReport.Format = .table

  @Option(help: ArgumentHelp("Write the result to a file.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "A folder with a team's own estimate.mustache and style.css.",
      valueName: "dir"
    )
  )
  var templates: String?

  @Option(help: ArgumentHelp("Set the campaign beside an older file.", valueName: "file"))
  var compare: String?

  @Option(help: ArgumentHelp("Refuse what costs more.", valueName: "credits"))
  var maxCredits: CreditAmount?

  @Option(help: "The cost that --max-credits reads: low, expected or high.")
  var gate: Bound = .expected

  @Flag(help: "Refuse unless the balance covers the high cost.")
  var requireCovered = false

  @Flag(help: "Let unpriced lines pass a gate.")
  var allowUnpriced = false

  @Option(
    help: ArgumentHelp(
      "What if: operations.1.contacts=8000; operations are counted from 0.",
      valueName: "key=value"
    )
  )
  var set: [String] = []

  @Option(
    help: ArgumentHelp("How much of each line this pays for.", valueName: "credits|balance")
  )
  var fit: FitArgument?

  @OptionGroup var recordOptions: EstimateRecordOptions

  func validate() throws {
    if recordOptions.actual == nil, files.isEmpty {
      throw ValidationError("missing a campaign file; - reads standard input")
    }
    if recordOptions.actual != nil, !files.isEmpty {
      throw ValidationError("--actual is about a kept estimate; leave campaign files out")
    }
  }

  func run() throws {
    if let name = recordOptions.actual { return try recordOptions.compare(name, format, now) }
    try estimate()
  }

  private var now: Instant { bookOptions.now }

  private func estimate() throws {
    if files.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("standard input (-) can be read once")
    }
    if let output,
      let input = (files + [compare].compactMap { $0 }).first(where: {
        $0 != "-" && Files.isSame($0, output)
      })
    {
      throw ValidationError("--output \(output) would overwrite the campaign \(input)")
    }
    let book = try bookOptions.resolve()
    var question = EstimateWorkflow.Question(files: try files.map(Files.read))
    question.settings = try set.map(Self.setting)
    question.plan = plan
    question.balance = balance?.credits
    question.gate = Gate(
      maxCredits: maxCredits?.credits,
      bound: gate,
      requiresCovered: requireCovered,
      allowsUnpriced: allowUnpriced
    )
    question.fit = fit?.amount
    question.compared = try compare.map(Files.read)
    question.defaults = try recordOptions.defaults(book, now)
    let report = try EstimateWorkflow(book: book).answer(question)
    try recordOptions.save(report, now)
    let rendered = try report.rendered(as: format, templates: .inFolder(templates))
    try Outcome.deliver(rendered, to: output)
    if !report.objections.isEmpty { throw Outcome.Refused(reasons: report.objections) }
  }

  private static func setting(_ text: String) throws -> Setting {
    do {
      if let setting = try Setting(text) { return setting }
    } catch { throw BadInput(error) }
    throw ValidationError("--set \(text): expected key=value, such as operations.1.contacts=8000")
  }
}

/// `--fit 5000` or `--fit balance`.
struct FitArgument: ExpressibleByArgument {
  var amount: EstimateWorkflow.FitAmount

  init?(argument: String) {
    if argument == "balance" {
      amount = .balance
    } else if let number = CreditAmount(argument: argument) {
      amount = .credits(number.credits)
    } else {
      return nil
    }
  }
}
