import ByteSources
import CreditCore
import UsageStore

/// Files that were followed, to be found again by their bytes.
struct KnownFiles {
  private struct Head: Hashable {
    var length: Int
    var hash: UInt64
  }

  private var files: [Head: [FollowedFile]] = [:]
  private var lengths: Set<Int> = []

  init(_ files: [FollowedFile]) {
    for file in files where file.position > 0 && file.headLength > 0 {
      self.files[Head(length: file.headLength, hash: file.head), default: []].append(file)
      lengths.insert(file.headLength)
    }
  }

  /// Those that begin so, and then the ones of which most is known first.
  private func beginning(_ head: [UInt8], _ writer: ImportWriter) -> [FollowedFile] {
    lengths.filter { $0 <= head.count }
      .flatMap { files[Head(length: $0, hash: hash(head[..<$0], writer))] ?? [] }
      .sorted { $0.position > $1.position }
  }

  /// The file whose stored bytes are those of this one.
  func match(_ file: GrowingSource, _ follow: Following) throws -> FollowedFile? {
    if lengths.isEmpty { return nil }
    let head = try file.bytes(at: 0, count: GrowingSource.headLimit)
    return try beginning(head, follow.writer).first { try follow.verifies($0, in: file) }
  }

  /// The file whose stored bytes are inside a compressed one.
  func match(
    inside file: GrowingSource,
    name: String,
    _ follow: Following
  ) throws -> FollowedFile? {
    if lengths.isEmpty { return nil }
    let head = try follow.head(inside: file, name: name)
    return try beginning(head, follow.writer)
      .first { try follow.verifies($0, inside: file, name: name) }
  }
}
