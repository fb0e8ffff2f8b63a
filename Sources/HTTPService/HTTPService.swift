public import CreditCore
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
public import UsageStore
public import Workflows

/// creditmeter as one process that a team leaves running.
public struct HTTPService: Sendable {
  private let desk: ServiceDesk
  private let routes: [Route]
  private let tasks: [BackgroundTask]
  private let onStopping: @Sendable () -> Void
  private let onRunning: @Sendable (Int) -> Void

  private static let connectionLimit = 512
  private static let connectionsPerAddress = 64

  /// A service that does not answer yet.
  ///
  /// `access`: who may ask; nil where nobody has to prove anything. `tasks`: what runs beside the
  /// requests. `onCharge` hears of each charge that graph8 tells by itself. `onStopping` comes
  /// before the end. `onRunning` takes the port, once requests are answered.
  public init(
    _ store: UsageStore,
    _ shelf: BookShelf,
    _ settings: ServiceSettings,
    access: AccessStore?,
    clock: ServiceClock,
    log: ServiceLog,
    tasks: [BackgroundTask],
    onCharge: @escaping @Sendable (Instant) -> Void = { _ in },
    onStopping: @escaping @Sendable () -> Void = {},
    onRunning: @escaping @Sendable (Int) -> Void
  ) throws {
    let desk = try ServiceDesk(store, shelf, settings, access: access, clock: clock, log: log)
    self.desk = desk
    desk.onCharge.withLock { $0 = onCharge }
    self.onStopping = onStopping
    self.tasks = tasks + [desk.overviewTask, desk.runwayTask]
    self.onRunning = onRunning
    routes = desk.routes
  }

  /// Answers requests until SIGTERM or SIGINT; what was begun then is ended.
  ///
  /// Blocks. Throws ``EnvironmentFault`` where the port cannot be had.
  public func run() throws {
    let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
    promise.completeWithTask { try await serve() }
    do { try promise.futureResult.wait() } catch let error as IOError {
      let place = "\(desk.settings.host):\(desk.settings.port)"
      let reason = Files.systemReason(error.errnoCode)
      throw EnvironmentFault("cannot listen on \(place): \(reason)")
    }
  }

  private func serve() async throws {
    let settings = desk.settings
    let responder = ServiceResponder(
      table: RouteTable(routes),
      desk: desk,
      doorkeeper: desk.doorkeeper,
      pace: Pace(perSecond: settings.requestsPerSecond)
    )
    var logger = Logger(label: "creditmeter") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    let counts = ConnectionCounts(limit: Self.connectionsPerAddress)
    let application = Application(
      responder: responder,
      server: HTTPServerBuilder { responder in
        LoopChannel(HTTP1Channel(responder: responder, configuration: Self.protocolLimits(counts)))
      },
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port),
        availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)
      ),
      services: tasks.map { BackgroundLoop(task: $0, desk: desk) },
      onServerRunning: { channel in
        onRunning(channel.localAddress?.port ?? settings.port)
        letGoWhenStopping()
      },
      logger: logger
    )
    do { try await application.runService() } catch is CancellationError {}
    await desk.stop()
  }

  private static func protocolLimits(_ counts: ConnectionCounts) -> HTTP1Channel.Configuration {
    .init(
      additionalChannelHandlers: [ConnectionGuard(counts)],
      idleTimeout: .seconds(15),
      httpDecoderConfiguration: .init(
        maxHeaderFieldSize: 8 << 10,
        maxHeaderListSize: 32 << 10,
        maxHeaderFieldCount: 64
      )
    )
  }

  /// Lets go of what would keep the server from ending, as soon as it is told to.
  ///
  /// Services end one after the other, the server before all others: none of them could do it.
  private func letGoWhenStopping() {
    Task {
      try? await gracefulShutdown()
      onStopping()
      desk.background.stop()
      desk.events.finish()
    }
  }
}
