import CreditCore

/// One stored request, but for what its series says.
struct ChargeRow {
  /// Its place among all: its second, then 31 bits of its identity, or the next that was free.
  var id: Int64
  var identity: UInt64
  var microsecond: Int64
  var series: Int64
  /// In millionths; nil when nothing tells.
  var quantity: Int64?
  /// In micro-credits; nil when no rate is known.
  var credits: Int64?
  var importID: Int64
  /// What fills the route of its series, in the texts of its block.
  var arguments: Range<UInt32>
}

extension ChargeRow {
  /// Of a row of a batch, without what fills its route.
  @inline(__always)
  init(_ row: ImportBatch.Row, importID: Int64) {
    self.init(
      id: row.key,
      identity: row.request.identity,
      microsecond: Int64(row.microsecond),
      series: Int64(row.request.series),
      quantity: row.request.quantity,
      credits: row.request.credits,
      importID: importID,
      arguments: 0..<0
    )
  }
}

/// Charges that are stored together, in the order of their places.
///
/// As bytes they are their number, in two bytes; then columns as ``PackedColumns`` has them, with
/// what fills routes, one text behind another, before the eight bytes at the end. The columns are
/// id, identity, microsecond, series, whether there are a quantity (1) and credits (2), quantity,
/// credits, import, and the length of the text.
struct ChargeBlock {
  static let limit = 128
  private static let columns = 9

  private let rows: UnsafeMutablePointer<ChargeRow>
  private(set) var count = 0
  private var texts = TextHeap()
  private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 8)

  init() { rows = .allocate(capacity: Self.limit) }

  func deallocate() {
    rows.deallocate()
    texts.deallocate()
    memory.deallocate()
  }

  @inline(__always)
  subscript(place: Int) -> UnsafeMutablePointer<ChargeRow> { rows + place }

  @inline(__always)
  func text(_ arguments: Range<UInt32>) -> Bytes { texts[arguments] }

  var isFull: Bool { count == Self.limit }

  mutating func clear() {
    count = 0
    texts.clear()
  }

  /// The first place whose charge has this id, or a later one.
  @inline(__always)
  func place(of id: Int64) -> Int {
    if count == 0 || rows[count - 1].id < id { return count }
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Puts a charge at a place of a block that is not full.
  @inline(__always)
  mutating func insert(_ row: ChargeRow, arguments: Bytes, at place: Int) {
    if place < count { (rows + place + 1).update(from: rows + place, count: count - place) }
    (rows + place).initialize(to: row)
    rows[place].arguments = texts.add(arguments)
    count += 1
  }

  mutating func remove(_ places: Range<Int>) {
    let rest = count - places.upperBound
    (rows + places.lowerBound).update(from: rows + places.upperBound, count: rest)
    count -= places.count
  }

  // MARK: As bytes

  /// The first `number` charges as bytes, which are valid until the next are asked for.
  mutating func bytes(ofFirst number: Int) -> UnsafeRawBufferPointer {
    let textCount = (0..<number).reduce(0) { $0 + rows[$1].arguments.count }
    let most = 2 + PackedColumns.most(Self.columns, of: number) + textCount
    if memory.count < most {
      memory.deallocate()
      memory = .allocate(byteCount: most * 2, alignment: 8)
    }
    memory.storeBytes(of: UInt16(number).littleEndian, as: UInt16.self)
    var end = 2
    putColumns(number, &end)
    for place in 0..<number {
      let text = UnsafeRawBufferPointer(texts[rows[place].arguments])
      UnsafeMutableRawBufferPointer(rebasing: memory[end...]).copyMemory(from: text)
      end += text.count
    }
    PackedColumns.close(memory, &end)
    return UnsafeRawBufferPointer(rebasing: memory[..<end])
  }

  @inline(__always)
  private func putColumns(_ number: Int, _ end: inout Int) {
    PackedColumns.put(number, memory, &end) { rows[$0].id }
    PackedColumns.put(number, memory, &end) { Int64(bitPattern: rows[$0].identity) }
    PackedColumns.put(number, memory, &end) { rows[$0].microsecond }
    PackedColumns.put(number, memory, &end) { rows[$0].series }
    PackedColumns.put(number, memory, &end) {
      (rows[$0].quantity == nil ? 0 : 1) | (rows[$0].credits == nil ? 0 : 2)
    }
    PackedColumns.put(number, memory, &end) { rows[$0].quantity ?? 0 }
    PackedColumns.put(number, memory, &end) { rows[$0].credits ?? 0 }
    PackedColumns.put(number, memory, &end) { rows[$0].importID }
    PackedColumns.put(number, memory, &end) { Int64(rows[$0].arguments.count) }
  }

  /// Takes charges from bytes; false, and there are none, where they are not of a block.
  ///
  /// `isBrief`: without identities, imports and what fills routes.
  @inline(__always)
  mutating func read(_ bytes: UnsafeRawBufferPointer, isBrief: Bool = false) -> Bool {
    clear()
    guard bytes.count > 2 else { return false }
    let number = Int(UInt16(littleEndian: bytes.loadUnaligned(as: UInt16.self)))
    guard (1...Self.limit).contains(number) else { return false }
    let rows = rows
    let blank = ChargeRow(
      id: 0,
      identity: 0,
      microsecond: 0,
      series: 0,
      importID: 0,
      arguments: 0..<0
    )
    rows.initialize(repeating: blank, count: number)
    var (start, isRising) = (2, true)
    let areRead =
      PackedColumns.take(number, bytes, &start) { place, value in
        if place > 0, rows[place - 1].id >= value { isRising = false }
        rows[place].id = value
      }
      && (isBrief
        ? PackedColumns.skip(number, bytes, &start)
        : PackedColumns.take(number, bytes, &start) {
          rows[$0].identity = UInt64(bitPattern: $1)
        })
      && PackedColumns.take(number, bytes, &start) { rows[$0].microsecond = $1 }
      && PackedColumns.take(number, bytes, &start) { rows[$0].series = $1 }
      && PackedColumns.take(number, bytes, &start) { place, known in
        if known & 1 != 0 { rows[place].quantity = 0 }
        if known & 2 != 0 { rows[place].credits = 0 }
      }
      && PackedColumns.take(number, bytes, &start) {
        if rows[$0].quantity != nil { rows[$0].quantity = $1 }
      }
      && PackedColumns.take(number, bytes, &start) {
        if rows[$0].credits != nil { rows[$0].credits = $1 }
      }
      && (isBrief || PackedColumns.take(number, bytes, &start) { rows[$0].importID = $1 })
    guard areRead, isRising, isBrief || readTexts(number, bytes, start) else { return false }
    count = number
    return true
  }

  private mutating func readTexts(
    _ number: Int,
    _ bytes: UnsafeRawBufferPointer,
    _ start: Int
  ) -> Bool {
    let rows = rows
    var (start, total) = (start, 0)
    let areRead = PackedColumns.take(number, bytes, &start) { place, length in
      guard length >= 0, length <= bytes.count - total else {
        total = .max
        return
      }
      let end = total + Int(length)
      rows[place].arguments = UInt32(truncatingIfNeeded: total)..<UInt32(truncatingIfNeeded: end)
      total = end
    }
    guard areRead, total == bytes.count - PackedColumns.padding - start else { return false }
    _ = texts.add(Bytes(rebasing: bytes.bindMemory(to: UInt8.self)[start..<(start + total)]))
    return true
  }
}
