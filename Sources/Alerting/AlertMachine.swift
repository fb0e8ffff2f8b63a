public import CreditCore

/// Decides what fires, what resolves, and who is told, for one organisation at one instant.
///
/// A value in, a value out: the same rules, entries and measures give the same messages.
public struct AlertMachine {
  /// One rule and level after an evaluation.
  public struct Row: Sendable {
    public var rule: AlertRule
    public var reading: AlertReading
    public var measure: AlertMeasure
    public var key: AlertKey
    public var entry: AlertEntry
    /// As it was before; nil where nothing was remembered.
    public var before: AlertEntry?
    /// Why nobody is told although it fires; nil where somebody is, or was.
    public var mute: Mute?
    /// How the value stands to its threshold, in a sentence.
    public var reason: String { AlertWords.reason(of: self, .state) }
    var isNew: Bool { entry.state == .firing && before?.state != .firing }
  }

  public enum Mute: Sendable, Equatable {
    case silenced(until: Instant)
    /// A higher level of the same rule fires.
    case level(String)
    /// A graver alert of the organisation fires.
    case graver(rule: String)
  }

  public private(set) var rows: [Row] = []
  public private(set) var messages: [(message: AlertMessage, row: Int)] = []
  /// Places of rows that are not well, were not, or are remembered; once it is concluded.
  public private(set) var notable: [Int] = []

  private let org: String
  private let epoch: Int64
  private let event: AlertWatch.Event?
  private let now: Instant
  private let identify: (String) -> String

  /// Starts an evaluation.
  ///
  /// `event`: what advanced the epoch just now. `identify` makes an id of a text; other texts have
  /// other ids.
  public init(
    org: String,
    epoch: Int64,
    event: AlertWatch.Event?,
    now: Instant,
    identify: @escaping (String) -> String
  ) {
    (self.org, self.epoch, self.event, self.now) = (org, epoch, event, now)
    self.identify = identify
  }

  /// Takes in what is measured for a rule.
  public mutating func take(
    _ rule: AlertRule,
    _ measure: AlertMeasure,
    _ entry: (AlertKey) -> AlertEntry?
  ) {
    for reading in rule.readings(measure) {
      let key = AlertKey(rule: rule.name, org: org, level: reading.level)
      let before = entry(key)
      var row = Row(
        rule: rule,
        reading: reading,
        measure: measure,
        key: key,
        entry: before ?? AlertEntry(since: now),
        before: before
      )
      advance(&row)
      rows.append(consume row)
    }
  }

  private func advance(_ row: inout Row) {
    let (reading, hold) = (row.reading, row.rule.hold)
    // A clock that was set back leaves nothing in the future.
    if let last = row.entry.lastTold { row.entry.lastTold = min(last, now) }
    row.entry.since = min(row.entry.since, now)
    let late = reading.lateBreach
    switch (row.entry.state, reading.side) {
    case (.ok, .breached), (.resolved, .breached):
      // A late value may tell that it began earlier than it is seen.
      let start = late.map { min($0.from, now) } ?? now
      enter(&row, elapsed(since: start) >= hold ? .firing : .pending, since: start)
    case (.pending, .breached):
      if elapsed(since: row.entry.since) >= hold {
        enter(&row, .firing, since: row.entry.since)
      }
    case (.pending, .band), (.pending, .clear): enter(&row, .ok, since: now)
    case (.firing, .clear): enter(&row, .resolved, since: now)
    case (.firing, .breached):
      // A new period that breaches at once: it is another breach, though nothing was seen between.
      if row.entry.period != row.measure.period {
        row.entry.since = now
        // It was told before, whatever the clock said then.
        let before = Instant(microseconds: now.microseconds &- 1)
        row.entry.lastTold = row.entry.lastTold.map { min($0, before) }
      }
      (row.entry.epoch, row.entry.period) = (epoch, row.measure.period)
    default: break
    }
    row.entry.severity = row.rule.severity
    row.entry.unit = row.rule.condition.unit
    row.entry.dataAsOf = row.measure.asOf
    (row.entry.value, row.entry.threshold) = (reading.value, reading.threshold)
  }

  private func elapsed(since start: Instant) -> Span {
    Span(seconds: max(0, now.microseconds &- start.microseconds) / 1_000_000)
  }

  private func enter(_ row: inout Row, _ state: AlertEntry.State, since: Instant) {
    row.entry.state = state
    row.entry.since = since
    (row.entry.epoch, row.entry.period) = (epoch, row.measure.period)
  }

  /// Says who is told what, once everything is measured.
  public mutating func conclude(_ silences: [Silence]) {
    for index in rows.indices where rows[index].entry.state == .firing {
      rows[index].mute = mute(of: index, silences)
    }
    for index in rows.indices {
      // Of what is well, nobody asks why; and that is nearly all.
      if rows[index].entry.state == .ok, rows[index].reading.lateBreach == nil {
        rows[index].entry.reason = ""
        if rows[index].before != nil { notable.append(index) }
        continue
      }
      notable.append(index)
      let row = rows[index]
      switch row.entry.state {
      case .firing where row.mute == nil:
        if !row.entry.isTold || row.entry.lastTold.map({ $0 < row.entry.since }) ?? false {
          tell(index, .firing, cause: cause(of: row))
        } else if let every = row.rule.repeatEvery, let last = row.entry.lastTold,
          elapsed(since: last) >= every
        {
          tell(index, .firing, cause: .still)
        }
      case .resolved where row.entry.isTold: tell(index, .resolved, cause: .resolved)
      case .ok, .resolved: if let late = row.reading.lateBreach { tellLate(index, late) }
      default: break
      }
      rows[index].entry.reason = rows[index].entry.state == .ok ? "" : rows[index].reason
    }
  }

  private func cause(of row: Row) -> AlertWords.Cause {
    if !row.isNew, row.before?.period == row.measure.period { return .unmuted }
    let passed = rows.filter {
      $0.key.rule == row.key.rule && $0.key.level != row.key.level && $0.isNew
    }
    return .fired(also: passed.map(\.key.level))
  }

  private func mute(of index: Int, _ silences: [Silence]) -> Mute? {
    let row = rows[index]
    if let silence = silences.filter({ $0.covers(row.key, at: now) }).max(by: {
      $0.until < $1.until
    }) {
      return .silenced(until: silence.until)
    }
    for place in (index + 1)..<rows.count where rows[place].entry.state == .firing {
      let key = rows[place].key
      if key.rule == row.key.rule,
        key.level.hasPrefix("forecast") == row.key.level.hasPrefix("forecast")
      {
        return .level(key.level)
      }
    }
    guard row.rule.condition.isAboutBalance else { return nil }
    for place in rows.indices where rows[place].entry.state == .firing {
      let other = rows[place]
      if other.rule.condition.isAboutBalance, Self.gravity(other) > Self.gravity(row),
        !silences.contains(where: { $0.covers(other.key, at: now) })
      {
        return .graver(rule: other.key.rule)
      }
    }
    return nil
  }

  /// Nothing left is graver than critical, that than warning, that than info.
  private static func gravity(_ row: Row) -> Int {
    if case .balanceBelow = row.rule.condition, row.reading.threshold.map({ $0.isZero }) ?? false {
      return 3
    }
    switch row.rule.severity {
    case .info: return 0
    case .warning: return 1
    case .critical: return 2
    }
  }

  private mutating func tell(
    _ index: Int,
    _ state: AlertMessage.State,
    cause: AlertWords.Cause
  ) {
    var row = rows[index]
    row.entry.serial += 1
    row.entry.isTold = state == .firing
    row.entry.lastTold = now
    let since = state == .firing ? row.entry.since : row.before?.since ?? row.entry.since
    add(index, row, state, since, AlertWords.reason(of: row, cause, event))
    rows[index].entry = row.entry
  }

  private mutating func tellLate(
    _ index: Int,
    _ late: (from: Instant, to: Instant, value: ExactDecimal)
  ) {
    var row = rows[index]
    let length = Span(
      seconds: max(0, late.to.microseconds &- late.from.microseconds) / 1_000_000
    )
    guard length >= row.rule.hold, row.mute == nil else { return }
    // Of what resolved since, somebody was told already.
    guard row.entry.state == .ok || late.from >= row.entry.since else { return }
    row.entry.serial += 1
    row.entry.lastTold = now
    add(index, row, .resolved, late.from, AlertWords.late(row, late))
    rows[index].entry = row.entry
  }

  private mutating func add(
    _ index: Int,
    _ row: Row,
    _ state: AlertMessage.State,
    _ since: Instant,
    _ reason: String
  ) {
    let identity = [
      row.key.text, String(epoch), row.measure.period, String(row.entry.serial), state.rawValue,
      String(since.microseconds), String(now.microseconds),
    ]
    var message = AlertMessage(
      id: identify(identity.joined(separator: "\u{1E}")),
      rule: row.key.rule,
      severity: row.rule.severity,
      state: state,
      org: org,
      since: min(since, now),
      at: now
    )
    message.level = row.key.level
    (message.value, message.threshold) = (row.entry.value, row.entry.threshold)
    (message.unit, message.dataAsOf) = (row.entry.unit, row.entry.dataAsOf)
    message.reason = reason
    message.action = state == .firing ? AlertWords.action(row.rule) : AlertWords.nothingToDo
    messages.append((message, index))
  }
}
