import CreditCore
import Mustache

/// What a template shows, by name: texts, ``Markup``, lists, and values of its sections.
typealias PageValues = [String: Any]

/// Markup of our own making, for a template's triple braces; texts never become it.
struct Markup: MustacheCustomRenderable {
  let renderText: String
  var isNull: Bool { false }

  init(_ text: String) { renderText = text }
  init(_ drawing: SVG) { renderText = drawing.markup }

  /// A text that stands for itself to the last character, as what a form sends back must.
  init(exactly text: String) { renderText = SVG.escaped(text) }
}

extension Templates {
  /// A page of a template, with the style sheet as `style`.
  func page(_ name: String, _ values: PageValues) throws(EnvironmentFault) -> String {
    var values = values
    values["style"] = Markup(try text("style.css"))
    return try filled(name, values)
  }

  /// A template with values in it.
  func filled(_ name: String, _ values: PageValues) throws(EnvironmentFault) -> String {
    try parsed(name, parse).render(guarded(values))
  }

  private func parse(_ name: String) throws(EnvironmentFault) -> MustacheTemplate {
    do { return try MustacheTemplate(string: try whole(name)) } catch {
      throw EnvironmentFault("the template \(name) cannot be used: \(error)")
    }
  }

  /// The text of a template, with those that it names as `{{> part.mustache}}` in their places: a
  /// team's own where it has one, else the shipped one.
  private func whole(_ name: String) throws(EnvironmentFault) -> String {
    let pieces = try text(name).split(separator: "{{> ", omittingEmptySubsequences: false)
    var whole = String(pieces.first ?? "")
    for piece in pieces.dropFirst() {
      guard let end = piece.firstRange(of: "}}") else {
        throw EnvironmentFault("the template \(name) cannot be used: {{> without }}")
      }
      let part = String(piece[..<end.lowerBound])
      let found: String
      do { found = try text(part) } catch { found = try Templates.shipped.text(part) }
      whole += (found.hasSuffix("\n") ? found.dropLast() : found[...]) + piece[end.upperBound...]
    }
    return whole
  }
}

/// The values with every text made safe for the template library.
private func guarded(_ value: Any) -> Any {
  switch value {
  case let text as String: escapable(text)
  case let list as [Any]: list.map(guarded)
  case let values as PageValues: values.mapValues(guarded)
  default: value
  }
}

/// Printable text in which each character of markup stands alone.
///
/// The library escapes whole characters, and a mark that combines with `<` or `"` makes another
/// character of it, which would pass unescaped; a word joiner, which nobody sees, parts them.
private func escapable(_ text: String) -> String {
  // In plain text nothing combines with anything.
  if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
  var result = String.UnicodeScalarView()
  for character in printable(text) {
    let scalars = character.unicodeScalars
    if scalars.count == 1 {
      result.append(contentsOf: scalars)
      continue
    }
    for scalar in scalars {
      let isMarkup = scalar.isASCII && "<>&\"'".unicodeScalars.contains(scalar)
      if isMarkup { result.append("\u{2060}") }
      result.append(scalar)
      if isMarkup { result.append("\u{2060}") }
    }
  }
  return String(result)
}

/// Credits as a page shows them: all with cents or none, and a real minus sign.
struct CreditWords {
  /// Whether any amount has a part of a credit.
  let hasCents: Bool
  /// Whether figures are whole: among thousands, cents are noise.
  let hasWholeFigures: Bool

  init(_ amounts: some Sequence<Credits>) {
    hasCents = amounts.contains { $0.micros % 1_000_000 != 0 }
    hasWholeFigures = amounts.contains { abs($0.approximate) >= 1_000 }
  }

  func text(_ credits: Credits) -> String {
    let isTiny = credits != .zero && abs(credits.micros) < 5_000
    let text =
      hasCents && !isTiny ? credits.decimal.dollars : credits.decimal.grouped(places: 6)
    return text.replacing("-", with: "−")
  }

  /// An amount that stands alone or in a sentence.
  func figure(_ credits: Credits) -> String {
    guard hasWholeFigures, abs(credits.micros) >= 500_000 else { return text(credits) }
    return credits.decimal.grouped(places: 0).replacing("-", with: "−")
  }

  func signed(_ credits: Credits) -> String { (credits > .zero ? "+" : "") + text(credits) }

  /// `low to high`, or one number where they are the same.
  func range(_ range: CreditRange) -> String {
    let (low, high) = (figure(range.low), figure(range.high))
    return low == high ? low : "\(low) to \(high)"
  }
}
