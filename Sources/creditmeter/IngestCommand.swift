public import ArgumentParser
import ByteSources
import CreditCore
import Intake
import LocalFiles
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
      Reading a log again adds nothing. Lines that cannot be used are kept as rejects. With \
      --follow logs are read as they grow; one that is not there yet is waited for.
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

  @Flag(help: "Go on reading as the logs grow, through rotation and restarts, until SIGTERM.")
  var follow = false

  @Option(help: "table or json.")
  var format: PlainFormat = .table

  func validate() throws {
    guard follow else { return }
    if dryRun {
      throw ValidationError("--dry-run reads what is there and keeps nothing: leave --follow out")
    }
    if let input, !input.growsByLines {
      throw ValidationError(
        "--input \(input.rawValue): only ndjson, csv and combined logs can be followed"
      )
    }
  }

  func run() throws {
    let shelf = try bookOptions.shelf()
    let options = try options()
    let database = try databaseOptions.path
    let unwanted =
      ["", "-wal", "-shm", ".lock"].map { database + $0 } + [rejects].compactMap { $0 }
    let named = LogFiles(files, excluding: unwanted)
    if let rejects, let input = named.paths.first(where: { Files.isSame($0, rejects) }) {
      throw ValidationError("--rejects \(rejects) would overwrite the log \(input)")
    }
    // A rehearsal makes no database where there is none.
    let scratch = try dryRun && Files.isMissingOrEmpty(database) ? temporaryFolder() : nil
    let store = try UsageStore(
      path: scratch.map { $0.path + "/creditmeter.db" } ?? database,
      .writing(holder: follow ? "creditmeter ingest --follow" : "creditmeter ingest")
    )
    let rejectFile = try rejects.map { try RejectFile($0, isContinued: follow) }
    let progress = ProgressLine()
    let faults = FaultList()
    let notice = RejectNotice(isStrict: strict, isWritten: rejects != nil)
    for fault in named.faults { faults.add(fault) }
    let counts = try IngestWorkflow.run(store, shelf, options) { workflow in
      workflow.onReject = { reject in
        rejectFile?.write(reject)
        guard notice.note(reject), follow else { return }
        progress.erase()
        notice.tellFirst()
      }
      defer { progress.erase() }
      if follow {
        try self.follow(workflow, unwanted, rejectFile, progress, faults)
      } else {
        let meter = ReadMeter(named.paths)
        workflow.onProgress = { _ in progress.show(meter) }
        try workflow.read(files: named.paths, meter, onFault: { faults.add($0) })
      }
      return workflow.counts
    }
    try rejectFile?.close()
    if !follow {
      for folder in named.emptyFolders { Outcome.say("there are no logs in \(folder)") }
    }
    if counts.read > 0 || follow || faults.count < max(named.paths.count, 1) {
      let report = IngestReport(
        counts: counts,
        milliseconds: progress.milliseconds,
        isRehearsal: dryRun
      )
      try Outcome.deliver(format == .json ? report.json : report.table)
    }
    notice.tellRest()
    try faults.raise()
    if strict, counts.rejected > 0 {
      throw Outcome.Rejected(count: counts.rejected, isWritten: rejects != nil)
    }
  }

  private func follow(
    _ workflow: IngestWorkflow,
    _ unwanted: [String],
    _ rejectFile: RejectFile?,
    _ progress: ProgressLine,
    _ faults: FaultList
  ) throws {
    // What is no ordinary file does not grow: it is read to its end.
    let streams = files.filter { $0 == "-" || Files.isStream($0) }
    try workflow.read(files: streams, ReadMeter(streams), onFault: { faults.add($0) })
    let growing = files.filter { !streams.contains($0) }
    if growing.isEmpty { return }
    StopSignals.watch()
    let following = try FollowWorkflow(
      workflow,
      growing,
      excluding: unwanted,
      pace: FollowPace(
        now: { bookOptions.now },
        milliseconds: { progress.milliseconds },
        wait: { StopSignals.wait($0) },
        mustEnd: { StopSignals.wait(0) }
      ),
      say: {
        progress.erase()
        Outcome.say($0)
      }
    )
    following.onCommit = {
      rejectFile?.drain()
      progress.show(following: workflow.counts)
    }
    do { try following.run() } catch let fault as UnreadableLog { return faults.add(fault.cause) }
    for fault in following.faults { faults.add(fault, isTold: true) }
  }

  private func options() throws -> IngestWorkflow.Options {
    var options = IngestWorkflow.Options(now: bookOptions.now)
    options.format = input
    options.logFormat = logFormat
    options.org = org
    options.source = source
    options.isRehearsal = dryRun
    options.steps = try TeamSettings.current().sequences
    options.tags = try tag.map { try pair($0, option: "--tag", like: "campaign=spring") }
    options.mapped = try map.map { try pair($0, option: "--map", like: "timestamp=when") }
      .map { (key: $0.name, name: $0.value) }
    return options
  }

  private func temporaryFolder() throws -> TemporaryFolder {
    try TemporaryFolder(in: Environment["TMPDIR"] ?? "/tmp")
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
