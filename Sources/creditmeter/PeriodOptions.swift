import ArgumentParser
import CreditCore
import Settings
import Workflows

/// Which span of time a run looks at, and in which zone a person reads it.
struct PeriodOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "From this instant on, as RFC 3339; with --timezone also a day, such as 2026-11-18.",
      valueName: "instant"
    )
  )
  var since: String?

  @Option(help: ArgumentHelp("Up to this instant, which is not part of it.", valueName: "instant"))
  var until: String?

  @Option(
    help: ArgumentHelp(
      "The zone that days are of, such as Europe/Berlin.",
      discussion: "Also CREDITMETER_TIMEZONE, and timezone in creditmeter.yaml.",
      valueName: "zone"
    )
  )
  var timezone: String?

  /// Throws `ValidationError` for what is no instant, and ``BadInput`` for an unknown zone.
  func resolve() throws -> (since: Instant?, until: Instant?, zone: Zone) {
    let named =
      try timezone ?? Environment["CREDITMETER_TIMEZONE"] ?? TeamSettings.current().timezone
    let zone = try named.map(Zones.named)
    let from = try since.map { try instant($0, "--since", zone) }
    let to = try until.map { try instant($0, "--until", zone) }
    if let from, let to, to <= from {
      throw ValidationError("--until \(to) is not after --since \(from)")
    }
    return (from, to, zone ?? .utc)
  }

  private func instant(_ text: String, _ option: String, _ zone: Zone?) throws -> Instant {
    if let instant = Instant(text, in: zone) { return instant }
    if zone == nil, Instant(text, in: .utc) != nil {
      throw ValidationError(
        "\(option) \(text) has no zone; give --timezone, or write 2026-11-18T00:00:00Z"
      )
    }
    throw ValidationError("\(option) \(text): expected a time such as 2026-11-18T09:30:00Z")
  }
}
