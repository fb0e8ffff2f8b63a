import CreditCore
import Documents
import TestSupport
import Testing

@Suite("Damaged texts")
struct MutationTests {
  private static let yaml = [
    """
    # A comment, größe
    name: "Q1 \\u00e9"
    plan: platform
    balance: 12450
    operations:
      - operation: enrichment.waterfall
        hit_rate: [0.55, 0.65, 0.8]
        providers:
          - {provider: apollo, hit_rate: 0.4, own_key: true}
      - request: 'POST /enrichment/verify-email?provider=kickbox'
        count: 500
        label: |
          two
          lines
    """,
    "- a\n- b: [1, {c: ~}]\n  d: >\n    folded\n    text\n- \"x\\ty\"\n",
    "---\nrules: {for: 0m, at: [50%, 80%]}\n...\n",
  ]
  private static let json = [
    """
    {"name": "Q1 \\u00e9 \\ud83d\\ude00", "plan": "platform", "balance": 12450.5,
     "operations": [{"operation": "voice.outbound", "calls": [200, 300, 4e2], "größe": null},
                    {"request": "POST /a", "count": -1, "own_key": true, "list": [[], {}]}]}
    """,
    "[1, \"two\", {\"three\": [false, null, \"\\\"\"]}]",
  ]
  private static let tokens = [
    "[", "]", "{", "}", ":", ",", "\"", "'", "\\", "- ", "\n", "\r", "\t", " ", "#", "&a ", "*a",
    "!t ", "---\n", "...\n", "? ", "| ", "> ", "%", "~", "null", "\u{0}", "\u{1B}", "\u{FEFF}",
    "\u{2028}", "\u{85}", "\u{202E}", "\\ud83d", "\\u00", "1e400", "01", "NaN", "<<: ", "\u{1F600}",
    "a: a: ", "{\"a\":", "[[[[[[[[", "  ", "\u{7F}",
  ]

  @Test("20,000 damaged texts are read or refused with a place, and never worse")
  func survives() {
    var random = SeededRandom()
    var refused = 0
    for count in 1...20_000 {
      let isYAML = random.chance(0.6)
      var bytes = Array(random.pick(isYAML ? Self.yaml : Self.json).utf8)
      for _ in 0...random.below(3) { Self.damage(&bytes, &random) }
      let text = SourceText(name: "damaged", bytes: bytes)
      guard let fault = firstFault(of: text, isYAML ? .yaml : .json) else { continue }
      refused += 1
      let lines = fault.rendered.split(separator: "\n", omittingEmptySubsequences: false)
      let isSound =
        fault.mark.line >= 1 && fault.mark.column >= 1 && fault.mark.width >= 1
        && (1...5).contains(lines.count) && fault.expected != nil
        && lines[0].hasPrefix("damaged:\(fault.mark.line):\(fault.mark.column): error: ")
        && !fault.rendered.unicodeScalars.contains("\u{1B}")
      if !isSound {
        Issue.record("seed \(random.seed), text \(count): \(fault.rendered)\n\(bytes)")
        return
      }
    }
    #expect((4_000..<19_500).contains(refused), "seed \(random.seed): \(refused) refused")
  }

  private static func damage(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
    let place = random.below(bytes.count + 1)
    switch random.below(5) {
    case 0:
      if place < bytes.count { bytes[place] = UInt8(random.below(256)) }
    case 1:
      if place < bytes.count { bytes[place] ^= 1 << UInt8(random.below(8)) }
    case 2:
      bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(12)))
    case 3:
      let part = bytes[place..<min(bytes.count, place + 1 + random.below(40))]
      bytes.insert(contentsOf: Array(part), at: random.below(bytes.count + 1))
    default:
      bytes.insert(contentsOf: random.pick(tokens).utf8, at: place)
    }
  }

  @Test("a text cut anywhere is read or refused with a place")
  func survivesCuts() {
    for (texts, format) in [(Self.yaml, Document.Format.yaml), (Self.json, .json)] {
      for text in texts {
        let bytes = Array(text.utf8)
        for end in bytes.indices {
          let cut = SourceText(name: "cut", bytes: Array(bytes[..<end]))
          guard let fault = firstFault(of: cut, format) else { continue }
          #expect(fault.mark.line >= 1 && fault.mark.column >= 1, "\(fault.rendered)")
          if format == .json { #expect(fault.mark.line <= text.split(separator: "\n").count) }
        }
      }
    }
  }
}
