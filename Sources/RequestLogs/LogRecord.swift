public import CreditCore

/// One logged request as a reader found it: views of the reader's own memory.
///
/// A reader fills the same record again and again, so its bytes are valid until the next one is
/// read. What a log does not give is absent (or nil), never empty or zero.
public final class LogRecord {
  public var time = Instant(microseconds: 0)
  /// Where the time stands in the line, for messages.
  public var timeOffset = 0
  public var method = Bytes.absent
  /// As logged: a path or a whole URL, with or without base path and query.
  public var path = Bytes.absent
  /// Without `?`.
  public var query = Bytes.absent
  public var status: Int?
  public var requestID = Bytes.absent
  public var org = Bytes.absent
  public var idempotencyKey = Bytes.absent
  /// A background operation that has no path.
  public var operation = Bytes.absent
  public var replayed = false
  public var creditsCharged: Credits?
  public var usage: [(unit: Unit, quantity: ExactDecimal)] = []
  /// A JSON object of texts, checked.
  public var tags = Bytes.absent
  /// The bodies as JSON texts, checked.
  public var requestBody = Bytes.absent
  public var responseBody = Bytes.absent
  /// The line, row or element itself: what identifies a request without an id.
  public var raw = Bytes.absent
  /// What must stand before ``raw`` so that it can be read by itself: the header row of a CSV log.
  public var heading: String?
  /// The physical line on which it starts, from 1.
  public var line = 0
  /// The column in which it starts, from 1.
  public var column = 1
  /// Bytes of the stream up to its end.
  var end = 0
  /// Memory for texts that had to be unescaped.
  let arena = TextArena()
  var times = LogTimes()

  public init() {}

  /// Forgets the request before.
  func reset() {
    arena.reset()
    method = .absent
    path = .absent
    query = .absent
    status = nil
    requestID = .absent
    org = .absent
    idempotencyKey = .absent
    operation = .absent
    replayed = false
    creditsCharged = nil
    if !usage.isEmpty { usage.removeAll(keepingCapacity: true) }
    tags = .absent
    requestBody = .absent
    responseBody = .absent
    raw = .absent
  }
}

/// What a log holds, one after another.
public enum LogEntry {
  case request(LogRecord)
  indirect case transaction(LedgerEntry)
  indirect case snapshot(Snapshot)
  indirect case reject(Reject)
  /// Of a log whose reader has a ``PassageMemory``.
  indirect case known(KnownPassage)
  /// Everything since the last passage was of one, of so many lines.
  case passageEnd(lines: Int)
}

/// Memory for texts that cannot be shown where they stand; pointers into it stay put.
final class TextArena {
  private static let chunkSize = 64 << 10

  private var chunks: [UnsafeMutableBufferPointer<UInt8>] = []
  private var used = 0
  /// An address for texts that have none, being empty; nothing is read there.
  let nowhere: UnsafePointer<UInt8>

  init() { nowhere = UnsafePointer(UnsafeMutablePointer<UInt8>.allocate(capacity: 1)) }

  deinit {
    nowhere.deallocate()
    for chunk in chunks { chunk.deallocate() }
  }

  /// Gives all memory back but the first chunk.
  func reset() {
    if used == 0 { return }
    used = 0
    while chunks.count > 1 || (chunks.last?.count ?? 0) > Self.chunkSize {
      chunks.removeLast().deallocate()
    }
  }

  /// Room for `count` bytes.
  func allocate(_ count: Int) -> UnsafeMutableBufferPointer<UInt8> {
    if chunks.isEmpty || (chunks.last?.count ?? 0) - used < count {
      chunks.append(.allocate(capacity: max(Self.chunkSize, count)))
      used = 0
    }
    let chunk = chunks[chunks.count - 1]
    defer { used += count }
    return UnsafeMutableBufferPointer(rebasing: chunk[used..<(used + count)])
  }

  /// A copy of `bytes` that stays until the next record.
  func copy(_ bytes: some Collection<UInt8>) -> Bytes {
    let room = allocate(bytes.count)
    _ = room.initialize(fromContentsOf: bytes)
    return Bytes(room)
  }
}

extension LogRecord {
  /// The line, row or element as a log of its own, to be mended and read again.
  public var readable: Bytes {
    guard let heading else { return raw }
    return arena.copy(Array(heading.utf8) + [0x0A] + Array(raw))
  }

  /// Whether the API charges for it: it succeeded, and was not answered from an earlier call.
  public var isCharged: Bool {
    !replayed && (status.map { (200..<300).contains($0) } ?? true)
  }

  /// Path and query, as one text.
  public var target: Bytes {
    if query.isAbsent || query.isEmpty { return path }
    let room = arena.allocate(path.count + 1 + query.count)
    _ = room.initialize(fromContentsOf: path)
    room[path.count] = path.contains(0x3F) ? 0x26 : 0x3F
    _ = UnsafeMutableBufferPointer(rebasing: room[(path.count + 1)...])
      .initialize(fromContentsOf: query)
    return Bytes(room)
  }

  /// Where a field stands in the line; 0 where it was unescaped, or for nil.
  public func offset(of field: Bytes?) -> Int {
    guard let field, let start = field.baseAddress, let line = raw.baseAddress else { return 0 }
    let offset = UnsafeRawPointer(start) - UnsafeRawPointer(line)
    return (0..<max(raw.count, 1)).contains(offset) ? offset : 0
  }
}
