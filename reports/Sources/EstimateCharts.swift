import CreditCore
import Rating

/// The total from low to high, against the balance.
struct RangeChart {
  let credits: CreditRange
  /// The ends of what happens 8 times in 10.
  let middle: (low: Double, high: Double)?
  let balance: Credits?

  private enum Row {
    static let balance = 14
    static let expected = 44
    static let bar = 56
    static let below = 98
    static let axis = 126
    static let height = 150
  }

  private var costs: [Double] { [credits.low, credits.expected, credits.high].map(\.approximate) }

  /// Whether the balance is too far above the costs to be drawn beside them.
  var isBalanceFarAbove: Bool { balance.map { $0.approximate > scale.high } ?? false }

  func drawing(_ sentence: String) -> SVG {
    let scale = scale
    var marks: [SVG] = []
    if let balance { marks.append(zone(beyond: balance.approximate, scale)) }
    let places = Bounds(low: costs[0], expected: costs[1], high: costs[2]).map(scale.place)
    if credits.isRanged {
      marks.append(.bar("span", from: places.low, to: places.high, y: Row.bar + 7, height: 10))
    }
    if let middle {
      let (from, to) = (scale.place(middle.low), scale.place(middle.high))
      marks.append(.bar("span-core", from: from, to: to, y: Row.bar, height: 24))
    }
    marks += axis(scale)
    if let balance { marks += line(of: balance, scale) }
    marks += labels(places)
    return .picture(sentence, height: Row.height, marks)
  }

  /// Around the range, and the balance where that leaves the range a third of the width.
  private var scale: Scale {
    if !credits.isRanged { return Scale([0, balance?.approximate ?? 0] + costs, margin: 0.04) }
    let alone = Scale(costs, margin: 0.04)
    guard let balance = balance?.approximate else { return alone }
    let both = Scale(costs + [balance], margin: 0.04)
    return both.high - both.low <= 2.5 * (alone.high - alone.low) ? both : alone
  }

  private func zone(beyond balance: Double, _ scale: Scale) -> SVG {
    .bar("zone", from: scale.place(balance), to: 100, y: 22, height: Row.axis - 22)
  }

  private func line(of balance: Credits, _ scale: Scale) -> [SVG] {
    let value = balance.approximate
    let words = "Balance " + whole(balance)
    if value > scale.high {
      return [.label("label", words + " →", at: 100, y: Row.balance, anchor: .end)]
    }
    if value < scale.low {
      return [.label("label", "← " + words, at: 0, y: Row.balance, anchor: .start)]
    }
    let place = scale.place(value)
    return [
      .upright("limit", at: place, from: 22, to: Row.axis),
      .label("label", words, at: place, y: Row.balance, anchor: anchor(place)),
    ]
  }

  private func labels(_ places: Bounds<Double>) -> [SVG] {
    var marks: [SVG] = [
      .upright("halo", at: places.expected, from: Row.bar - 6, to: Row.bar + 30),
      .upright("mark", at: places.expected, from: Row.bar - 6, to: Row.bar + 30),
      .label(
        "label label-strong",
        "Expected " + whole(credits.expected),
        at: places.expected,
        y: Row.expected,
        anchor: anchor(places.expected)
      ),
    ]
    if !credits.isRanged { return marks }
    let (low, high) = (places.low, places.high)
    marks += [
      .upright("tick", at: low, from: Row.bar + 7, to: Row.below - 13),
      .upright("tick", at: high, from: Row.bar + 7, to: Row.below - 13),
      .label(
        "label",
        "Low " + whole(credits.low),
        at: low,
        y: Row.below,
        anchor: low > 30 ? .end : .start
      ),
      .label(
        "label",
        "High " + whole(credits.high),
        at: high,
        y: Row.below,
        anchor: high < 70 ? .start : .end
      ),
    ]
    return marks
  }

  private func axis(_ scale: Scale) -> [SVG] {
    var marks: [SVG] = [.line("axis", from: (0, Row.axis), to: (100, Row.axis))]
    let ticks = scale.ticks
    let isCrowded = ticks.contains { $0.grouped().count > 9 }
    for (index, tick) in ticks.enumerated() where !isCrowded || index % 2 == 1 {
      let place = scale.place(tick.approximate)
      let anchor: SVG.Anchor = place < 5 ? .start : place > 95 ? .end : .middle
      marks += [
        .upright("axis", at: place, from: Row.axis, to: Row.axis + 5),
        .label("label-quiet", tick.grouped(), at: place, y: Row.axis + 20, anchor: anchor),
      ]
    }
    return marks
  }

  private func anchor(_ place: Double) -> SVG.Anchor {
    place < 22 ? .start : place > 78 ? .end : .middle
  }

  /// Whole credits where there are many, since the table has the rest.
  private func whole(_ credits: Credits) -> String {
    let places = abs(credits.approximate) >= 100 ? 0 : 2
    return credits.decimal.grouped(places: places).replacing("-", with: "−")
  }
}

/// The small bars that stand in rows of tables.
enum RowBar {
  /// A cost from low to high with its expected value, beside the other lines' costs.
  static func range(_ credits: CreditRange, upTo most: Double, _ sentence: String) -> SVG {
    let scale = Scale([0, most])
    let places = credits.map { scale.place($0.approximate) }
    return .picture(
      sentence,
      height: 16,
      [
        .bar("track", from: 0, to: 100, y: 7, height: 2),
        .bar("span", from: places.low, to: places.high, y: 3, height: 10),
        .bar("span-core", from: 0, to: places.expected, y: 6, height: 4),
        .upright("halo", at: places.expected, from: 1, to: 15),
        .upright("mark", at: places.expected, from: 1, to: 15),
      ]
    )
  }

  /// What one input changes, to the left and to the right of nothing.
  static func change(_ low: Double, _ high: Double, _ scale: Scale, _ sentence: String) -> SVG {
    let zero = scale.place(0)
    return .picture(
      sentence,
      height: 26,
      [
        .bar("fall", from: scale.place(low), to: zero, y: 4, height: 18),
        .bar("rise", from: zero, to: scale.place(high), y: 4, height: 18),
        .upright("axis-strong", at: zero, from: 0, to: 26),
      ]
    )
  }

  /// Shares of one whole, side by side, each in a style of its own.
  static func shares(_ shares: [(style: String, share: Double)], _ sentence: String) -> SVG {
    var start = 0.0
    var bars: [SVG] = []
    for (style, share) in shares where share > 0 {
      bars.append(.bar(style, from: start, to: min(start + share * 100, 100), y: 0, height: 28))
      start += share * 100
    }
    return .picture(sentence, height: 28, bars)
  }
}
