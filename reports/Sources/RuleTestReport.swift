public import CreditCore

/// What a team's own tests of its rules came to.
public struct RuleTestReport: Sendable {
  public struct Message: Sendable {
    public var at: Instant
    public var rule: String
    public var state: String
    /// Nil where any will do.
    public var level: String?
    public var severity: String?
    public var reason: String?

    public init(
      at: Instant,
      rule: String,
      state: String,
      level: String?,
      severity: String?,
      reason: String?
    ) {
      (self.at, self.rule, self.state) = (at, rule, state)
      (self.level, self.severity, self.reason) = (level, severity, reason)
    }

    func isMet(by got: Message) -> Bool {
      at == got.at && rule == got.rule && state == got.state
        && (level.map { $0 == got.level } ?? true)
        && (severity.map { $0 == got.severity } ?? true)
    }

    var line: String {
      let level = level.map { $0.isEmpty ? "" : ", \($0)" } ?? ""
      let severity = severity.map { " \($0)" } ?? ""
      return printable("\(at)  \(state)\(severity)  \(rule)\(level)")
    }
  }

  public struct Test: Sendable {
    public var name: String
    /// In order of time, beside each other where they agree.
    public var pairs: [(expected: Message?, got: Message?)]

    public init(name: String, expected: [Message], got: [Message]) {
      self.name = name
      var rest = got
      pairs = expected.map { wanted in
        let place = rest.firstIndex { wanted.isMet(by: $0) }
        return (wanted, place.map { rest.remove(at: $0) })
      }
      pairs += rest.map { (nil, $0) }
      pairs.sort { Self.time($0) < Self.time($1) }
    }

    private static func time(_ pair: (expected: Message?, got: Message?)) -> Int64 {
      (pair.expected ?? pair.got)?.at.microseconds ?? 0
    }

    public var isPassed: Bool { pairs.allSatisfy { $0.expected != nil && $0.got != nil } }
  }

  public var tests: [Test] = []

  public init() {}

  public var failures: Int { tests.count { !$0.isPassed } }

  public var table: [UInt8] {
    var text = ""
    for test in tests {
      text += (test.isPassed ? "ok    " : "FAIL  ") + printable(test.name) + "\n"
      if test.isPassed { continue }
      for pair in test.pairs {
        switch pair {
        case (let expected?, _?): text += "        \(expected.line)\n"
        case (let expected?, nil): text += "  expected  \(expected.line)\n"
        case (nil, let got?):
          text += "  got       \(got.line): \(printable(got.reason ?? ""))\n"
        case (nil, nil): break
        }
      }
    }
    text += "\(tests.count - failures) of \(tests.count) passed\n"
    return Array(text.utf8)
  }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.alert-tests/1")
      json.field("passed", integer: tests.count - failures)
      json.field("failed", integer: failures)
      json.field("tests") { json in
        json.list(tests) { json, test in
          json.object { json in
            json.field("name", test.name)
            json.field("passed", test.isPassed)
            json.field("missing") { json in
              json.list(test.pairs.filter { $0.got == nil }.compactMap(\.expected)) {
                $0.text($1.line)
              }
            }
            json.field("unexpected") { json in
              json.list(test.pairs.filter { $0.expected == nil }.compactMap(\.got)) {
                $0.text($1.line)
              }
            }
          }
        }
      }
    }
    return json.finished()
  }
}
