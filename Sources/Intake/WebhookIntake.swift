public import CreditCore
public import PriceBooks
public import Settings
public import UsageStore

/// What came of a webhook.
public enum WebhookOutcome: Sendable, Equatable {
  /// It tells of a charge, which is stored; `credits` is what the stored total rose by: nothing
  /// where the request is in a log too, and tells as much.
  case stored(event: String, credits: Credits)
  /// It was taken before.
  case duplicate(event: String)
  /// It tells of nothing that is charged; that it came is kept.
  case ignored(event: String)
  case refused(WebhookRefusal)
}

/// Takes signed events of the provider, each once for ever.
///
/// An event that the price book knows becomes a charge, or tells more of a request that a log
/// has, whichever comes first. None changes a balance.
public struct WebhookIntake: Sendable {
  private let scheme: Settings.Webhook.Scheme
  private let signature: WebhookSignature
  private let org: String
  private let shelf: BookShelf

  /// An intake of an organisation's events.
  ///
  /// `secrets`: what the variable that `secret_env` of the settings names holds: a secret, or two
  /// separated by a comma while the provider changes over; nil and an empty text refuse everything.
  public init(
    _ scheme: Settings.Webhook.Scheme,
    secrets: Secret?,
    org: String,
    shelf: BookShelf
  ) {
    self.scheme = scheme
    signature = WebhookSignature(scheme, secrets: secrets)
    self.org = org
    self.shelf = shelf
  }

  /// Looks at a webhook, and keeps what it tells: it is on the disk when this returns.
  ///
  /// `body`: the bytes as they came. `headers`: each as it came, one that came twice twice, with
  /// names in small letters. Throws what storing throws; the provider then sends it again.
  public func take(
    _ body: [UInt8],
    _ headers: [(name: String, value: String)],
    into store: UsageStore,
    now: Instant
  ) throws -> WebhookOutcome {
    let event: SignedEvent
    do {
      try signature.verify(body, headers, now: now)
      event = try SignedEvent(body, org: org)
      if let named = event.org, !named.isSpelled(like: org) {
        throw WebhookRefusal.otherOrganisation
      }
      if scheme == .body, let time = event.time {
        try WebhookSignature.requireFresh(time, now: now)
      }
    } catch let refusal as WebhookRefusal { return .refused(refusal) }
    if try store.hasEvent(event.key) { return .duplicate(event: event.name) }
    var options = IngestWorkflow.Options(now: now)
    options.source = Self.source
    return try IngestWorkflow.run(store, shelf, options) { workflow in
      let effect = try workflow.intake.take(event, org: org, now: now)
      try workflow.flush()
      switch effect {
      case .none: return .duplicate(event: event.name)
      case .seen: return .ignored(event: event.name)
      case .charged:
        let credits = Credits(micros: workflow.counts.credits)
        return .stored(event: event.name, credits: credits)
      }
    }
  }

  /// The source that charges of events are stored under.
  static let source = "graph8 webhook"
}
