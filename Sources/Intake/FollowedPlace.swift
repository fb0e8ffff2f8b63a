import ByteSources
import CreditCore
import LocalFiles
import RequestLogs
import UsageStore

/// A file or folder that was named to be followed, and the files found there.
final class FollowedPlace {
  struct Found {
    var path: String
    var status: FileStatus
    /// A neighbour of the file that is followed, which may be what was there before.
    var isBeside = false
  }

  let path: String
  private(set) var isFolder = false
  /// Oldest first.
  var logs: [FollowedLog] = []
  var packed: [PackedLog] = []
  /// Files that were followed and are not known to be anywhere.
  var missing: [FollowedFile] = []
  /// Files that were followed and are done with.
  var past: [FollowedFile] = []
  /// When files were written last that lay beside the file before it was followed.
  var ancient: [FileStatus.Key: Int64] = [:]
  /// When the file was written last that is followed; what came after it was written later.
  private(set) var since = Int64.min
  /// Whether it was looked at before.
  private(set) var isKnown = false
  private var format: LogFormat?
  private var absentSince: Int?
  /// When names in the file's folder changed last.
  private var folderModified = Int64.min
  let trouble = Trouble()
  /// Files that are never followed, such as the database.
  private let excluded: [String]

  /// The file or folder without links, but for its own name.
  var absolute: String {
    isFolder ? Files.real(path) ?? path : Files.absolute(path)
  }

  init(_ path: String, excluding excluded: [String]) {
    self.path = path
    self.excluded = excluded
  }

  /// Why it cannot be read, where none of it can.
  var fault: (any Error)? { trouble.last }
  var isRefused: Bool {
    !logs.isEmpty && logs.allSatisfy(\.isRefused) && packed.isEmpty && !isFolder
  }

  // MARK: A look

  /// Reads what has come; true where there is more than a turn takes.
  func look(_ follow: Following) throws -> Bool {
    follow.lastFormat = format
    defer { format = follow.lastFormat }
    let found = list(follow)
    if !isKnown { try recall(follow) }
    try dropEnded(follow)
    try refresh(found, follow)
    try adopt(found, follow)
    isKnown = true
    for file in missing { try giveUp(file, follow) }
    missing = []
    if !isFolder, let current = logs.last, !current.isRotated { since = current.status.modified }
    let hasMore = try read(follow)
    try endRotated(follow)
    return hasMore
  }

  private func list(_ follow: Following) -> [Found] {
    guard let status = FileStatus(path: path) else {
      reportAbsence(follow)
      return []
    }
    absentSince = nil
    if status.isFolder {
      if !isFolder { (isFolder, isKnown) = (true, false) }
      return files(in: path, follow)
    }
    return status.isRegular ? [Found(path: path, status: status)] : []
  }

  func files(in folder: String, _ follow: Following) -> [Found] {
    let names: [String]
    do throws(EnvironmentFault) { names = try Files.names(in: folder) } catch {
      trouble.tell(error, of: folder, isLasting: false, follow)
      return []
    }
    let unwanted = Set(excluded.compactMap { FileStatus(path: $0)?.key })
    var seen: Set<FileStatus.Key> = []
    return names.filter { !$0.hasPrefix(".") }.compactMap { name in
      let inside = folder.hasSuffix("/") ? folder + name : folder + "/" + name
      guard let status = FileStatus(path: inside), status.isRegular,
        !unwanted.contains(status.key), seen.insert(status.key).inserted
      else { return nil }
      return Found(path: inside, status: status)
    }
  }

  /// Whether files may have come to lie beside the one that is followed.
  func hasNewNeighbours(_ follow: Following) -> Bool {
    guard !isFolder, let folder = FileStatus(path: Files.folder(of: absolute)) else { return false }
    defer { folderModified = folder.modified }
    // The system's clock for files goes in steps, in which more than one change may lie.
    let age = follow.pace.now().microseconds - folder.modified / 1_000
    return folder.modified != folderModified || (0..<2_000_000).contains(age)
  }

  private func reportAbsence(_ follow: Following) {
    let now = follow.pace.milliseconds()
    guard let since = absentSince else {
      absentSince = now
      if logs.isEmpty { follow.say("waiting for \(path), which does not exist yet") }
      return
    }
    if since != .max, !logs.isEmpty, now - since >= FollowPace.quiet {
      absentSince = .max
      follow.say("waiting for \(path), which is not there any more")
    }
  }

  /// Remembers what was followed here by earlier runs.
  private func recall(_ follow: Following) throws {
    let files =
      isFolder
      ? try follow.writer.followedFiles(in: absolute)
      : try follow.writer.followedFiles(at: absolute)
    missing = files.filter { $0.ended == nil }
    past = files.filter { $0.ended != nil }
    // Without a past, what lies beside the file is older than it.
    let folder = FileStatus(path: Files.folder(of: absolute))?.modified ?? .min
    since = files.map(\.modified).max() ?? FileStatus(path: path)?.modified ?? folder
    if files.isEmpty, !isFolder { try begin(follow) }
    let last = files.last { $0.format != nil }?.format
    if !isFolder, let last { follow.lastFormat = LogFormat(rawValue: last) }
  }

  /// Remembers what lies beside a file that was never followed before, and since when it is
  /// followed: what is rotated from here on is read.
  private func begin(_ follow: Following) throws {
    for file in neighbours(follow) { ancient[file.status.key] = file.status.modified }
    if FileStatus(path: path) != nil { return }
    var row = FollowedFile(path: absolute, device: 0, inode: 0, modified: since)
    row.ended = 0
    row.id = try follow.writer.store(row)
    past.append(row)
  }

  /// Looks what became of the files that are known.
  private func refresh(_ found: [Found], _ follow: Following) throws {
    var listed: [FileStatus.Key: Found] = [:]
    for file in found { listed[file.status.key] = file }
    let names = Set(found.map { Files.name(of: $0.path) })
    for log in logs {
      let here = listed[log.status.key]
      try trouble.telling(log.path, follow) {
        if try log.refresh(here?.status, follow) == .anew { missing.append(log.beginAnew()) }
      }
      if let here { log.path = here.path }
      log.isListed = here != nil
      log.isRotated = here.map { isRotated($0.path, log, names) } ?? true
    }
    for log in packed {
      if let here = listed[log.status.key] {
        log.refresh(here.status, at: follow.pace.milliseconds())
      }
    }
    if isFolder { packed.removeAll { listed[$0.status.key] == nil && $0.isRead } }
  }

  private func isRotated(_ path: String, _ log: FollowedLog, _ names: Set<String>) -> Bool {
    guard isFolder else { return false }
    let name = Files.name(of: path)
    return name != Files.name(of: log.row.path)
      || RotatedName.bases(of: name).contains { names.contains($0) }
  }
}
