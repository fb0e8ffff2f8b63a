public import CreditCore

/// Alerts as they are, what was said of them, and what is silenced.
public struct AlertsValues: Sendable {
  /// A silence that can be ended.
  public struct Kept: Sendable {
    public var id: Int64
    public var silence: Silence

    public init(id: Int64, _ silence: Silence) {
      self.id = id
      self.silence = silence
    }
  }

  public var at: Instant
  public var zone: Zone
  /// Of every rule, organisation and level that was evaluated.
  public var rows: [AlertReport.Row] = []
  /// Those that end later than now, the oldest first.
  public var silences: [Kept] = []
  /// What was said, the newest first.
  public var history: [AlertMessage] = []
  /// Names of rules that can be silenced.
  public var rules: [String] = []
  /// Messages that wait, and that were given up.
  public var queued = 0
  public var failed = 0

  public init(at: Instant, zone: Zone) {
    self.at = at
    self.zone = zone
  }

  public var firing: [AlertReport.Row] { rows.filter { $0.entry.state == .firing } }

  /// The silence under which no message about a row is sent now.
  func silence(over key: AlertKey) -> Kept? {
    silences.filter { $0.silence.covers(key, at: at) }.max { $0.silence.until < $1.silence.until }
  }
}
