import ArgumentParser
import CreditCore
import HTTPService
import LocalFiles
import Settings
import Synchronization
import UsageStore
import Workflows

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answer over HTTP: take requests in, estimate, report, watch and alert.",
    discussion: """
      Polls the balance, evaluates alerts.yaml and sends reports as creditmeter.yaml says. Clients \
      need a token (creditmeter token create); the dashboard is at /. Requests are logged to \
      standard output, a line of JSON each. Ends at SIGTERM, after what was begun.
      """
  )

  @OptionGroup var databaseOptions: DatabaseOptions
  @OptionGroup var bookOptions: BookOptions

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "The port; 0 for any that is free.")
  var port = 8080

  @Option(
    help: ArgumentHelp(
      "The settings.",
      discussion: "Also CREDITMETER_CONFIG; creditmeter.yaml unless told.",
      valueName: "file"
    )
  )
  var config: String?

  @Flag(help: "Nobody has to prove anything; only on a loopback address.")
  var noAuth = false

  @Flag(
    name: .customLong("i-have-a-tls-proxy"),
    help: "Listen on other addresses than this machine's own, without TLS."
  )
  var hasProxy = false

  @Option(
    help: ArgumentHelp("A host name that clients use; may be repeated.", valueName: "name")
  )
  var hostName: [String] = []

  @Option(help: "Requests a second that one token may send; as many as it likes unless told.")
  var requestsPerSecond: Int?

  @Flag(help: "Log faults, not every request.")
  var quiet = false

  private var isLocal: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }

  func validate() throws {
    if !(0...65_535).contains(port) { throw ValidationError("--port \(port): expected 0 to 65535") }
    if noAuth, !isLocal { throw ValidationError("--no-auth needs --host 127.0.0.1") }
    if !isLocal, !hasProxy {
      throw ValidationError(
        "--host \(host) is not of this machine alone, and there is no TLS: put a proxy in front, "
          + "and add --i-have-a-tls-proxy"
      )
    }
    if let requestsPerSecond, requestsPerSecond < 1 {
      throw ValidationError("--requests-per-second \(requestsPerSecond): expected 1 or more")
    }
  }

  func run() throws {
    let team = try config.map(TeamSettings.read) ?? TeamSettings.current()
    let path = databaseOptions.path(team)
    let shelf = try bookOptions.shelf()
    let access = noAuth ? nil : try AccessStore(beside: path)
    let now = bookOptions.now
    if let access, try !access.tokens().contains(where: { $0.state(at: now) == .active }) {
      throw EnvironmentFault(
        "there are no tokens: creditmeter token create --org ORG --scope read, or --no-auth"
      )
    }
    let store = try UsageStore(path: path, .writing(holder: "creditmeter serve"))
    var settings = ServiceSettings(host: host, port: port, team: team)
    settings.requestsPerSecond = requestsPerSecond
    let own = isLocal ? ["localhost", "127.0.0.1", "::1"] : []
    settings.hosts = isLocal || !hostName.isEmpty ? own + hostName.map { $0.lowercased() } : []
    settings.webhookSecrets = team.graph8?.webhook.flatMap { Environment[$0.secretVariable] }
      .map { Secret($0) }
    settings.webhookOrg = team.graph8?.org ?? Environment["G8_ORG_ID"]
    settings.alerts = try alerts(team)
    let isStopping = StopFlag()
    let tasks = try ServiceTasks(
      store,
      shelf,
      team,
      settings.alerts,
      org: settings.webhookOrg,
      isStopping
    )
    settings.polls = tasks.polls
    let lines = LineOutput()
    let clock = ServiceClock(now: { BookOptions.clock }, milliseconds: { LineOutput.milliseconds })
    let service = try HTTPService(
      store,
      shelf,
      settings,
      access: access,
      clock: clock,
      log: ServiceLog(now: { BookOptions.clock }, isQuiet: quiet) { lines.write($0) },
      tasks: tasks.all,
      onCharge: tasks.hurry,
      onStopping: { isStopping.set() },
      onRunning: { port in
        Outcome.say("creditmeter serves http://\(host.contains(":") ? "[\(host)]" : host):\(port)")
      }
    )
    try service.run()
  }

  private func alerts(_ team: Settings) throws -> AlertSetting? {
    guard let path = team.alerts ?? (Files.exists("alerts.yaml") ? "alerts.yaml" : nil) else {
      return nil
    }
    return try AlertOptions.setting(AlertFile.read(path), team, org: team.graph8?.org)
  }
}

/// Lines on standard output, whole ones, from any thread.
private final class LineOutput: Sendable {
  private let turn = Mutex(())

  func write(_ line: String) {
    turn.withLock { _ in
      // Nobody may be listening any more, which is no reason to stop.
      try? Files.write(Array(line.utf8), to: STDOUT_FILENO, named: "standard output")
    }
  }

  static var milliseconds: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int(time.tv_sec) * 1_000 + Int(time.tv_nsec) / 1_000_000
  }
}
