/// What the requests of a day of a series add up to.
struct DailySum {
  /// In days since 1970.
  var day: Int64
  var series: Int32
  var sums: SeriesAmounts

  /// Where it is stored.
  var blockID: Int64 { DailyBlock.id(day: day, series: series) }
}

/// The sums of a day of 256 series, whose numbers are one behind the other; those of no requests
/// are left out.
///
/// As bytes they are their number, in two bytes, and columns as ``PackedColumns`` has them: place,
/// requests, quantity and credits. The id is the day, then 16 bits: the number of the first series
/// without its last eight.
struct DailyBlock {
  static let width = 256
  private static let columns = 4
  /// Numbers of series have 24 bits.
  private static let seriesBits: Int64 = 16

  /// By place.
  private let cells: UnsafeMutablePointer<SeriesAmounts>
  /// Those that have any requests, rising.
  private let places: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private(set) var id: Int64 = 0
  private let memory: UnsafeMutableRawBufferPointer

  init() {
    cells = .allocate(capacity: Self.width)
    cells.initialize(repeating: SeriesAmounts(), count: Self.width)
    places = .allocate(capacity: Self.width)
    memory = .allocate(
      byteCount: 2 + PackedColumns.most(Self.columns, of: Self.width),
      alignment: 8
    )
  }

  func deallocate() {
    cells.deallocate()
    places.deallocate()
    memory.deallocate()
  }

  static func id(day: Int64, series: Int32) -> Int64 { day << seriesBits | Int64(series >> 8) }

  /// The ids that blocks of some days can have.
  static func ids(_ days: ClosedRange<Int64>) -> ClosedRange<Int64> {
    let limit = Int64.max >> (seriesBits + 1)
    let (from, to) = (max(days.lowerBound, -limit), min(days.upperBound, limit))
    return from << seriesBits...(max(from, to) << seriesBits | (1 << seriesBits - 1))
  }

  var day: Int64 { id >> Self.seriesBits }

  @inline(__always)
  func series(_ index: Int) -> Int {
    Int(id & (1 << Self.seriesBits - 1)) << 8 | Int(places[index])
  }

  @inline(__always)
  func sums(_ index: Int) -> SeriesAmounts { cells[Int(places[index])] }

  /// Becomes a block without any sums.
  mutating func clear(_ id: Int64) {
    (self.id, count) = (id, 0)
    cells.update(repeating: SeriesAmounts(), count: Self.width)
  }

  /// Adds to the sums of a series of the block; false where there would be too much.
  @inline(__always)
  func add(_ other: DailySum) -> Bool {
    let cell = cells + Int(other.series & 0xFF)
    let (requests, tooMany) = cell.pointee.requests.addingReportingOverflow(other.sums.requests)
    let (quantity, isOver) = cell.pointee.quantity.addingReportingOverflow(other.sums.quantity)
    let (credits, tooMuch) = cell.pointee.credits.addingReportingOverflow(other.sums.credits)
    cell.pointee.requests = requests
    cell.pointee.quantity = quantity
    cell.pointee.credits = credits
    return !(tooMany || isOver || tooMuch)
  }

  /// The block as bytes, which are valid until it is asked again; nil where all sums are nothing.
  mutating func bytes() -> UnsafeRawBufferPointer? {
    count = 0
    for place in 0..<Self.width where !cells[place].isEmpty {
      places[count] = UInt8(truncatingIfNeeded: place)
      count += 1
    }
    if count == 0 { return nil }
    memory.storeBytes(of: UInt16(truncatingIfNeeded: count).littleEndian, as: UInt16.self)
    var end = 2
    PackedColumns.put(count, memory, &end) { Int64(places[$0]) }
    PackedColumns.put(count, memory, &end) { sums($0).requests }
    PackedColumns.put(count, memory, &end) { sums($0).quantity }
    PackedColumns.put(count, memory, &end) { sums($0).credits }
    PackedColumns.close(memory, &end)
    return UnsafeRawBufferPointer(rebasing: memory[..<end])
  }

  /// Takes sums from bytes; false, and there are none, where they are not of a block.
  mutating func read(_ id: Int64, _ bytes: UnsafeRawBufferPointer) -> Bool {
    clear(id)
    guard bytes.count > 2 else { return false }
    let number = Int(UInt16(littleEndian: bytes.loadUnaligned(as: UInt16.self)))
    guard (1...Self.width).contains(number) else { return false }
    let (cells, places) = (cells, places)
    var (start, last, isRising) = (2, Int64(-1), true)
    let areRead =
      PackedColumns.take(number, bytes, &start) { index, place in
        isRising = isRising && place > last && place < Self.width
        last = place
        places[index] = UInt8(truncatingIfNeeded: place)
      }
      && PackedColumns.take(number, bytes, &start) { cells[Int(places[$0])].requests = $1 }
      && PackedColumns.take(number, bytes, &start) { cells[Int(places[$0])].quantity = $1 }
      && PackedColumns.take(number, bytes, &start) { cells[Int(places[$0])].credits = $1 }
    guard areRead, isRising, start == bytes.count - PackedColumns.padding else {
      clear(id)
      return false
    }
    count = number
    return true
  }
}
