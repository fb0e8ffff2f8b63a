public import ArgumentParser
import ByteSources
import CreditCore
import Reports
public import RequestLogs
import Settings
import UsageStore
import Workflows

struct IngestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest",
    abstract: "Read request logs, rate them, and store every request once.",
    discussion: """
      Reads NDJSON, JSON, CSV, access logs, HAR, OpenTelemetry spans, graph8's ledger and balance \
      snapshots, plain or compressed; a directory is read file by file, and - is standard input. \
      Reading a log again adds nothing. Lines that cannot be used are kept as rejects.
      """
  )

  @Argument(help: ArgumentHelp("Logs, directories of logs, or -.", valueName: "file"))
  var files: [String] = ["-"]

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var bookOptions: BookOptions

  @Option(help: "The logs' format instead of finding it out: \(Self.formats).")
  var input: LogFormat?

  static var formats: String { LogFormat.allCases.map(\.rawValue).joined(separator: ", ") }

  @Option(
    help: ArgumentHelp("The access log's format, as nginx or Apache names it.", valueName: "format")
  )
  var logFormat: String?

  @Option(help: ArgumentHelp("The organisation of requests that name none.", valueName: "org"))
  var org: String?

  @Option(help: "Where the logs come from; tells equal lines without an id apart.")
  var source = "log"

  @Option(help: ArgumentHelp("A tag for every request.", valueName: "name=value"))
  var tag: [String] = []

  @Option(
    help: ArgumentHelp("A key that the log names otherwise: timestamp=when.", valueName: "key=name")
  )
  var map: [String] = []

  @Option(help: ArgumentHelp("Write lines that cannot be used to a file.", valueName: "file"))
  var rejects: String?

  @Flag(help: "Read and rate, but keep nothing.")
  var dryRun = false

  @Flag(help: "Exit 2 when a line cannot be used.")
  var strict = false

  @Option(help: "table or json.")
  var format: PlainFormat = .table

  func run() throws {
    let now = bookOptions.now
    var options = IngestWorkflow.Options(now: now)
    options.format = input
    options.logFormat = logFormat
    options.org = org
    options.source = source
    options.isRehearsal = dryRun
    options.steps = try TeamSettings.current().sequences
    options.tags = try tag.map { try pair($0, option: "--tag", like: "campaign=spring") }
    options.mapped = try map.map { try pair($0, option: "--map", like: "timestamp=when") }
      .map { (key: $0.name, name: $0.value) }
    let shelf = try bookOptions.shelf()
    let paths = try LogFiles.expand(files)
    let store = try UsageStore(
      path: try databaseOptions.path,
      .writing(holder: "creditmeter ingest")
    )
    let rejectFile = try rejects.map { try RejectFile($0) }
    let started = ContinuousClock.now
    let faults = FaultList()
    let counts = try IngestWorkflow.run(store, shelf, options) { workflow in
      workflow.onReject = { rejectFile?.write($0) }
      for path in paths {
        do {
          let source = try FileSource(path: path)
          try workflow.read(source, name: path)
        } catch let fault where paths.count > 1 || workflow.counts.read > 0 {
          try faults.add(fault)
        }
      }
      return workflow.counts
    }
    try rejectFile?.close()
    let elapsed = (ContinuousClock.now - started).components
    let report = IngestReport(
      counts: counts,
      milliseconds: Int(elapsed.seconds) * 1_000 + Int(elapsed.attoseconds / 1_000_000_000_000_000),
      isRehearsal: dryRun
    )
    try Outcome.deliver(format == .json ? report.json : report.table)
    try faults.raise()
    if strict, counts.rejected > 0 { throw Outcome.Rejected(count: counts.rejected) }
  }

  private func pair(
    _ text: String,
    option: String,
    like example: String
  ) throws -> (name: String, value: String) {
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      throw ValidationError("\(option) \(text): expected \(example)")
    }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }
}

extension LogFormat: ExpressibleByArgument {}

/// Faults of some files, while others are read.
final class FaultList {
  private var faults: [any Error] = []

  /// Keeps what is wrong with a file; anything else ends the run.
  func add(_ fault: any Error) throws {
    guard fault is EnvironmentFault || fault is BadInput else { throw fault }
    faults.append(fault)
  }

  /// Tells all but the last, which ends the run.
  func raise() throws {
    for fault in faults.dropLast() { Outcome.say(fault) }
    if let last = faults.last { throw last }
  }
}
