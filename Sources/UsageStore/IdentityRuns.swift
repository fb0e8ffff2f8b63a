import CreditCore
import GRDBSQLite

/// Sorted runs of identities in the database, in blocks that fit a page.
///
/// Entries are words as the machine has them, little-endian wherever Swift runs. Identities are
/// hashes and thus spread evenly, so that a run's block is guessed by proportion.
final class IdentityRuns {
  struct Run {
    let id: Int64
    let entries: Int
    var blocks: Int { (entries + entriesPerBlock - 1) / entriesPerBlock }
  }

  static let entriesPerBlock = 500
  private static let entrySize = MemoryLayout<IdentityEntry>.size
  private static let blockBits: Int64 = 16
  private static let ids = 1..<Int64(1) << 46
  private static let sizes = 1...entriesPerBlock << Int(blockBits)
  /// Runs of this many entries are merged no more, so that merging needs little memory.
  private static let largestMerged = 200_000
  /// Runs of about one size before they are merged.
  private static let fanIn = 4

  private let selectRuns: Statement
  private let insertRun: Statement
  private let deleteRun: Statement
  private let selectBlock: Statement
  private let insertBlock: Statement
  private let deleteBlocks: Statement
  private let lastRun: Statement

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    selectRuns = try Statement(
      connection,
      "SELECT id, entries FROM identity_runs WHERE day = ? ORDER BY id"
    )
    insertRun = try Statement(connection, "INSERT INTO identity_runs VALUES (?, ?, ?)")
    deleteRun = try Statement(connection, "DELETE FROM identity_runs WHERE id = ?")
    selectBlock = try Statement(connection, "SELECT entries FROM identity_blocks WHERE id = ?")
    insertBlock = try Statement(connection, "INSERT INTO identity_blocks VALUES (?, ?)")
    deleteBlocks = try Statement(connection, "DELETE FROM identity_blocks WHERE id BETWEEN ? AND ?")
    lastRun = try Statement(connection, "SELECT coalesce(max(id), 0) FROM identity_runs")
  }

  func runs(of day: Int) throws(EnvironmentFault) -> [Run] {
    var runs: [Run] = []
    selectRuns.bind(1, Int64(day))
    defer { selectRuns.reset() }
    while try selectRuns.step() {
      let run = Run(id: selectRuns.integer(0), entries: Int(selectRuns.integer(1)))
      guard Self.ids.contains(run.id), Self.sizes.contains(run.entries) else {
        throw selectRuns.fault("identity_runs is damaged at \(run.id)")
      }
      runs.append(run)
    }
    return runs
  }

  /// Hands the entries to `body` that lie where those of an identity would in a run.
  func forEach(
    near identity: UInt64,
    in run: Run,
    _ body: (IdentityEntry) -> Void
  ) throws(EnvironmentFault) {
    let (first, last) = IdentityEntry.bounds(of: identity)
    let guess = Int(identity.multipliedFullWidth(by: UInt64(run.blocks)).high)
    guard let bounds = try forEach(inBlock: guess, of: run, body) else { return }
    var (lower, upper) = (bounds.first, bounds.last)
    var block = guess
    while block > 0, lower >= first {
      block -= 1
      lower = try forEach(inBlock: block, of: run, body)?.first ?? first
    }
    block = guess
    while block < run.blocks - 1, upper <= last {
      block += 1
      upper = try forEach(inBlock: block, of: run, body)?.last ?? last
    }
  }

  func forEach(in run: Run, _ body: (IdentityEntry) -> Void) throws(EnvironmentFault) {
    for block in 0..<run.blocks { _ = try forEach(inBlock: block, of: run, body) }
  }

  /// Gives the first and last entry of a block; nil where there is no such block.
  private func forEach(
    inBlock block: Int,
    of run: Run,
    _ body: (IdentityEntry) -> Void
  ) throws(EnvironmentFault) -> (first: IdentityEntry, last: IdentityEntry)? {
    selectBlock.bind(1, run.id << Self.blockBits + Int64(block))
    defer { selectBlock.reset() }
    guard try selectBlock.step() else { return nil }
    let words = UnsafeRawBufferPointer(selectBlock.bytes(0))
    let count = words.count / Self.entrySize
    if count == 0 { return nil }
    for index in 0..<count { body(Self.entry(index, of: words)) }
    return (Self.entry(0, of: words), Self.entry(count - 1, of: words))
  }

  @inline(__always)
  private static func entry(_ index: Int, of words: UnsafeRawBufferPointer) -> IdentityEntry {
    IdentityEntry(
      word: words.loadUnaligned(fromByteOffset: index * entrySize, as: UInt64.self)
    )
  }

  /// Adds a sorted run, merges it with others of its size, and gives the runs that are left.
  func add(
    _ entries: [IdentityEntry],
    to day: Int,
    beside runs: [Run]
  ) throws(EnvironmentFault) -> [Run] {
    var runs = runs
    var added = entries
    while true {
      let alike = runs.filter { Self.size($0.entries) == Self.size(added.count) }
      guard alike.count >= Self.fanIn - 1, added.count < Self.largestMerged else { break }
      for run in alike {
        try forEach(in: run) { added.append($0) }
        try delete(run)
      }
      runs.removeAll { run in alike.contains { $0.id == run.id } }
      added.sort()
    }
    runs.append(try insert(added, day))
    return runs
  }

  /// Runs of one size class differ by a factor of four at most.
  private static func size(_ entries: Int) -> Int {
    (Int.bitWidth - max(entries, 1).leadingZeroBitCount) / 2
  }

  private func insert(
    _ entries: [IdentityEntry],
    _ day: Int
  ) throws(EnvironmentFault) -> Run {
    guard try lastRun.step(), Self.ids.contains(lastRun.integer(0) &+ 1) else {
      throw lastRun.fault("identity_runs is damaged")
    }
    let run = Run(id: lastRun.integer(0) + 1, entries: entries.count)
    lastRun.reset()
    insertRun.bind(1, run.id)
    insertRun.bind(2, Int64(day))
    insertRun.bind(3, Int64(entries.count))
    try insertRun.run()
    let size = Self.entriesPerBlock * Self.entrySize
    let insertBlock = insertBlock
    try entries.withUnsafeBufferPointer { (entries) throws(EnvironmentFault) in
      let words = UnsafeRawBufferPointer(entries)
      for block in 0..<run.blocks {
        let start = block * size
        insertBlock.bind(1, run.id << Self.blockBits + Int64(block))
        insertBlock.bind(
          2,
          blob: UnsafeRawBufferPointer(rebasing: words[start..<min(start + size, words.count)])
        )
        try insertBlock.run()
      }
    }
    return run
  }

  private func delete(_ run: Run) throws(EnvironmentFault) {
    deleteRun.bind(1, run.id)
    try deleteRun.run()
    deleteBlocks.bind(1, run.id << Self.blockBits)
    deleteBlocks.bind(2, run.id << Self.blockBits + Int64(run.blocks))
    try deleteBlocks.run()
  }
}
