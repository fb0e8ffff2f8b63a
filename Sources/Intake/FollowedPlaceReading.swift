import ByteSources
import CreditCore
import LocalFiles
import RequestLogs
import UsageStore

// Reads the files of a place, and lets go of those that are done with.
extension FollowedPlace {
  /// Files that are kept open; of more, those that changed last.
  private static let openLimit = 64
  /// Files that were rotated and are kept open, as they may still be written.
  private static let rotatedLimit = 2
  private static let pastLimit = 64

  /// True where there is more than a turn takes.
  func read(_ follow: Following) throws -> Bool {
    var hasMore = false
    for log in logs where !log.isRefused {
      let fault = try trouble.telling(log.path, follow) {
        hasMore = try log.read(follow) || hasMore
      }
      if let fault {
        if !(fault.cause is BadInput) { log.close() } else if !fault.isEarly { log.refuse() }
      } else {
        trouble.isGone(from: log.path)
      }
      try log.store(follow.writer)
      closeSurplus()
      // What was written first is read first.
      if hasMore, !isFolder { break }
    }
    for log in packed {
      try trouble.telling(log.path, follow) {
        try log.read(follow) { file in
          try KnownFiles(past + logs.map(\.row)).match(inside: file, name: log.path, follow)
        }
      }
    }
    return hasMore
  }

  private func closeSurplus() {
    let open = logs.filter(\.isOpen)
    guard isFolder, open.count > Self.openLimit else { return }
    open.min { $0.changedAt < $1.changedAt }?.close()
  }

  /// Takes the last lines of files that were rotated and are written no more.
  func endRotated(_ follow: Following) throws {
    let now = follow.pace.milliseconds()
    for log in logs where log.isRotated && !log.isEnded {
      if now - log.changedAt < FollowPace.quiet { continue }
      try trouble.telling(log.path, follow) { try log.end(follow) }
    }
  }

  /// Lets go of files all of which is stored.
  func dropEnded(_ follow: Following) throws {
    let ended = logs.filter { $0.isRotated && $0.isEnded }
    for (place, log) in ended.enumerated() {
      let isDeleted = log.status.links == 0 || !log.isListed && isFolder
      let isSurplus = !isFolder && ended.count - place > Self.rotatedLimit
      guard isDeleted || isSurplus else { continue }
      logs.removeAll { $0 === log }
      if isFolder { try follow.writer.forget(log.row) } else { past.append(log.row) }
    }
    past.removeFirst(max(0, past.count - Self.pastLimit))
  }

  /// Stores how far each file was read.
  func store(_ writer: ImportWriter) throws {
    for log in logs { try log.store(writer) }
    for log in packed { try log.store(writer) }
  }
}
