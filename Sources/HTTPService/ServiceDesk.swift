public import CreditCore
import Digests
import NIOPosix
import PriceBooks
public import Settings
import Synchronization
import UsageStore
public import Workflows

/// What the routes work with.
final class ServiceDesk: Sendable {
  let store: UsageStore
  let balances: BalanceReader
  let shelf: BookShelf
  let settings: ServiceSettings
  let access: AccessStore?
  let requestIDs = RequestIDs()
  let sessions = Sessions()
  /// What forms carry where nobody signs in.
  let openFormKey = base64Text(randomBytes(32), .url)
  /// How long what a route reads may take.
  static let queryTime = Duration.seconds(5)
  let doorkeeper: Doorkeeper
  let background = Background()
  let events = EventHub()
  let log: ServiceLog
  let ingest: IngestQueue
  let metrics: ServiceMetrics
  let overviews = Overviews()
  let now: @Sendable () -> Instant
  /// Hears of each charge that graph8 tells by itself.
  let onCharge = Mutex<@Sendable (Instant) -> Void>({ _ in })
  /// For what waits for the disk: the threads that speak HTTP never do.
  private let threads: NIOThreadPool

  init(
    _ store: UsageStore,
    _ shelf: BookShelf,
    _ settings: ServiceSettings,
    access: AccessStore?,
    clock: ServiceClock,
    log: ServiceLog
  ) throws {
    self.store = store
    balances = try BalanceReader(store)
    self.shelf = shelf
    self.settings = settings
    self.access = access
    self.log = log
    doorkeeper = Doorkeeper(access, sessions)
    now = clock.now
    metrics = ServiceMetrics(started: clock.now())
    ingest = IngestQueue(
      store,
      shelf,
      steps: settings.team.sequences,
      clock
    )
    threads = NIOThreadPool(numberOfThreads: 4)
    threads.start()
  }

  /// All that the service does.
  var routes: [Route] {
    let routes =
      intakeRoutes + usageRoutes + reportRoutes + alertRoutes + priceRoutes + webhookRoutes
      + pageRoutes
    let named = routes + operationRoutes(document: { [] })
    let document = OpenAPI(routes: named).document
    return routes + operationRoutes(document: { document })
  }

  /// Runs what may wait for the disk.
  func run<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await threads.runIfActive(body)
  }

  /// A handler that only reads, and may wait for the disk.
  func reading(_ body: @escaping @Sendable (ServiceDesk, Call) throws -> Answer) -> Route.Handler {
    .reading { try body(self, $0) }
  }

  func stop() async {
    await ingest.stop()
    try? await threads.shutdownGracefully()
  }

  deinit {
    ingest.close()
    threads.shutdownGracefully { _ in }
  }

  /// The zone of a question, else the team's.
  func zone(_ call: Call) throws -> Zone {
    guard let name = call.query["timezone"] ?? settings.team.timezone else { return .utc }
    return try Zones.named(name)
  }

  /// An audit entry of what a client did.
  func note(_ action: String, _ subject: String, _ details: String, by call: Call) throws {
    try access?.append(
      AuditEntry(
        at: call.now,
        actor: call.client.token?.id ?? "nobody",
        action: action,
        subject: subject,
        org: call.org ?? "",
        details: details
      )
    )
  }
}

/// Reads the time; handed in by the command, so that nothing else does.
public struct ServiceClock: Sendable {
  /// The wall clock.
  public var now: @Sendable () -> Instant
  /// Only ever goes on.
  public var milliseconds: @Sendable () -> Int

  public init(
    now: @escaping @Sendable () -> Instant,
    milliseconds: @escaping @Sendable () -> Int
  ) {
    (self.now, self.milliseconds) = (now, milliseconds)
  }
}

/// How the service runs.
public struct ServiceSettings: Sendable {
  public var host: String
  public var port: Int
  public var team: Settings
  /// Names of hosts that clients may use, beside those of this machine; lower case.
  public var hosts: [String] = []
  /// Requests a second of one token, on average; nil for as many as there are.
  public var requestsPerSecond: Int?
  /// What signs webhooks: a secret, or two separated by a comma; nil where none are taken.
  public var webhookSecrets: Secret?
  /// Whose events webhooks are.
  public var webhookOrg: String?
  /// How often the balance is asked for; nil where there is no key.
  public var polls: Span?
  public var alerts: AlertSetting?

  public init(host: String, port: Int, team: Settings) {
    (self.host, self.port, self.team) = (host, port, team)
  }
}
