import ByteSources
import CreditCore
import LocalFiles
import RequestLogs
import UsageStore

/// One file that is followed, wherever it is moved to.
///
/// After a restart it is read from its start again, without storing what is stored: so the format,
/// a header row, line numbers and the ordinals of equal lines are known as if it had never
/// stopped.
final class FollowedLog {
  enum Change {
    case none
    case content
    /// What was read of it is there no more.
    case anew
  }

  /// Where it was found last.
  var path: String
  /// What is stored of it, or will be with the next commit.
  private(set) var row: FollowedFile
  private(set) var status: FileStatus
  /// When its content changed last, by the pace.
  private(set) var changedAt: Int
  /// Whether something else is written now in its place.
  var isRotated = false
  /// Whether its folder has it.
  var isListed = true
  /// Whether it can be read at all.
  private(set) var isRefused = false
  private var needsStoring = true

  private var file: GrowingSource?
  private var content: LogContent?
  private var ordinals = LineOrdinals()
  /// Where the line at hand ends, and the end of the last line all of which was taken.
  private var lineEnd = 0
  private var taken = 0

  init(
    _ file: GrowingSource?,
    _ path: String,
    _ row: FollowedFile,
    _ status: FileStatus,
    at now: Int
  ) {
    self.file = file
    self.path = path
    self.row = row
    self.status = status
    endedSize = row.ended
    changedAt = now
  }

  var isOpen: Bool { file != nil }

  /// Whether all of it is stored, its last line too, and nothing more expected.
  var isEnded: Bool { endedSize == status.size && !needsStoring }
  private var endedSize: Int?

  private var isAtEnd: Bool { content == nil ? status.size <= row.position : isReadToEnd }
  private var isReadToEnd: Bool { file.map { $0.offset >= status.size } ?? true }

  // MARK: Looking

  /// Looks whether it changed; `listed` is what its folder says of it.
  func refresh(_ listed: FileStatus?, _ follow: Following) throws -> Change {
    guard let fresh = file.map({ FileStatus(descriptor: $0.descriptor) }) ?? listed,
      fresh != status
    else { return .none }
    let isTouched = fresh.size != status.size || fresh.modified != status.modified
    let isShorter = fresh.size < status.size
    status = fresh
    if isTouched { changedAt = follow.pace.milliseconds() }
    if isRefused { return isShorter ? .anew : .none }
    let file = try self.file ?? follow.open(path, key: status.key)
    guard let file else { return .none }
    return try LogContent.naming {
      if content != nil, fresh.size >= file.offset, try file.isUnchanged() { return .content }
      rewind()
      self.file = file
      return try follow.verifies(row, in: file) ? .content : .anew
    }
  }

  /// Takes the file for one that has just begun; gives what it was before.
  func beginAnew() -> FollowedFile {
    let before = row
    row = FollowedFile(
      path: row.path,
      device: row.device,
      inode: row.inode,
      modified: status.modified
    )
    rewind()
    isRefused = false
    endedSize = nil
    needsStoring = true
    return before
  }

  func refuse() { isRefused = true }

  /// Gives back what an open file takes; it is opened again when it changes.
  func close() {
    file = nil
    rewind()
  }

  private func rewind() {
    content = nil
    ordinals = LineOrdinals()
    (lineEnd, taken) = (0, 0)
  }

  // MARK: Reading

  /// Takes the lines that are there; true where there are more than a turn takes.
  func read(_ follow: Following) throws -> Bool {
    // An open file can be read to its end even when it was deleted.
    if file == nil { file = try follow.open(path, key: status.key) }
    guard !isRefused, !isAtEnd, let content = try opened(follow), let file else { return false }
    file.allowance = max(row.position - file.offset, 0) + follow.turn
    let isDone = try follow.taking(from: path, &ordinals) {
      var count = 0
      while let entry = try content.next() {
        if content.consumed > lineEnd { (taken, lineEnd) = (lineEnd, content.consumed) }
        try follow.take(entry, isStored: content.consumed <= row.position)
        count += 1
        if count & 0xFFF == 0, follow.pace.mustEnd() { return false }
      }
      (taken, lineEnd) = (content.consumed, content.consumed)
      return true
    }
    return !isDone || file.allowance == 0
  }

  private func opened(_ follow: Following) throws -> LogContent? {
    if let content { return content }
    guard let file = try file ?? follow.open(path, key: status.key) else { return nil }
    rewind()
    let again = try LogContent.naming { try GrowingSource(again: file) }
    guard let format = try format(follow, again) else {
      self.file = again
      return nil
    }
    let opened = try LogContent(
      again,
      name: path,
      format: format,
      isAppended: true,
      follow.workflow.options
    )
    self.file = again
    content = opened
    return opened
  }

  private func format(_ follow: Following, _ file: GrowingSource) throws -> LogFormat? {
    if let known = row.format.flatMap({ LogFormat(rawValue: $0) }) { return known }
    let found = try LogContent.naming {
      try follow.format(of: file.bytes(at: 0, count: LogReader.previewSize), name: path)
    }
    row.format = found?.rawValue
    return found
  }

  /// Takes a last line without an end too, once nothing more is expected.
  ///
  /// Where reading stopped stays before that line: if more is written, it is read as it then is.
  func end(_ follow: Following) throws {
    defer {
      endedSize = status.size
      row.ended = status.size
      needsStoring = true
    }
    guard status.size > row.position, !isRefused,
      let file = try file ?? follow.open(path, key: status.key)
    else { return }
    let again = try LogContent.naming { try GrowingSource(again: file) }
    let whole = try LogContent(
      again,
      name: path,
      format: row.format.flatMap { LogFormat(rawValue: $0) } ?? follow.lastFormat,
      isAppended: false,
      follow.workflow.options
    )
    var counted = LineOrdinals()
    try follow.taking(from: path, &counted) {
      while let entry = try whole.next() {
        try follow.take(entry, isStored: whole.consumed <= row.position)
      }
    }
  }

  // MARK: Storing

  /// Stores how far it was read, if that is further than before.
  func store(_ writer: ImportWriter) throws {
    if let file, taken > row.position {
      row.position = taken
      let headLength = min(taken, GrowingSource.headLimit)
      if row.headLength != headLength {
        row.head = hash(file.head.prefix(headLength), writer)
        row.headLength = headLength
      }
      let tailLength = min(taken, GrowingSource.tailLimit)
      // Where it cannot be read, the file is another one, and its bytes will not fit these.
      let tail = (try? file.bytes(at: taken - tailLength, count: tailLength)) ?? []
      row.tail = hash(tail[...], writer)
      row.tailLength = tailLength
      // What was written after the rotation says nothing of when that was.
      if !isRotated { row.modified = status.modified }
      if let ended = row.ended, ended < taken { row.ended = nil }
      needsStoring = true
    }
    // When it is closed, what was deleted is gone.
    if status.links == 0, row.ended == nil, isAtEnd {
      row.ended = status.size
      needsStoring = true
    }
    guard needsStoring else { return }
    row.id = try writer.store(row)
    needsStoring = false
  }
}

func hash(_ bytes: ArraySlice<UInt8>, _ writer: ImportWriter) -> UInt64 {
  bytes.withUnsafeBufferPointer { writer.hash(.text, $0) }
}
