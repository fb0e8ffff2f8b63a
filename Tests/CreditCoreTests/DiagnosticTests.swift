import CreditCore
import Testing

@Suite("Diagnostics")
struct DiagnosticTests {
  private func source(_ text: String, name: String = "plan.yaml") -> SourceText {
    SourceText(name: name, bytes: Array(text.utf8))
  }

  private func lines(of diagnostic: Diagnostic) -> [String] {
    diagnostic.rendered.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test("a diagnostic says where, what, what was expected, and a hint")
  func renders() {
    let mark = SourceMark(source: source("a: 1\nplan: bronze\n"), line: 2, column: 7, width: 6)
    let diagnostic = Diagnostic(
      "unknown plan",
      at: mark,
      expected: "payg or platform",
      hint: "did you mean payg?"
    )
    #expect(
      diagnostic.rendered == """
        plan.yaml:2:7: error: unknown plan
          plan: bronze
                ^^^^^^
        expected payg or platform
        hint: did you mean payg?
        """
    )
    let warning = Diagnostic("odd", at: mark, severity: .warning)
    #expect(warning.summary == "plan.yaml:2:7: warning: odd")
  }

  static let columns: [(text: String, column: Int, width: Int, shown: String, under: String)] = [
    ("name: x1", 7, 2, "name: x1", "x1"),
    ("größe: x1", 8, 2, "größe: x1", "x1"),
    ("名前: x1", 5, 2, "名前: x1", "x1"),
    ("\u{1F600}\u{1F600} x1", 4, 2, "\u{1F600}\u{1F600} x1", "x1"),
    ("e\u{301}: x1", 5, 2, "e\u{301}: x1", "x1"),
    ("\ta:\tx1", 5, 2, " a: x1", "x1"),
    ("a\r", 1, 1, "a", "a"),
    ("a: x1", 4, 99, "a: x1", "x1"),
  ]

  @Test("the caret stands under the right column", arguments: columns)
  func pointsAt(text: String, column: Int, width: Int, shown: String, under: String) {
    let mark = SourceMark(source: source(text + "\nnext"), line: 1, column: column, width: width)
    let lines = lines(of: Diagnostic("fault", at: mark))
    #expect(lines.count == 3)
    #expect(lines[1] == "  " + shown)
    let excerpt = Array(lines[1].unicodeScalars)
    let carets = Array(lines[2].unicodeScalars)
    #expect(excerpt.count >= carets.count)
    let marked = zip(excerpt, carets).filter { $1 == "^" }.map { $0.0 }
    #expect(String(String.UnicodeScalarView(marked)) == under)
  }

  @Test("a byte order mark moves no column")
  func ignoresByteOrderMark() {
    let text = source("\u{FEFF}plan: x\n")
    let lines = lines(of: Diagnostic("fault", at: SourceMark(source: text, line: 1, column: 7)))
    #expect(lines[1...] == ["  plan: x", "        ^"])
  }

  @Test("a mark behind the text is still drawn")
  func pointsBehind() {
    let text = source("a: 1")
    let behind = SourceMark(source: text, line: 1, column: 5)
    #expect(lines(of: Diagnostic("fault", at: behind))[2] == "      ^")
    let far = SourceMark(source: text, line: 1, column: 4_000)
    #expect(lines(of: Diagnostic("fault", at: far)).count == 3)
    let nextLine = SourceMark(source: text, line: 2, column: 1)
    #expect(lines(of: Diagnostic("fault", at: nextLine)).count == 1)
    let empty = SourceMark(source: source(""), line: 1, column: 1)
    #expect(lines(of: Diagnostic("fault", at: empty))[2] == "  ^")
  }

  @Test("a long line is cut around its mark", arguments: [1, 48, 97, 300, 4_990, 5_000])
  func cuts(column: Int) {
    var text = Array(repeating: Character("a"), count: 5_000)
    text[column - 1] = "X"
    let mark = SourceMark(source: source(String(text)), line: 1, column: column, width: 5_000)
    let lines = lines(of: Diagnostic("fault", at: mark))
    #expect(lines.allSatisfy { $0.unicodeScalars.count <= 98 })
    let caret = lines[2].prefix { $0 == " " }.count
    #expect(Array(lines[1])[caret] == "X")
  }

  @Test(
    "characters that could forge or hide a message are replaced",
    arguments: [
      "\u{1B}[2J", "\u{7}", "\u{202E}", "\u{2066}", "\u{200B}", "\u{85}", "\u{2028}", "\u{FEFF}",
      "\r", "\u{0}", "\u{7F}", "\u{E0041}",
    ]
  )
  func replaces(hostile: String) {
    let text = "x: a\(hostile)b"
    let diagnostic = Diagnostic(
      "value \"a\(hostile)b\"",
      at: SourceMark(source: source(text, name: "a\(hostile)b.yaml"), line: 1, column: 4),
      expected: "no \(hostile)",
      hint: "leave \(hostile) out"
    )
    let scalars = Set(diagnostic.rendered.unicodeScalars)
    #expect(hostile.unicodeScalars.first.map { scalars.contains($0) } == false)
    #expect(lines(of: diagnostic).count == 5)
    #expect(diagnostic.rendered.unicodeScalars.contains("\u{FFFD}"))
  }

  @Test("letters of any script are kept, a tab becomes a space")
  func keeps() {
    #expect(printable("Größe 名前 عربى \u{1F600}") == "Größe 名前 عربى \u{1F600}")
    #expect(printable("a\tb") == "a b")
    #expect(printable("a\nb") == "a\u{FFFD}b")
  }

  @Test("a brief account of many faults has at most ten lines", arguments: [1, 2, 5, 6, 10, 500])
  func briefs(count: Int) {
    let text = source("plan: x")
    let faults = (1...count).map { number in
      Diagnostic(
        "fault \(number)\nof many",
        at: SourceMark(source: text, line: 1, column: 7),
        expected: "less\nof it",
        hint: "leave\nit out"
      )
    }
    let lines = BadInput(faults).brief.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 10)
    #expect(lines[0].hasPrefix("plan.yaml:1:7: error: fault 1"))
    #expect((lines.last == "… and \(count - 5) more") == (count > 5))
    #expect(lines.filter { $0.contains("error: fault") }.count == min(count, 5))
  }

  @Test("lines end at a newline, with or without a return before it")
  func findsLines() {
    let text = source("one\r\ntwo\n\nfour")
    let shown = (1...6).map { text.line($0).map { String(decoding: $0, as: UTF8.self) } }
    #expect(shown == ["one", "two", "", "four", nil, nil])
    #expect(source("a\n").line(2) == [])
  }

  @Test(
    "the nearest word is found, unless none is near",
    arguments: [
      ("contcats", "contacts"), ("contact", "contacts"), ("CONTACTS", "contacts"),
      ("steps_per_contat", "steps_per_contact"), ("lable", "label"), ("cuont", "count"),
      ("x", nil), ("banana", nil), ("", nil), ("contactspluslots", nil),
    ] as [(String, String?)]
  )
  func finds(word: String, expected: String?) {
    let words = ["label", "contacts", "count", "steps_per_contact"]
    #expect(nearest(to: word, among: words) == expected)
  }

  @Test("the nearest of several is the first of the closest, however long the word")
  func findsClosest() {
    #expect(nearest(to: "abcx", among: ["abyx", "abcd", "abce"]) == "abyx")
    #expect(nearest(to: "calls", among: ["cell", "call", "calls"]) == "calls")
    #expect(nearest(to: "calls", among: []) == nil)
    let long = String(repeating: "x", count: 100_000)
    #expect(nearest(to: long, among: ["x", "calls"]) == nil)
  }
}
