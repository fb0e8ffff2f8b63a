import Foundation

/// Texts that look like markup, script, a template or nothing at all.
enum HostileTexts {
  static let all = [
    "<script>alert(1)</script>", "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>", "<svg onload=alert(4)>", "<iframe src=//evil.example>",
    "\"><script>alert(5)</script>", "'><img src=x onerror=alert(6)>",
    "<style>*{display:none}</style>", "</style><script>7</script>", "<!-- ", "-->", "<![CDATA[",
    "]]>", "</td></tr></table>", "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//evil.example>",
    "<a href=javascript:alert(8)>x</a>", "javascript:alert(9)", "<math><mtext></mtext></math>",
    "<x onclick=alert(10)>", "\" onmouseover=\"alert(11)", "' onfocus='alert(12)", "{{name}}",
    "{{{style}}}", "{{#rows}}", "{{> report}}", "{{!", "}}", "&lt;script&gt;", "&#60;b&#62;", "&",
    "&amp;amp;", "a & b < c > d", "\"quoted\" 'twice'", "back\\slash", "`tick`", "$(id)",
    "%3Cscript%3E", "=1+1", "+SUM(A1)", "@cmd", "-2", "|pipe|", "*bold* _it_ ~no~", "# heading",
    "[x](javascript:1)", "\u{202E}evil\u{202C}", "\u{2066}left\u{2069}", "abc\u{200F}def",
    "\u{5E9}\u{5DC}\u{5D5}\u{5DD}", "<\u{338}script>alert(13)</script>",
    "\"\u{301} onload=\"alert(14)", "Z\u{351}\u{36B}\u{343}", "\0nul\u{7}bell",
    "new\nline\rreturn\ttab", "\u{FEFF}bom", String(repeating: "w", count: 200),
    "</textarea><script>alert(15)</script>", "</option></select><script>alert(16)</script>",
    "</title><script>alert(17)</script>", "\" autofocus onfocus=\"alert(18)",
  ]
}

/// What a page is made of: elements and the names of their attributes, but no text.
struct PageShape: Equatable {
  /// `form action csrf`, in their order.
  var tags: [String] = []
  /// Everything between them, unescaped.
  var text = ""
  /// By the element's name and the attribute's: `input value`.
  var values: [String: [String]] = [:]

  /// Reads as a browser does: a tag lasts to the first `>` that no quote holds.
  init(_ bytes: [UInt8]) {
    var rest = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)[...]
    var between = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      guard scalar == "<" else {
        between.append(scalar)
        continue
      }
      var tag = String.UnicodeScalarView()
      var quote: Unicode.Scalar?
      while let next = rest.popFirst() {
        if quote == nil, next == ">" { break }
        if quote == nil, next == "\"" || next == "'" {
          quote = next
        } else if next == quote {
          quote = nil
        }
        tag.append(next)
      }
      take(String(tag))
    }
    text = Self.unescaped(String(between))
  }

  private mutating func take(_ tag: String) {
    let name = String(tag.prefix { !$0.isWhitespace })
    var rest = tag.dropFirst(name.count)
    var names: [String] = []
    while true {
      rest = rest.drop { $0.isWhitespace || $0 == "/" }
      if rest.isEmpty { break }
      let attribute = String(rest.prefix { $0 != "=" && !$0.isWhitespace })
      rest = rest.dropFirst(attribute.count)
      names.append(attribute)
      guard rest.first == "=", let quote = rest.dropFirst().first else { continue }
      rest = rest.dropFirst(2)
      let value = rest.prefix { $0 != quote }
      rest = rest.dropFirst(value.count + 1)
      values["\(name) \(attribute)", default: []].append(Self.unescaped(String(value)))
    }
    tags.append(([name] + names).joined(separator: " "))
  }

  static func unescaped(_ text: String) -> String {
    let pairs = [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"),
    ]
    // Literally, for a mark that combines with a semicolon would hide it.
    return pairs.reduce(text) {
      $0.replacingOccurrences(of: $1.0, with: $1.1, options: .literal)
    }
  }
}
