public import CreditCore

/// What a check of the database found.
public struct CheckReport: Sendable {
  public var database: String
  public var outcomes: [CheckOutcome]

  public init(database: String, outcomes: [CheckOutcome]) {
    self.database = database
    self.outcomes = outcomes
  }

  public var differences: Int { outcomes.reduce(0) { $0 + $1.differences } }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.check/1")
      json.field("database", database)
      json.field("passed", differences == 0)
      json.field("checks") { json in
        json.list(outcomes) { json, outcome in
          json.object { json in
            json.field("name", outcome.name)
            json.field("claim", outcome.claim)
            json.field("rows", integer: outcome.rows)
            json.field("differences", integer: outcome.differences)
            json.field("shown") { json in
              json.list(outcome.shown) { json, difference in
                json.object { json in
                  json.field("place", difference.place)
                  json.field("found", difference.found)
                  json.field("expected", difference.expected)
                }
              }
            }
          }
        }
      }
    }
    return json.finished()
  }

  public var table: [UInt8] {
    var table = TextTable([
      ("what", .left), ("rows", .right), ("differ", .right), ("what must hold", .left),
    ])
    for outcome in outcomes {
      table.add([
        outcome.name, ExactDecimal(outcome.rows).grouped(),
        ExactDecimal(outcome.differences).grouped(), outcome.claim,
      ])
    }
    var text = table.text
    for outcome in outcomes where outcome.differences > 0 {
      text += "\n\(outcome.name)\n"
      for difference in outcome.shown {
        text += "  \(difference.place): \(difference.found); expected \(difference.expected)\n"
      }
      let more = outcome.differences - outcome.shown.count
      if more > 0 { text += "  … and \(ExactDecimal(more).grouped()) more\n" }
    }
    return Array(text.utf8)
  }
}

/// How large a database is, and what it holds.
public struct StatsReport: Sendable {
  public var database: String
  /// Names and values, in the order shown; a size is in bytes.
  public var facts: [(name: String, value: Fact)]
  public var tables: [(name: String, rows: Int, bytes: Int?)]

  public enum Fact: Sendable {
    case bytes(Int)
    case count(Int)
    case text(String?)
  }

  public init(
    database: String,
    facts: [(name: String, value: Fact)],
    tables: [(name: String, rows: Int, bytes: Int?)]
  ) {
    self.database = database
    self.facts = facts
    self.tables = tables
  }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.stats/1")
      json.field("database", database)
      for (name, value) in facts {
        json.field(named: name) { json in
          switch value {
          case .bytes(let number), .count(let number): json.number(ExactDecimal(number))
          case .text(let text): json.text(text)
          }
        }
      }
      json.field("tables") { json in
        json.list(tables) { json, table in
          json.object { json in
            json.field("name", table.name)
            json.field("rows", integer: table.rows)
            json.field("bytes", table.bytes.map { ExactDecimal($0) })
          }
        }
      }
    }
    return json.finished()
  }

  public var table: [UInt8] {
    let width = facts.map(\.name.count).max() ?? 0
    var text = "\(printable(database))\n\n"
    for (name, value) in facts {
      let words: String =
        switch value {
        case .bytes(let number): Self.size(number)
        case .count(let number): ExactDecimal(number).grouped()
        case .text(let text): text ?? "none"
        }
      let padding = String(repeating: " ", count: width - name.count)
      text += name.replacing("_", with: " ") + padding + "  " + words + "\n"
    }
    var table = TextTable([("table", .left), ("rows", .right), ("size", .right)])
    for (name, rows, bytes) in tables {
      table.add([name, ExactDecimal(rows).grouped(), bytes.map(Self.size) ?? "unknown"])
    }
    return Array((text + "\n" + table.text).utf8)
  }

  /// `12.3 MiB`.
  public static func size(_ bytes: Int) -> String {
    var (value, unit) = (ExactDecimal(bytes), "bytes")
    for larger in ["KiB", "MiB", "GiB", "TiB"] where value >= ExactDecimal(1_024) {
      value = (try? value.divided(by: ExactDecimal(1_024), places: 6)) ?? value
      unit = larger
    }
    return "\(value.grouped(places: 1)) \(unit)"
  }
}
