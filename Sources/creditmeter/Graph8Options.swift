public import ArgumentParser
import CreditCore
public import Graph8API
import LocalFiles
import PriceBooks
import Rating
import Settings
import Workflows

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Whose credits a run asks graph8 for.
struct OrganisationOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The organisation.",
      discussion: "Also G8_ORG_ID, and graph8.org in creditmeter.yaml.",
      valueName: "org"
    )
  )
  var org: String?

  /// The option, else the variable, else the settings.
  func resolve() throws -> String? {
    try org ?? Environment["G8_ORG_ID"] ?? TeamSettings.current().graph8?.org
  }
}

/// How a run asks graph8.
struct Graph8Options: ParsableArguments {
  @OptionGroup var organisation: OrganisationOption

  @Option(
    help: ArgumentHelp(
      "Where the balance is: credits (GET /me/credits) or usage (GET /usage).",
      discussion: "Also graph8.api in creditmeter.yaml; credits unless told.",
      valueName: "api"
    )
  )
  var api: BalanceEndpoint?

  func endpoint() throws -> BalanceEndpoint {
    if let api { return api }
    let named = try TeamSettings.current().graph8?.api
    return named.flatMap { BalanceEndpoint(rawValue: $0.rawValue) } ?? .credits
  }

  /// Asks at the pace of the price book that is in force.
  ///
  /// Throws ``EnvironmentFault`` without a key that can be used.
  func client(_ shelf: BookShelf, now: Instant) throws -> Graph8Client {
    try Self.client(
      try account(),
      shelf,
      wait: { StopSignals.pause(Int(($0 + 999) / 1_000)) },
      mustEnd: { StopSignals.wait(0) }
    )
  }

  static func client(
    _ account: Graph8Account,
    _ shelf: BookShelf,
    wait: @escaping (Int64) -> Void,
    mustEnd: @escaping () -> Bool
  ) throws -> Graph8Client {
    try Graph8Client(
      account,
      perSecond: try shelf.book(at: BookOptions.clock).requestsPerSecond.value,
      Graph8Pace(
        now: { BookOptions.clock },
        microseconds: { Self.microseconds },
        wait: wait,
        mustEnd: mustEnd,
        random: { .random(in: .min ... .max) }
      )
    )
  }

  func account() throws -> Graph8Account {
    try Graph8Account(
      address: Environment["CREDITMETER_API_URL"],
      key: try Self.key(),
      org: try organisation.resolve()
    )
  }

  private static var microseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }

  /// `G8_API_KEY`, else what is in the file that `G8_API_KEY_FILE` names, else in `graph8.key` in
  /// the user's configuration folder.
  static func key() throws -> Secret {
    if let key = Environment["G8_API_KEY"] { return Secret(key) }
    let folder = Environment["XDG_CONFIG_HOME"] ?? Environment["HOME"].map { $0 + "/.config" }
    let usual = folder.map { $0 + "/creditmeter/graph8.key" }.flatMap {
      Files.exists($0) ? $0 : nil
    }
    guard let path = Environment["G8_API_KEY_FILE"] ?? usual else {
      throw EnvironmentFault(
        "there is no graph8 key: set G8_API_KEY, or G8_API_KEY_FILE to a file that only you may "
          + "read"
      )
    }
    guard Files.isPrivate(path) else {
      throw EnvironmentFault("others may read the key in \(path): chmod 600 \(path)")
    }
    let text = String(decoding: try Files.read(path).bytes, as: UTF8.self)
    return Secret(String(text.split(whereSeparator: \.isNewline).first ?? ""))
  }
}

extension BalanceEndpoint: ExpressibleByArgument {}
