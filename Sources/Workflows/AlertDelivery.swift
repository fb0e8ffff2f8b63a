import Alerting
public import CreditCore
public import UsageStore

/// Takes messages from the outbox to their destinations.
public struct AlertDelivery {
  public struct Counts: Sendable {
    /// Messages that a destination took.
    public var sent = 0
    /// Messages that still wait.
    public var queued = 0
    /// Messages that were given up.
    public var failed = 0
    /// What attempts met, a sentence each.
    public var faults: [String] = []

    public init() {}
  }

  private let sink: (Destination) -> any AlertSink
  private let chance: () -> Double

  /// `chance`: 0 to 1, anew each time; by it attempts are spread.
  public init(sink: @escaping (Destination) -> any AlertSink, chance: @escaping () -> Double) {
    self.sink = sink
    self.chance = chance
  }

  /// Longer than any pause between attempts: what is due later was queued by a wrong clock.
  private static let longestPause: Int64 = 30 * 3_600 * 1_000_000

  /// Attempts every queued message that is due, each once.
  ///
  /// Throws what the database throws; what destinations meet is in the counts.
  public func run(
    _ store: UsageStore,
    _ setting: AlertSetting,
    now: Instant
  ) throws -> Counts {
    var counts = Counts()
    let waiting = try store.queuedMessages(by: nil)
    let closed = waiting.isEmpty ? [:] : try store.closedDestinations()
    var order: [String] = []
    var byDestination: [String: [OutboxRow]] = [:]
    for row in waiting {
      if byDestination[row.destination] == nil { order.append(row.destination) }
      byDestination[row.destination, default: []].append(row)
    }
    for name in order {
      let destination = setting.plan.destinations.first { $0.name == name }
      let attempt = Attempt(
        store: store,
        fallback: setting.plan.fallbacks[name],
        chance: chance,
        now: now
      )
      let rows = byDestination[name] ?? []
      guard let destination, closed[name] == nil else {
        let reason =
          closed[name].map { "nothing is sent there any more: \($0)" }
          ?? "the configuration has no destination \"\(printable(name))\" any more"
        for row in rows { try attempt.keep(row, .dead(reason), &counts) }
        continue
      }
      try deliver(rows, to: destination, setting, attempt, &counts)
    }
    counts.queued = try store.queuedMessages(by: nil).count
    return counts
  }

  private func deliver(
    _ waiting: [OutboxRow],
    to destination: Destination,
    _ setting: AlertSetting,
    _ attempt: Attempt,
    _ counts: inout Counts
  ) throws {
    let now = attempt.now
    var due: [OutboxRow] = []
    for row in waiting {
      let isDue = row.due <= now || row.due.microseconds - now.microseconds > Self.longestPause
      if isDue {
        due.append(row)
      } else if row.alert.hasPrefix(Self.digestMark) {
        // What comes behind a digest may take back what it says.
        break
      }
    }
    guard !due.isEmpty else { return }
    if Self.isPaced(destination) {
      due = try paced(due, destination, setting, attempt.store, now)
    }
    let sink = sink(destination)
    var isGone: String?
    for row in due {
      if let isGone {
        try attempt.keep(row, .dead("nothing is sent there any more: \(isGone)"), &counts)
        continue
      }
      let outcome = sink.deliver(row.message, at: now)
      let next = DeliveryPlan.next(
        after: outcome,
        attempts: row.attempts + 1,
        now: now,
        chance: chance()
      )
      try attempt.keep(row, next, &counts)
      if case .gone(let reason) = next { isGone = reason }
      if row.alert.hasPrefix(Self.digestMark), next != .delivered { break }
    }
  }

  /// Whether a destination is a person's: those that are not count and group by themselves.
  private static func isPaced(_ destination: Destination) -> Bool {
    switch destination.kind {
    case .alertmanager, .stdout: false
    case .webhook, .slack, .smtp: true
    }
  }

  static let digestMark = "digest\u{1F}"

  /// In a storm, those that a destination is spared are one message: the gravest go first.
  private func paced(
    _ due: [OutboxRow],
    _ destination: Destination,
    _ setting: AlertSetting,
    _ store: UsageStore,
    _ now: Instant
  ) throws -> [OutboxRow] {
    let minute = now.earlier(by: Span(seconds: 60))
    let taken = try store.deliveries(to: destination.name, since: minute)
    let room = max(1, setting.perMinute - taken)
    let fresh = due.filter { $0.attempts == 0 && !$0.alert.hasPrefix(Self.digestMark) }
    guard due.count > room, fresh.count > 1 else { return due }
    let alone = Set(
      fresh.sorted { Self.gravity($0) > Self.gravity($1) }.prefix(room - 1).map(\.id)
    )
    let together = fresh.filter { !alone.contains($0.id) }
    guard together.count > 1 else { return due }
    let digest = AlertDigest.message(of: together.map(\.message), at: now)
    try store.digest(together, into: digest, for: destination.name)
    let spared = Set(together.map(\.id))
    let queued = try store.queuedMessages(by: now).filter {
      $0.destination == destination.name && $0.message.id == digest.id
    }
    return due.filter { !spared.contains($0.id) } + queued
  }

  private static func gravity(_ row: OutboxRow) -> Int {
    let severities = AlertMessage.Severity.allCases
    return severities.firstIndex(of: row.message.severity) ?? 0
  }

  /// Keeps what attempts come to.
  private struct Attempt {
    var store: UsageStore
    var fallback: String?
    var chance: () -> Double
    var now: Instant

    func keep(_ row: OutboxRow, _ next: DeliveryPlan.Next, _ counts: inout Counts) throws {
      try store.settle(row, next, at: now, fallback: fallback)
      switch next {
      case .delivered: counts.sent += 1
      case .retry(let due, let reason):
        counts.faults.append("\(row.destination): \(reason); it is tried again after \(due)")
      case .dead(let reason), .gone(let reason):
        counts.failed += 1
        counts.faults.append("\(row.destination): given up: \(reason)")
      }
    }
  }
}

/// Many messages told as one.
enum AlertDigest {
  private static let namesLimit = 100

  static func message(of messages: [AlertMessage], at now: Instant) -> AlertMessage {
    let ordered = messages.sorted { gravity($0) > gravity($1) }
    let firing = messages.filter { $0.state == .firing }
    let critical = firing.filter { $0.severity == .critical }.count
    let orgs = Set(messages.map(\.org))
    var digest = AlertMessage(
      id: AlertWorkflow.identity((["digest"] + messages.map(\.id)).joined(separator: "\u{1E}")),
      rule: "\(messages.count) alerts",
      severity: ordered.first?.severity ?? .warning,
      state: firing.isEmpty ? .resolved : .firing,
      org: orgs.count == 1 ? messages[0].org : "",
      since: messages.map(\.since).min() ?? now,
      at: now
    )
    digest.dataAsOf = messages.compactMap(\.dataAsOf).max()
    let lines = ordered.prefix(namesLimit).map { message in
      let level = message.level.isEmpty ? "" : ", \(message.level)"
      let org = message.org.isEmpty ? "" : " (\(message.org))"
      return "\(message.state.rawValue) \(message.severity.rawValue): \(message.rule)\(level)\(org)"
    }
    let rest = messages.count - lines.count
    digest.reason =
      "\(firing.count) fire, \(critical) of them critical, and \(messages.count - firing.count)"
      + " are over, of \(orgs.count) organisations: " + lines.joined(separator: "; ")
      + (rest > 0 ? "; and \(rest) more" : "")
    digest.action = "See creditmeter alerts list."
    return digest
  }

  private static func gravity(_ message: AlertMessage) -> Int {
    let severities = AlertMessage.Severity.allCases
    let severity = severities.firstIndex(of: message.severity) ?? 0
    return severity * 2 + (message.state == .firing ? 1 : 0)
  }
}
