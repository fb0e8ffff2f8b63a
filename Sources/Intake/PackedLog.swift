import ByteSources
import CreditCore
import LocalFiles
import RequestLogs
import UsageStore

/// A compressed file among those that are followed.
///
/// A rotation may have made it of one of them, or it is a log of its own. It is read once, when it
/// is whole.
final class PackedLog {
  /// Until it has not changed for so long, it may be in the making.
  private static let settling = 2_000

  let path: String
  private(set) var row: FollowedFile
  private(set) var status: FileStatus
  /// The file that is inside, where it was read before it was compressed.
  private(set) var origin: FollowedFile?
  private var changedAt: Int
  private(set) var isRead: Bool
  private var needsStoring = true

  /// One that `isMade` is written no more, as far as is known.
  init(
    _ path: String,
    _ row: FollowedFile,
    _ status: FileStatus,
    origin: FollowedFile?,
    isMade: Bool,
    at now: Int
  ) {
    self.path = path
    self.row = row
    self.status = status
    self.origin = origin
    isRead = row.ended == status.size && row.modified == status.modified
    changedAt = isMade ? .min / 2 : now
  }

  func refresh(_ listed: FileStatus, at now: Int) {
    guard listed.size != status.size || listed.modified != status.modified else { return }
    status = listed
    changedAt = now
    isRead = false
  }

  /// Reads it, unless it may be in the making or was read; `match` finds what is inside it among
  /// the files that are known.
  func read(_ follow: Following, match: (GrowingSource) throws -> FollowedFile?) throws {
    guard !isRead, follow.pace.milliseconds() - changedAt >= Self.settling,
      let file = try follow.open(path, key: status.key)
    else { return }
    isRead = true
    if origin == nil { origin = try LogContent.naming { try match(file) } }
    let skipped = origin?.position ?? 0
    let content = try LogContent(file, name: path, follow.workflow.options)
    var ordinals = LineOrdinals()
    let isDone = try follow.taking(from: path, &ordinals) {
      var count = 0
      while let entry = try content.next() {
        try follow.take(entry, isStored: content.consumed <= skipped)
        count += 1
        if count & 0xFFF == 0, follow.pace.mustEnd() { return false }
      }
      return true
    }
    isRead = isDone
    if !isDone { return }
    row.ended = status.size
    row.modified = status.modified
    if let stored = origin, stored.ended == nil { origin?.ended = stored.position }
    needsStoring = true
  }

  func store(_ writer: ImportWriter) throws {
    guard needsStoring else { return }
    needsStoring = false
    row.id = try writer.store(row)
    if let origin, origin.id != nil, isRead { _ = try writer.store(origin) }
  }
}

extension Following {
  /// Whether a compressed file holds what was stored of another one.
  func verifies(
    _ row: FollowedFile,
    inside file: GrowingSource,
    name: String
  ) throws -> Bool {
    let content = try Decompressed.open(GrowingSource(again: file), name: name)
    var (head, tail): ([UInt8], [UInt8]) = ([], [])
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    var offset = 0
    while offset < row.position {
      let limit = min(chunk.count, row.position - offset)
      let count = try chunk.withUnsafeMutableBytes { buffer in
        try content.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<limit]))
      }
      if count == 0 { return false }
      offset += count
      if head.count < row.headLength { head += chunk[..<count].prefix(row.headLength - head.count) }
      tail = (tail + chunk[..<count]).suffix(row.tailLength)
    }
    return (head.isEmpty || hash(head[...], writer) == row.head)
      && (tail.isEmpty || hash(tail[...], writer) == row.tail)
  }

  /// The first bytes inside a compressed file.
  func head(inside file: GrowingSource, name: String) throws -> [UInt8] {
    let content = try Decompressed.open(GrowingSource(again: file), name: name)
    var head = [UInt8](repeating: 0, count: GrowingSource.headLimit)
    var filled = 0
    while filled < head.count {
      let count = try head.withUnsafeMutableBytes { buffer in
        try content.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      }
      if count == 0 { break }
      filled += count
    }
    head.removeLast(head.count - filled)
    return head
  }
}
