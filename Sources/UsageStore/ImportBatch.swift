public import CreditCore

/// A rated request on its way into the database.
public struct NewRequest {
  /// Of (organisation, request id), or of the line itself.
  public var identity: UInt64
  /// Whether the log gave it an id, so that other logs may tell of it at another time.
  public var hasID: Bool
  /// Of (organisation, idempotency key); 0 without one.
  public var idempotencyKey: UInt64
  public var time: Instant
  public var series: Int32
  /// In millionths of the unit; nil when nothing tells.
  public var quantity: Int64?
  /// In micro-credits; nil when no rate is known.
  public var credits: Int64?
  /// The physical line, for messages.
  public var line: Int

  public init(
    identity: UInt64,
    hasID: Bool,
    idempotencyKey: UInt64 = 0,
    time: Instant,
    series: Int32,
    quantity: Int64?,
    credits: Int64?,
    line: Int
  ) {
    self.identity = identity
    self.hasID = hasID
    self.idempotencyKey = idempotencyKey
    self.time = time
    self.series = series
    self.quantity = quantity
    self.credits = credits
    self.line = line
  }
}

/// What a request used and cost, in millionths of the unit and micro-credits; nil where unknown.
struct Amounts: Equatable {
  var quantity: Int64?
  var credits: Int64?
}

extension NewRequest {
  @inline(__always)
  var amounts: Amounts { Amounts(quantity: quantity, credits: credits) }
}

/// Requests that wait to be committed together.
struct ImportBatch {
  /// Requests of one commit, and the bytes of their lines.
  static let rowLimit = 32_768
  static let byteLimit = 8 << 20

  struct Row {
    var request: NewRequest
    /// Its second, then 31 bits of its identity: where it is stored, unless that place is taken.
    var key: Int64
    var microsecond: Int32
    var arguments: Range<UInt32>
    var raw: Range<UInt32>
  }

  private(set) var rows: [Row] = []
  private var text: UnsafeMutableBufferPointer<UInt8>
  private var used = 0
  /// Whether rows lie elsewhere than the order of time says.
  private(set) var hasMovedRows = false
  /// What else tells about some of the rows.
  private(set) var links: [(row: Int32, org: String, link: ChargeLink)] = []

  init() {
    text = .allocate(capacity: Self.byteLimit)
    rows.reserveCapacity(Self.rowLimit)
  }

  func deallocate() { text.deallocate() }

  var isEmpty: Bool { rows.isEmpty }

  /// Whether another request of `count` bytes would make it too large.
  @inline(__always)
  func isFull(for count: Int) -> Bool {
    rows.count >= Self.rowLimit || (used + count > text.count && !rows.isEmpty)
  }

  @inline(__always)
  mutating func add(_ request: NewRequest, arguments: Bytes, raw: Bytes) {
    let micros = request.time.microseconds
    let second = micros >= 0 ? micros / 1_000_000 : (micros - 999_999) / 1_000_000
    let argumentRange = keep(arguments)
    rows.append(
      Row(
        request: request,
        key: chargeKey(second: second, request.identity),
        microsecond: Int32(truncatingIfNeeded: micros - second * 1_000_000),
        arguments: argumentRange,
        raw: keep(raw)
      )
    )
  }

  @inline(__always)
  private mutating func keep(_ bytes: Bytes) -> Range<UInt32> {
    let count = min(bytes.count, text.count - used)
    guard count > 0, let from = bytes.baseAddress, let to = text.baseAddress else { return 0..<0 }
    (to + used).update(from: from, count: count)
    defer { used += count }
    return UInt32(used)..<UInt32(used + count)
  }

  func bytes(_ range: Range<UInt32>) -> Bytes {
    if range.isEmpty { return .absent }
    return Bytes(rebasing: Bytes(text)[Int(range.lowerBound)..<Int(range.upperBound)])
  }

  @inline(__always)
  func withRow(_ row: Int32, _ body: (borrowing Row) -> Void) {
    rows.withUnsafeBufferPointer { body($0[Int(row)]) }
  }

  /// Gives a row another place, because its own is taken by another request.
  mutating func move(_ row: Int32, to key: Int64) {
    rows[Int(row)].key = key
    hasMovedRows = true
  }

  mutating func update(_ row: Int32, _ body: (inout NewRequest) -> Void) {
    body(&rows[Int(row)].request)
  }

  mutating func clear() {
    rows.removeAll(keepingCapacity: true)
    used = 0
    hasMovedRows = false
    if !links.isEmpty { links.removeAll() }
  }

  /// Links the row that was added last.
  mutating func link(_ link: ChargeLink, of org: String) {
    links.append((Int32(truncatingIfNeeded: rows.count - 1), org, link))
  }
}

/// The place of a request among all: its second, then 31 bits of its identity.
@inline(__always)
func chargeKey(second: Int64, _ identity: UInt64) -> Int64 {
  second << 31 | Int64(identity >> 33)
}

/// The next place in the same second, where another request has the one before.
@inline(__always)
func nextChargeKey(_ key: Int64) -> Int64 {
  let mask: Int64 = 1 << 31 - 1
  return key & ~mask | (key &+ 1) & mask
}
