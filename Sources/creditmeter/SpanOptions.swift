import ArgumentParser
import CreditCore
import Workflows

/// Which span of time a run looks at, and in which zone a person reads it.
struct SpanOptions: ParsableArguments {
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
    help: ArgumentHelp("The zone that days are of, such as Europe/Berlin.", valueName: "zone")
  )
  var timezone: String?

  struct Span {
    var since: Instant?
    var until: Instant?
    var zone: Zone
  }

  func resolve() throws -> Span {
    let zone = try timezone.map(Zones.named)
    let span = Span(
      since: try since.map { try instant($0, "--since", zone) },
      until: try until.map { try instant($0, "--until", zone) },
      zone: zone ?? .utc
    )
    if let since = span.since, let until = span.until, until <= since {
      throw ValidationError("--until \(until) is not after --since \(since)")
    }
    return span
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
