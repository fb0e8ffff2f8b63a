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

/// Requests that wait for their places: so few that they stay in the processor's own memory.
///
/// Rows lie at addresses that do not change, so that none is copied to be looked at.
struct ImportBatch {
  static let rowLimit = 128
  /// Of their lines, but for the last.
  private static let byteLimit = 1 << 20

  struct Row {
    var request: NewRequest
    /// Its second, then 31 bits of its identity: where it is stored, unless that place is taken.
    var key: Int64
    var microsecond: Int32
    /// Whether a request with its id may be known, from this log or another.
    var mayRepeat = false
    /// Whether it is stored as a request of its own.
    var isAccepted = false
    var arguments: Range<UInt32>
    var raw: Range<UInt32>
  }

  /// Where a row wants to be stored.
  struct Place: Comparable {
    var key: Int64
    var row: Int32

    @inline(__always)
    static func < (left: Place, right: Place) -> Bool {
      left.key < right.key || left.key == right.key && left.row < right.row
    }
  }

  let rows: UnsafeMutablePointer<Row>
  private(set) var count = 0
  private let places: UnsafeMutablePointer<Place>
  private var isInOrder = true
  private(set) var arguments = TextHeap()
  private var lines = TextHeap()
  /// Whether rows lie elsewhere than the order of time says.
  private(set) var hasMovedRows = false
  /// What else tells about some of the rows.
  private(set) var links: [(row: Int32, org: String, link: ChargeLink)] = []

  init() {
    rows = .allocate(capacity: Self.rowLimit)
    places = .allocate(capacity: Self.rowLimit)
  }

  func deallocate() {
    rows.deallocate()
    places.deallocate()
    arguments.deallocate()
    lines.deallocate()
  }

  var isEmpty: Bool { count == 0 }

  @inline(__always)
  var isFull: Bool { count == Self.rowLimit || lines.count >= Self.byteLimit }

  /// Takes a request into a batch that is not full.
  @inline(__always)
  mutating func add(_ request: NewRequest, arguments: Bytes, raw: Bytes) {
    let micros = request.time.microseconds
    let second = micros >= 0 ? micros / 1_000_000 : (micros - 999_999) / 1_000_000
    let key = chargeKey(second: second, request.identity)
    (rows + count).initialize(
      to: Row(
        request: request,
        key: key,
        microsecond: Int32(truncatingIfNeeded: micros - second * 1_000_000),
        arguments: self.arguments.add(arguments),
        raw: lines.add(raw)
      )
    )
    if count > 0, key < places[count - 1].key { isInOrder = false }
    (places + count).initialize(to: Place(key: key, row: Int32(truncatingIfNeeded: count)))
    count += 1
  }

  /// The rows in the order of time.
  mutating func sorted() -> UnsafeBufferPointer<Place> {
    let sorted = UnsafeMutableBufferPointer(start: places, count: count)
    if !isInOrder { sorted.sortNearlyOrdered() }
    isInOrder = true
    return UnsafeBufferPointer(sorted)
  }

  @inline(__always)
  subscript(row: Int32) -> UnsafeMutablePointer<Row> { rows + Int(row) }

  @inline(__always)
  func arguments(of row: Int32) -> Bytes { arguments[self[row].pointee.arguments] }

  func raw(of row: Int32) -> Bytes { lines[self[row].pointee.raw] }

  /// Gives a row another place, because its own is taken by another request.
  mutating func move(_ row: Int32, to key: Int64) {
    self[row].pointee.key = key
    hasMovedRows = true
  }

  mutating func clear() {
    count = 0
    isInOrder = true
    arguments.clear()
    lines.clear()
    hasMovedRows = false
    if !links.isEmpty { links.removeAll() }
  }

  /// Links the row that was added last.
  mutating func link(_ link: ChargeLink, of org: String) {
    links.append((Int32(truncatingIfNeeded: count - 1), org, link))
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
