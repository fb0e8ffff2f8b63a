import ByteSources
import CreditCore
import LocalFiles
import RequestLogs
import UsageStore

// Finds out which file is which: one that was followed before, a copy of it, or a new one.
extension FollowedPlace {
  /// Takes up the files that are not known yet; beside a file that was rotated, also those that
  /// were there before it.
  func adopt(_ found: [Found], _ follow: Following) throws {
    let live = Set(logs.map(\.status.key) + packed.map(\.status.key))
    var fresh = found.filter { !live.contains($0.status.key) }
    if hasNewNeighbours(follow) || !isFolder && !missing.isEmpty {
      let taken = live.union(found.map(\.status.key))
      fresh = neighbours(follow).filter { !taken.contains($0.status.key) } + fresh
    }
    if fresh.isEmpty { return }
    let known = KnownFiles(missing + past + logs.map(\.row))
    for file in fresh {
      try trouble.telling(file.path, follow) { try adopt(file, known, follow) }
    }
    guard !isFolder, let key = found.first?.status.key,
      let current = logs.firstIndex(where: { $0.status.key == key })
    else { return }
    logs.append(logs.remove(at: current))
  }

  /// Files beside the one that is followed, which may be what it was before, oldest first.
  func neighbours(_ follow: Following) -> [Found] {
    let keys = Set(missing.map(\.key))
    let name = Files.name(of: absolute)
    let folders = Set([absolute, Files.real(path) ?? absolute].map(Files.folder(of:)))
    return folders.sorted().flatMap { files(in: $0, follow) }
      .filter { keys.contains($0.status.key) || isRotation($0.path, of: name) }
      .map { Found(path: $0.path, status: $0.status, isBeside: true) }
      .sorted {
        let (one, other) = ($0.status.modified, $1.status.modified)
        return one == other ? RotatedName.isOlder($0.path, $1.path) : one < other
      }
  }

  private func isRotation(_ path: String, of name: String) -> Bool {
    RotatedName.bases(of: Files.name(of: path)).contains(name)
  }

  private func adopt(_ found: Found, _ known: KnownFiles, _ follow: Following) throws {
    guard let file = try follow.open(found.path, key: found.status.key),
      let status = FileStatus(descriptor: file.descriptor)
    else { return }
    let head = try LogContent.naming { try file.bytes(at: 0, count: 6) }
    if Decompressed.unpacks(head) {
      try adoptPacked(found, file, status, known, follow)
    } else {
      try adoptPlain(found, file, status, known, follow)
    }
    trouble.isGone(from: found.path)
  }

  /// Whether a file beside the one that is followed came after what was read last.
  private func isLater(_ found: Found, _ status: FileStatus) -> Bool {
    status.modified >= since && ancient[status.key] != status.modified
      && isRotation(found.path, of: Files.name(of: absolute))
  }

  private func newRow(_ found: Found, _ status: FileStatus) -> FollowedFile {
    FollowedFile(
      path: isFolder ? absolute + "/" + Files.name(of: found.path) : absolute,
      device: status.key.device,
      inode: status.key.inode,
      modified: status.modified
    )
  }

  private func adoptPlain(
    _ found: Found,
    _ file: GrowingSource,
    _ status: FileStatus,
    _ known: KnownFiles,
    _ follow: Following
  ) throws {
    var row = newRow(found, status)
    let (same, copied) = try LogContent.naming {
      let same = try (missing + past).filter { try isSame($0, file, status, follow) }
        .max { $0.position < $1.position }
      return (same, same == nil ? try known.match(file, follow) : nil)
    }
    if let same {
      if found.isBeside, same.position == 0, !isRotation(found.path, of: Files.name(of: absolute)) {
        return
      }
      if found.isBeside, same.ended == status.size { return }
      row = same
      remove(same)
    } else if let copied {
      row.take(copied)
      if missing.contains(where: { $0.id == copied.id }) {
        row.id = copied.id
        row.modified = copied.modified
        remove(copied)
      }
    } else if found.isBeside, !isLater(found, status) {
      return
    }
    // The files of a folder are opened one by one.
    let now = follow.pace.milliseconds()
    let log = FollowedLog(isFolder ? nil : file, found.path, row, status, at: now)
    log.isRotated = found.isBeside
    logs.append(log)
  }

  private func isSame(
    _ row: FollowedFile,
    _ file: GrowingSource,
    _ status: FileStatus,
    _ follow: Following
  ) throws -> Bool {
    try row.key == status.key && row.position <= status.size && follow.verifies(row, in: file)
  }

  private func remove(_ row: FollowedFile) {
    missing.removeAll { $0 == row }
    past.removeAll { $0 == row }
  }

  private func adoptPacked(
    _ found: Found,
    _ file: GrowingSource,
    _ status: FileStatus,
    _ known: KnownFiles,
    _ follow: Following
  ) throws {
    var row = newRow(found, status)
    var origin: FollowedFile?
    let same = (missing + past).first { $0.key == status.key && $0.position == 0 }
    if let same, same.ended == status.size, same.modified == status.modified {
      if found.isBeside { return }
    } else if !isKnown || found.isBeside {
      // One that is still being written may not show what is in it.
      origin = try? known.match(inside: file, name: found.path, follow)
      if found.isBeside, same == nil, origin == nil, !isLater(found, status) { return }
      if let origin { remove(origin) }
    }
    if let same {
      row = same
      remove(same)
    }
    packed.append(
      PackedLog(
        found.path,
        row,
        status,
        origin: origin,
        isMade: !isKnown,
        at: follow.pace.milliseconds()
      )
    )
  }

  /// Says that what was not read of a file is lost.
  func giveUp(_ file: FollowedFile, _ follow: Following) throws {
    let name = isFolder ? path + "/" + Files.name(of: file.path) : path
    let isCut = logs.contains { $0.status.key == file.key }
    follow.say(
      isCut
        ? "\(name) was cut short: what was written behind byte \(file.position) and not read by"
          + " then is lost, if there was any"
        : "\(name) was read to byte \(file.position) and is gone: what was written to it after that"
          + " is lost, if there was any"
    )
    if isFolder { return try follow.writer.forget(file) }
    var file = file
    file.ended = file.position
    file.id = try follow.writer.store(file)
    past.append(file)
  }
}

extension FollowedFile {
  var key: FileStatus.Key { FileStatus.Key(device: device, inode: inode) }

  /// Takes over what was stored of a file that this one is a copy of.
  mutating func take(_ other: FollowedFile) {
    format = other.format
    head = other.head
    headLength = other.headLength
    tail = other.tail
    tailLength = other.tailLength
    position = other.position
  }
}
