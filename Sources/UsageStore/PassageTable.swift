public import CreditCore

/// The parts of logs all of whose requests are stored, by digests of their bytes and of how they
/// are read.
final class PassageTable {
  private let select: Statement
  private let insert: Statement
  /// Those whose last requests wait for their places.
  private var waiting: [(digest: [UInt8], passage: KnownPassage)] = []
  /// Those whose requests are part of the transaction at hand.
  private var settled: [(digest: [UInt8], passage: KnownPassage)] = []

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    select = try Statement(
      connection,
      "SELECT lines, requests, first, last FROM passages WHERE digest = ?"
    )
    insert = try Statement(connection, "INSERT OR IGNORE INTO passages VALUES (?, ?, ?, ?, ?)")
  }

  func find(_ digest: [UInt8]) throws(EnvironmentFault) -> KnownPassage? {
    defer { select.reset() }
    select.bind(1, copyOf: digest)
    guard try select.step() else { return nil }
    return KnownPassage(
      lines: Int(select.integer(0)),
      requests: Int(select.integer(1)),
      first: Instant(microseconds: select.integer(2)),
      last: Instant(microseconds: select.integer(3))
    )
  }

  /// Takes a passage whose last request was added.
  func add(_ passage: KnownPassage, _ digest: [UInt8]) { waiting.append((digest, passage)) }

  /// All that was added got its place, or some of it was refused.
  func settle(areStored: Bool) {
    if areStored { settled += waiting }
    waiting.removeAll()
  }

  /// Writes those whose requests the transaction at hand has.
  func store() throws(EnvironmentFault) {
    for (digest, passage) in settled {
      insert.bind(1, copyOf: digest)
      insert.bind(2, Int64(passage.lines))
      insert.bind(3, Int64(passage.requests))
      insert.bind(4, passage.first.microseconds)
      insert.bind(5, passage.last.microseconds)
      try insert.run()
    }
    settled.removeAll()
  }

  func forget() {
    waiting.removeAll()
    settled.removeAll()
  }
}

extension ImportWriter {
  /// A passage under a digest all of whose requests are stored; nil where none is.
  public func passage(_ digest: [UInt8]) throws(EnvironmentFault) -> KnownPassage? {
    try passages.find(digest)
  }

  /// Says that all requests added since the passage before are of one, none of which was refused.
  ///
  /// It is stored together with the last of them.
  public func add(_ passage: KnownPassage, _ digest: [UInt8]) { passages.add(passage, digest) }
}
