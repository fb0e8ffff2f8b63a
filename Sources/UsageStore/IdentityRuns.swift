import CreditCore
import GRDBSQLite

/// Sorted runs of identities in the database, in blocks that fit a page.
///
/// An entry is 12 bytes: the identity, then the request's second, both little-endian. Identities
/// are hashes and thus spread evenly, so that a run's block is guessed by proportion.
final class IdentityRuns {
  struct Run {
    let id: Int64
    let entries: Int
    var blocks: Int { (entries + entriesPerBlock - 1) / entriesPerBlock }
  }

  static let entriesPerBlock = 330
  private static let entrySize = 12
  private static let blockBits: Int64 = 16
  private static let ids = 1..<Int64(1) << 46
  private static let sizes = 1...entriesPerBlock << Int(blockBits)
  /// Runs of this many entries are merged no more, so that merging needs little memory.
  private static let largestMerged = 400_000
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

  /// Hands the seconds of an identity in a run to `body`.
  func find(
    _ identity: UInt64,
    in run: Run,
    _ body: (UInt32) -> Void
  ) throws(EnvironmentFault) {
    var (low, high) = (0, run.blocks - 1)
    var guess = Int(identity.multipliedFullWidth(by: UInt64(run.blocks)).high)
    while low <= high {
      let bounds = try withBlock(guess, of: run) { block -> (UInt64, UInt64) in
        for index in 0..<(block.count / Self.entrySize) {
          let entry = Self.entry(index, of: block)
          if entry.identity == identity { body(entry.second) }
        }
        return (
          Self.entry(0, of: block).identity,
          Self.entry(block.count / Self.entrySize - 1, of: block).identity
        )
      }
      guard let bounds else { return }
      if identity < bounds.0 {
        high = guess - 1
        guess = max(low, guess - 1)
      } else if identity > bounds.1 {
        low = guess + 1
        guess = min(high, guess + 1)
      } else {
        return
      }
    }
  }

  func forEach(
    in run: Run,
    _ body: (IdentityIndex.Entry) -> Void
  ) throws(EnvironmentFault) {
    for block in 0..<run.blocks {
      _ = try withBlock(block, of: run) { bytes in
        for index in 0..<(bytes.count / Self.entrySize) { body(Self.entry(index, of: bytes)) }
      }
    }
  }

  private func withBlock<Result>(
    _ number: Int,
    of run: Run,
    _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(EnvironmentFault) -> Result? {
    selectBlock.bind(1, run.id << Self.blockBits + Int64(number))
    defer { selectBlock.reset() }
    guard try selectBlock.step() else { return nil }
    let bytes = selectBlock.bytes(0)
    return bytes.count < Self.entrySize ? nil : body(UnsafeRawBufferPointer(bytes))
  }

  private static func entry(
    _ index: Int,
    of block: UnsafeRawBufferPointer
  ) -> IdentityIndex.Entry {
    let offset = index * entrySize
    return IdentityIndex.Entry(
      identity: UInt64(littleEndian: block.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
      second: UInt32(
        littleEndian: block.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self)
      )
    )
  }

  /// Adds a sorted run, merges it with others of its size, and gives the runs that are left.
  func add(
    _ entries: [IdentityIndex.Entry],
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
      added.sort { $0.identity < $1.identity }
    }
    runs.append(try insert(added, day))
    return runs
  }

  /// Runs of one size class differ by a factor of four at most.
  private static func size(_ entries: Int) -> Int {
    (Int.bitWidth - max(entries, 1).leadingZeroBitCount) / 2
  }

  private func insert(
    _ entries: [IdentityIndex.Entry],
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
    let block = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.entriesPerBlock * Self.entrySize,
      alignment: 8
    )
    defer { block.deallocate() }
    for number in 0..<run.blocks {
      let start = number * Self.entriesPerBlock
      let end = min(start + Self.entriesPerBlock, entries.count)
      for (index, entry) in entries[start..<end].enumerated() {
        let offset = index * Self.entrySize
        block.storeBytes(
          of: entry.identity.littleEndian,
          toByteOffset: offset,
          as: UInt64.self
        )
        block.storeBytes(of: entry.second.littleEndian, toByteOffset: offset + 8, as: UInt32.self)
      }
      insertBlock.bind(1, run.id << Self.blockBits + Int64(number))
      insertBlock.bind(
        2,
        blob: UnsafeRawBufferPointer(rebasing: block[..<((end - start) * Self.entrySize)])
      )
      try insertBlock.run()
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
