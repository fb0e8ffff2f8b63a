import CreditCore

/// The small bars that stand in rows of a report's tables.
extension RowBar {
  /// A part of the largest one, with a mark for what it was before.
  static func part(_ now: Double, before: Double?, upTo most: Double, _ sentence: String) -> SVG {
    let scale = Scale([0, most])
    var marks: [SVG] = [
      .bar("track", from: 0, to: 100, y: 7, height: 2),
      .bar("span-core", from: 0, to: scale.place(now), y: 3, height: 10),
    ]
    if let before {
      marks += [
        .upright("halo", at: scale.place(before), from: 1, to: 15),
        .upright("mark", at: scale.place(before), from: 1, to: 15),
      ]
    }
    return .picture(sentence, height: 16, marks)
  }

  /// A change to the left or to the right of nothing.
  static func change(_ change: Double, _ scale: Scale, _ sentence: String) -> SVG {
    let zero = scale.place(0)
    return .picture(
      sentence,
      height: 26,
      [
        .bar(change < 0 ? "fall" : "rise", from: scale.place(change), to: zero, y: 4, height: 18),
        .upright("axis-strong", at: zero, from: 0, to: 26),
      ]
    )
  }

  /// A step from one balance to another, or a balance itself.
  static func step(
    _ style: String,
    from start: Double,
    to end: Double,
    isBalance: Bool,
    _ scale: Scale,
    _ sentence: String
  ) -> SVG {
    let (from, to) = (scale.place(start), scale.place(end))
    if isBalance {
      return .picture(
        sentence,
        height: 26,
        [
          .bar("level", from: 0, to: to, y: 11, height: 4),
          .upright("mark", at: to, from: 2, to: 24),
        ]
      )
    }
    return .picture(
      sentence,
      height: 26,
      [
        .line("joint", from: (from, 0), to: (from, 26)),
        .bar(style, from: from, to: abs(to - from) < 0.4 ? from + 0.4 : to, y: 5, height: 16),
      ]
    )
  }
}
