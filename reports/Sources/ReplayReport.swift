public import CreditCore

/// What rules would have said of the stored past.
public struct ReplayReport: Sendable {
  /// A time in which an alert fired.
  public struct Episode: Sendable {
    public var org: String
    public var level: String
    public var from: Instant
    /// Nil where it still fired at the end.
    public var to: Instant?
    /// When it began.
    public var value: ExactDecimal?

    public init(org: String, level: String, from: Instant, value: ExactDecimal?) {
      (self.org, self.level, self.from, self.value) = (org, level, from, value)
    }
  }

  public struct Rule: Sendable {
    public var name: String
    public var episodes: [Episode] = []
    public var isAboutBalance = false
    /// How long before a balance reached zero it fired, rising.
    public var leads: [Span] = []
    /// Balances that reached zero without a word.
    public var missed = 0
    /// Those after which what was left would have lasted a week without a top-up.
    public var falseAlarms = 0
    /// The threshold that leaves a day, even on the dearest day that is known.
    public var better: ExactDecimal?

    public init(name: String) { self.name = name }
  }

  public var since: Instant
  public var until: Instant
  public var every: Span
  public var messages = 0
  public var rules: [Rule] = []

  public init(since: Instant, until: Instant, every: Span) {
    (self.since, self.until, self.every) = (since, until, every)
  }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.replay/1")
      json.field("since", since.description)
      json.field("until", until.description)
      json.field("messages", integer: messages)
      json.field("rules") { json in
        json.list(rules) { json, rule in
          json.object { json in
            json.field("rule", rule.name)
            json.field("fired", integer: rule.episodes.count)
            json.field("lead_seconds") { json in
              json.list(rule.leads) { $0.number(ExactDecimal($1.seconds)) }
            }
            json.field("missed", integer: rule.missed)
            json.field("false_alarms", integer: rule.falseAlarms)
            json.field("better_threshold", rule.better)
            json.field("episodes") { json in
              json.list(rule.episodes) { json, episode in
                json.object { json in
                  json.field("org", episode.org)
                  json.field("level", episode.level)
                  json.field("from", episode.from.description)
                  json.field("to", episode.to?.description)
                  json.field("value", episode.value)
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
      ("rule", .left), ("fired", .right), ("lead before zero", .left), ("missed", .right),
      ("false alarms", .right), ("better threshold", .right),
    ])
    for rule in rules {
      let leads = rule.leads.map(Self.words)
      let lead =
        leads.isEmpty
        ? "" : leads.count == 1 ? leads[0] : "\(leads[0]) to \(leads[leads.count - 1])"
      table.add([
        rule.name, String(rule.episodes.count), lead,
        rule.isAboutBalance ? String(rule.missed) : "",
        rule.isAboutBalance ? String(rule.falseAlarms) : "", rule.better?.grouped() ?? "",
      ])
    }
    var text = table.text
    text += "\(messages) messages from \(since) to \(until), looked at every \(every)\n"
    text += "false alarms: what was left would have lasted a week; "
    text += "better threshold: a day's notice on the dearest day\n"
    return Array(text.utf8)
  }

  private static func words(_ span: Span) -> String {
    let (days, hours) = (span.seconds / 86_400, span.seconds / 3_600 % 24)
    let minutes = span.seconds / 60 % 60
    return days > 0 ? "\(days)d \(hours)h" : "\(hours)h \(minutes)m"
  }
}
