import CreditCore

/// An element of a drawing; places along it are percentages, so that it fits any width.
struct SVG {
  private let name: String
  private let attributes: [(name: String, value: String)]
  private let children: [SVG]
  private let text: String

  init(
    _ name: String,
    _ attributes: [(name: String, value: String)],
    children: [SVG] = [],
    text: String = ""
  ) {
    self.name = name
    self.attributes = attributes
    self.children = children
    self.text = text
  }

  /// A picture of that many pixels in height, with the sentence that stands for it.
  static func picture(_ sentence: String, height: Int, _ children: [SVG]) -> SVG {
    let attributes = [
      (name: "role", value: "img"), ("aria-label", sentence), ("width", "100%"),
      ("height", String(height)),
    ]
    return SVG("svg", attributes, children: children)
  }

  static func bar(_ style: String, from: Double, to: Double, y: Int, height: Int) -> SVG {
    let (left, right) = (min(from, to), max(from, to))
    let attributes = [
      (name: "class", value: style), ("x", percent(left)), ("y", String(y)),
      ("width", percent(right - left)), ("height", String(height)),
    ]
    return SVG("rect", attributes)
  }

  static func upright(_ style: String, at place: Double, from top: Int, to bottom: Int) -> SVG {
    line(style, from: (place, top), to: (place, bottom))
  }

  static func line(
    _ style: String,
    from start: (x: Double, y: Int),
    to end: (x: Double, y: Int)
  ) -> SVG {
    let attributes = [
      (name: "class", value: style), ("x1", percent(start.x)), ("y1", String(start.y)),
      ("x2", percent(end.x)), ("y2", String(end.y)),
    ]
    return SVG("line", attributes)
  }

  enum Anchor: String {
    case start
    case middle
    case end
  }

  static func label(
    _ style: String,
    _ text: String,
    at place: Double,
    y: Int,
    anchor: Anchor
  ) -> SVG {
    let attributes = [
      (name: "class", value: style), ("x", percent(place)), ("y", String(y)),
      ("text-anchor", anchor.rawValue),
    ]
    return SVG("text", attributes, text: text)
  }

  private static func percent(_ value: Double) -> String {
    Statistic.decimal(value, places: 2).description + "%"
  }

  var markup: String {
    let start =
      "<" + name
      + attributes.map { " \($0.name)=\"\(Self.escaped($0.value))\"" }.joined()
    if children.isEmpty && text.isEmpty { return start + "/>" }
    return start + ">" + Self.escaped(text) + children.map(\.markup).joined() + "</\(name)>"
  }

  /// Scalar by scalar, so that no combining mark hides a character that has a meaning.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\"": result += "&quot;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// Numbers laid out from left to right, as percentages of the width.
struct Scale {
  let low: Double
  let high: Double

  /// The margin is kept free at both ends, as a part of the span.
  init(_ values: [Double], margin: Double = 0) {
    let (least, most) = (values.min() ?? 0, values.max() ?? 0)
    let span = most > least ? most - least : max(abs(most), 1)
    low = least - span * margin
    high = (most > least ? most : least + span) + span * margin
  }

  func place(_ value: Double) -> Double {
    min(max((value - low) / (high - low), 0), 1) * 100
  }

  /// At most five round numbers within the scale.
  var ticks: [ExactDecimal] { ticks(apart: 4.5) }

  /// Round numbers within the scale, the fewest steps that are no more than `most`.
  func ticks(apart most: Double) -> [ExactDecimal] {
    var power: Int128 = 1
    while (high - low) * 1_000 / Double(power) > 45 { power *= 10 }
    let steps = [1, 2, 5, 10].map { ExactDecimal(significand: $0 * power, scale: 3) }
    guard let step = steps.first(where: { (high - low) / $0.approximate <= most }) else {
      return []
    }
    let first = Int128((low / step.approximate).rounded(.up))
    let last = Int128((high / step.approximate).rounded(.down))
    if first > last { return [] }
    return (first...last).map {
      ExactDecimal(significand: $0 * step.significand, scale: step.scale)
    }
  }
}
