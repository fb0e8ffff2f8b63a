import CreditCore

/// Credits of each day, stacked by what they were spent on, with the days that are forecast.
struct DayChart {
  struct Column {
    /// Lines below the column; none where there is no room for all of them.
    var label: [String]
    /// From the bottom up.
    var parts: [(style: String, credits: Double)]
    /// Above the column; empty where there is no room.
    var total: String
  }

  /// What a day to come is expected to take, and between which values 8 and 19 of 20 such lie.
  struct Guess {
    var label: [String]
    var expected: Double
    var inner: (low: Double, high: Double)
    var outer: (low: Double, high: Double)
  }

  let columns: [Column]
  let guesses: [Guess]

  private enum Row {
    static let top = 26
    static let floor = 246
    static let height = 290
  }

  /// Left of the columns, for the axis.
  private static let margin = 8.0

  private var band: Double { (100 - Self.margin) / Double(max(columns.count + guesses.count, 1)) }

  private var scale: Scale {
    let tops = columns.map { $0.parts.reduce(0) { $0 + $1.credits } }
    return Scale([0] + tops + guesses.flatMap { [$0.outer.high, $0.expected] })
  }

  func drawing(_ sentence: String) -> SVG {
    let scale = scale
    var marks = axis(scale)
    for (place, column) in columns.enumerated() { marks += draw(column, at: place, scale) }
    for (place, guess) in guesses.enumerated() {
      marks += draw(guess, at: columns.count + place, scale)
    }
    return .picture(sentence, height: Row.height, marks)
  }

  private func y(_ value: Double, _ scale: Scale) -> Int {
    Row.floor - Int((scale.place(value) / 100 * Double(Row.floor - Row.top)).rounded())
  }

  private func axis(_ scale: Scale) -> [SVG] {
    var marks: [SVG] = []
    for tick in scale.ticks(apart: 6) where !tick.isNegative {
      let y = y(tick.approximate, scale)
      let style = tick.isZero ? "axis" : "grid"
      marks.append(.line(style, from: (0, y), to: (100, y)))
      if !tick.isZero {
        marks.append(.label("label-quiet", tick.compact, at: 0, y: y - 5, anchor: .start))
      }
    }
    return marks
  }

  private func span(_ place: Int, _ share: Double) -> (from: Double, to: Double) {
    let middle = Self.margin + band * (Double(place) + 0.5)
    return (middle - band * share / 2, middle + band * share / 2)
  }

  private func draw(_ column: Column, at place: Int, _ scale: Scale) -> [SVG] {
    let (from, to) = span(place, 0.62)
    var marks: [SVG] = []
    var sum = 0.0
    for part in column.parts {
      let bottom = y(sum, scale)
      sum += part.credits
      let top = y(sum, scale)
      // A gap parts what is stacked, where there is room for one.
      let height = bottom - top > 3 ? bottom - top - 1 : bottom - top
      if height > 0 { marks.append(.bar(part.style, from: from, to: to, y: top, height: height)) }
    }
    let middle = (from + to) / 2
    if !column.total.isEmpty {
      marks.append(.label("label", column.total, at: middle, y: y(sum, scale) - 6, anchor: .middle))
    }
    return marks + label(column.label, middle)
  }

  private func draw(_ guess: Guess, at place: Int, _ scale: Scale) -> [SVG] {
    let (from, to) = span(place, 0.62)
    let middle = (from + to) / 2
    let (high, low) = (y(guess.inner.high, scale), y(guess.inner.low, scale))
    return [
      .upright(
        "guess-outer",
        at: middle,
        from: y(guess.outer.high, scale),
        to: y(guess.outer.low, scale)
      ),
      .bar("guess", from: from, to: to, y: high, height: max(low - high, 1)),
      .line(
        "guess-middle",
        from: (from, y(guess.expected, scale)),
        to: (to, y(guess.expected, scale))
      ),
    ] + label(guess.label, middle)
  }

  private func label(_ lines: [String], _ middle: Double) -> [SVG] {
    lines.enumerated().map { place, line in
      .label("label-quiet", line, at: middle, y: Row.floor + 19 + 17 * place, anchor: .middle)
    }
  }
}

/// A balance over time, what filled it up, and how it may run out.
struct BalanceChart {
  struct Point {
    /// Microseconds since 1970.
    var at: Double
    var credits: Double
  }

  /// Rising in time; the balance stays until the next.
  let points: [Point]
  /// What filled it up.
  let rises: [(at: Double, label: String)]
  /// When it is gone: at the burn rate at hand, or in one, five and nine cases of ten.
  let ends: [Double]
  /// What is said where it is gone.
  let end: (at: Double, label: String)?
  let ticks: [(at: Double, label: String)]
  /// Where the drawing ends.
  let until: Double

  private enum Row {
    static let top = 30
    static let floor = 216
    static let height = 246
    static let width = 1_000.0
  }

  private var time: Scale { Scale([points.first?.at ?? 0, until]) }
  private var scale: Scale { Scale([0] + points.map { $0.credits * 1.08 }) }

  func drawing(_ sentence: String) -> SVG {
    let scale = scale
    var marks: [SVG] = []
    let levels = scale.ticks.filter { !$0.isNegative }.map { tick in
      (tick, Row.floor - Int(height(tick.approximate, scale).rounded()))
    }
    for (tick, y) in levels {
      marks.append(.line(tick.isZero ? "axis" : "grid", from: (0, y), to: (100, y)))
    }
    marks.append(plot(scale))
    for (tick, y) in levels where !tick.isZero {
      marks.append(.label("label-quiet", tick.compact, at: 100, y: y - 5, anchor: .end))
    }
    for rise in rises {
      let place = time.place(rise.at)
      let anchor: SVG.Anchor = place < 18 ? .start : place > 82 ? .end : .middle
      marks.append(.upright("rise-line", at: place, from: Row.top - 8, to: Row.floor))
      marks.append(.label("label", rise.label, at: place, y: Row.top - 14, anchor: anchor))
    }
    if let end, end.at <= until {
      let place = time.place(end.at)
      let anchor: SVG.Anchor = place > 82 ? .end : .middle
      marks.append(.upright("limit", at: place, from: Row.top - 8, to: Row.floor))
      marks.append(.label("label", end.label, at: place, y: Row.top - 14, anchor: anchor))
    }
    for tick in ticks {
      let place = time.place(tick.at)
      let anchor: SVG.Anchor = place < 5 ? .start : place > 94 ? .end : .middle
      marks.append(.upright("axis", at: place, from: Row.floor, to: Row.floor + 5))
      marks.append(.label("label-quiet", tick.label, at: place, y: Row.floor + 20, anchor: anchor))
    }
    return .picture(sentence, height: Row.height, marks)
  }

  private func height(_ credits: Double, _ scale: Scale) -> Double {
    scale.place(credits) / 100 * Double(Row.floor - Row.top)
  }

  /// The lines, stretched to the width there is.
  private func plot(_ scale: Scale) -> SVG {
    let floor = Double(Row.floor - Row.top)
    func place(_ at: Double, _ credits: Double) -> (x: Double, y: Double) {
      (time.place(at) / 100 * Row.width, floor - height(credits, scale))
    }
    var line: [(x: Double, y: Double)] = []
    for point in points {
      let next = place(point.at, point.credits)
      if let last = line.last { line.append((next.x, last.y)) }
      line.append(next)
    }
    var shapes: [SVG] = []
    if let first = line.first, let last = line.last {
      shapes.append(
        .path("balance-area", line + [(last.x, floor), (first.x, floor)], isClosed: true)
      )
    }
    if let now = points.last, now.credits > 0 {
      let start = place(now.at, now.credits)
      // Lines that leave the drawing are cut where it ends.
      let tips = ends.filter { $0 > now.at }.map { end -> (x: Double, y: Double) in
        if end <= until { return place(end, 0) }
        return place(until, now.credits * (1 - (until - now.at) / (end - now.at)))
      }
      if tips.count == 3 {
        var fan = [start, tips[0]]
        if tips[0].y == floor, tips[2].x > tips[0].x, tips[2].y < floor {
          fan.append((tips[2].x, floor))
        }
        shapes.append(.path("fan", fan + [tips[2]], isClosed: true))
        shapes.append(.path("fan-middle", [start, tips[1]], isClosed: false))
      } else {
        for tip in tips { shapes.append(.path("fan-middle", [start, tip], isClosed: false)) }
      }
    }
    shapes.append(.path("balance-line", line, isClosed: false))
    return .plot(y: Row.top, width: Int(Row.width), height: Row.floor - Row.top, shapes)
  }
}

extension SVG {
  /// A drawing within a picture that is stretched to its width; lines keep their breadth.
  static func plot(y: Int, width: Int, height: Int, _ children: [SVG]) -> SVG {
    SVG(
      "svg",
      [
        (name: "class", value: "plot"), ("x", "0"), ("y", String(y)), ("width", "100%"),
        ("height", String(height)), ("viewBox", "0 0 \(width) \(height)"),
        ("preserveAspectRatio", "none"),
      ],
      children: children
    )
  }

  static func path(_ style: String, _ points: [(x: Double, y: Double)], isClosed: Bool) -> SVG {
    let steps = points.enumerated().map { place, point in
      (place == 0 ? "M" : "L") + Statistic.decimal(point.x, places: 1).description + " "
        + Statistic.decimal(point.y, places: 1).description
    }
    return SVG(
      "path",
      [(name: "class", value: style), ("d", steps.joined() + (isClosed ? "Z" : ""))]
    )
  }
}

extension ExactDecimal {
  /// A round number in few characters: `500`, `2.5k`, `10M`.
  var compact: String {
    for (unit, size) in [("M", 1_000_000), ("k", 1_000)] {
      let size = ExactDecimal(size)
      if self >= size, let part = try? divided(by: size, places: 3) { return part.grouped() + unit }
    }
    return grouped()
  }
}
