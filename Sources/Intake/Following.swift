import ByteSources
import CreditCore
import LocalFiles
import RequestLogs
import UsageStore

/// What the files that are followed have in common.
final class Following {
  let workflow: IngestWorkflow
  let pace: FollowPace
  let say: (String) -> Void
  /// Bytes of one log that are read before another has its turn.
  let turn: Int
  /// How the file before was read, where the next one begins with a line that tells nothing.
  var lastFormat: LogFormat?

  var writer: ImportWriter { workflow.writer }

  init(
    _ workflow: IngestWorkflow,
    _ pace: FollowPace,
    turn: Int,
    say: @escaping (String) -> Void
  ) {
    self.turn = turn
    self.workflow = workflow
    self.pace = pace
    self.say = say
  }

  /// Opens a file, if it is the one that is meant.
  func open(_ path: String, key: FileStatus.Key) throws -> GrowingSource? {
    guard FileStatus(path: path)?.key == key else { return nil }
    let file = try LogContent.naming { try GrowingSource(path: path) }
    return FileStatus(descriptor: file.descriptor)?.key == key ? file : nil
  }

  /// Whether the bytes that were stored of a file are those of this one.
  func verifies(_ row: FollowedFile, in file: GrowingSource) throws(EnvironmentFault) -> Bool {
    let head = try file.bytes(at: 0, count: row.headLength)
    guard head.count == row.headLength, hash(head[...], writer) == row.head || head.isEmpty
    else { return false }
    let tail = try file.bytes(at: row.position - row.tailLength, count: row.tailLength)
    return tail.count == row.tailLength && (tail.isEmpty || hash(tail[...], writer) == row.tail)
  }

  /// The format of a file that begins so; nil while it has no whole line.
  func format(of head: [UInt8], name: String) throws -> LogFormat? {
    let options = workflow.options
    do {
      let found = try LogReader.growingFormat(
        of: head,
        format: options.format,
        options: options.readOptions(name: name)
      )
      if let found { lastFormat = found }
      return found
    } catch {
      if let lastFormat { return lastFormat }
      throw error
    }
  }

  /// Runs what takes the lines of one file, whose equal lines are counted apart.
  func taking<Result>(
    from path: String,
    _ ordinals: inout LineOrdinals,
    _ body: () throws -> Result
  ) throws -> Result {
    workflow.file = path
    swap(&workflow.intake.ordinals, &ordinals)
    defer { swap(&workflow.intake.ordinals, &ordinals) }
    do {
      let result = try body()
      try workflow.place()
      return result
    } catch let fault as UnreadableLog {
      try workflow.place()
      throw fault
    }
  }

  /// Takes an entry; one that is stored is only counted among its equals.
  @inline(__always)
  func take(_ entry: LogEntry, isStored: Bool) throws {
    if !isStored { return try workflow.take(entry) }
    if case .request(let record) = entry { workflow.intake.recount(record) }
  }
}

extension IngestWorkflow {
  /// Finds out what was read comes to, as part of the transaction at hand.
  func place() throws {
    try writer.place()
    try takeFault()
  }
}

extension RequestIntake {
  /// Counts a line that is stored, so that the next one like it is told apart.
  func recount(_ record: LogRecord) {
    guard record.requestID.isAbsent, let org = try? orgs.number(of: record.org) else { return }
    _ = ordinals.next(writer.hash(.line, in: orgs.scopes[org] ^ sourceScope, record.raw))
  }
}
