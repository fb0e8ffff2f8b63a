import CreditCore

/// A span of time in parts, and how it is read with the fewest rows.
///
/// A day in which no part starts or ends comes from its rollups. Of any other day the requests are
/// read one by one, but for those of its longest part: they are what its rollups have besides the
/// others.
struct PartedSpan {
  /// A part of time, and the part of the answer that it belongs to; none out of the span.
  private struct Segment {
    var start: Int64
    var end: Int64
    var part: Int?
  }

  static let dayLength: Int64 = 86_400_000_000

  /// In microseconds; half-open.
  let span: Range<Int64>
  /// Where parts start, rising; what is before the first counts to it.
  let starts: [Int64]

  /// Whole days, from the first request to the last.
  static func stored(_ connection: OpaquePointer) throws -> Range<Int64>? {
    let first = try Statement(connection, UsageSQL.firstCharge)
    let last = try Statement(connection, UsageSQL.lastCharge)
    guard try first.step(), try last.step() else { return nil }
    let from = floorDivided(first.integer(0) >> 31, by: 86_400) * dayLength
    return from..<(floorDivided(last.integer(0) >> 31, by: 86_400) + 1) * dayLength
  }

  /// The part that an instant lies in.
  func part(at instant: Int64) -> Int {
    if starts.isEmpty { return 0 }
    var (low, high) = (0, starts.count)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= instant { low = middle + 1 } else { high = middle }
    }
    return max(low - 1, 0)
  }

  /// Hands what series have to `add`: series, part, amounts; a difference may be below zero until
  /// all of it is added up.
  ///
  /// `end`: above the numbers of series that are of interest.
  @inline(__always)
  func read(
    _ connection: OpaquePointer,
    _ requests: StoredRequests,
    _ memory: DaySums? = nil,
    series end: Int,
    _ add: (Int, Int, SeriesAmounts) -> Void
  ) throws {
    let cuts = cutsByDay()
    if let memory { return try read(connection, requests, memory, cuts, series: end, add) }
    // By day: the part that all of it counts to, less what its other parts have.
    var remainders: [Int64: Int] = [:]
    var sums = SegmentSums(series: cuts.isEmpty ? 0 : end)
    for (day, places) in cuts.sorted(by: { $0.key < $1.key }) {
      var segments = segments(of: day, places)
      let remainder = takeLongest(&segments)
      remainders[day] = remainder
      for segment in segments where segment.part != nil || remainder != nil {
        try sums.read(requests, from: segment.start, to: segment.end)
        for series in sums.present {
          let amounts = sums.amounts[series]
          if let part = segment.part { add(series, part, amounts) }
          if let remainder { add(series, remainder, -amounts) }
        }
      }
    }
    try readRollups(connection, series: end) { day in
      cuts[day] == nil ? self.part(at: day * Self.dayLength) : remainders[day]
    } _: {
      add($0, $1, $2)
    }
  }

  /// Does so from what `memory` has of days: each part of a day is what the day has up to its end,
  /// less what it has up to its start.
  @inline(__always)
  private func read(
    _ connection: OpaquePointer,
    _ requests: StoredRequests,
    _ memory: DaySums,
    _ cuts: [Int64: [Int64]],
    series end: Int,
    _ add: (Int, Int, SeriesAmounts) -> Void
  ) throws {
    let first = floorDivided(span.lowerBound, by: Self.dayLength)
    for day in first...floorDivided(span.upperBound - 1, by: Self.dayLength) {
      guard let places = cuts[day] else {
        let part = part(at: day * Self.dayLength)
        for row in try memory.whole(day, connection) where row.series < end {
          add(row.series, part, row.sums)
        }
        continue
      }
      for segment in segments(of: day, places) {
        guard let part = segment.part else { continue }
        for row in try memory.beginning(of: day, until: segment.end, connection, requests)
        where row.series < end { add(row.series, part, row.sums) }
        for row in try memory.beginning(of: day, until: segment.start, connection, requests)
        where row.series < end { add(row.series, part, -row.sums) }
      }
    }
  }

  /// Hands the rollups of days that are of a part to `add`.
  @inline(__always)
  private func readRollups(
    _ connection: OpaquePointer,
    series end: Int,
    partOf: (Int64) -> Int?,
    _ add: (Int, Int, SeriesAmounts) -> Void
  ) throws {
    let first = floorDivided(span.lowerBound, by: Self.dayLength)
    let last = floorDivided(span.upperBound - 1, by: Self.dayLength)
    var (day, part) = (Int64.min, Int?.none)
    try DailyWalk(connection).forEachBlock(first...last) { block in
      if block.day != day {
        day = block.day
        part = partOf(day)
      }
      guard let part else { return }
      for index in 0..<block.count where block.series(index) < end {
        add(block.series(index), part, block.sums(index))
      }
    }
  }

  /// The places within days at which something starts or ends, by day.
  private func cutsByDay() -> [Int64: [Int64]] {
    var cuts: [Int64: [Int64]] = [:]
    for place in [span.lowerBound, span.upperBound] + starts
    where place % Self.dayLength != 0 && (span.contains(place) || place == span.upperBound) {
      cuts[floorDivided(place, by: Self.dayLength), default: []].append(place)
    }
    return cuts
  }

  private func segments(of day: Int64, _ cuts: [Int64]) -> [Segment] {
    let places = [day * Self.dayLength] + Set(cuts).sorted() + [(day + 1) * Self.dayLength]
    return zip(places, places.dropFirst()).map { start, end in
      Segment(start: start, end: end, part: span.contains(start) ? part(at: start) : nil)
    }
  }

  /// Takes the longest segment away, where it is most of the day and part of the span; its part.
  private func takeLongest(_ segments: inout [Segment]) -> Int? {
    let longest = segments.indices.max {
      segments[$0].end - segments[$0].start < segments[$1].end - segments[$1].start
    }
    guard let longest, let part = segments[longest].part,
      segments[longest].end - segments[longest].start > Self.dayLength / 2
    else { return nil }
    segments.remove(at: longest)
    return part
  }
}

/// Sums of requests by series, of one stretch of time after another.
private struct SegmentSums {
  private(set) var amounts: [SeriesAmounts]
  /// Series that have any.
  private(set) var present: [Int] = []

  init(series count: Int) { amounts = Array(repeating: SeriesAmounts(), count: count) }

  @inline(__always)
  mutating func read(_ requests: StoredRequests, from start: Int64, to end: Int64) throws {
    for series in present { amounts[series] = SeriesAmounts() }
    present.removeAll(keepingCapacity: true)
    try requests.forEach(from: start, to: end) { row in
      let series = Int(row.series)
      guard amounts.indices.contains(series) else { return }
      if amounts[series].requests == 0 { present.append(series) }
      // What is unknown is zero, as rollups have it.
      amounts[series] += SeriesAmounts(1, row.quantity ?? 0, row.credits ?? 0)
    }
  }
}
