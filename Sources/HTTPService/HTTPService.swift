public import CreditCore
import HTTPTypes
import HummingbirdCore
import LocalFiles
import Logging
import NIOCore
import NIOPosix
public import PriceBooks
import ServiceLifecycle
import Synchronization
import UnixSignals
public import UsageStore
import Workflows

import struct HummingbirdCore.Request

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
    let server = Server(
      childChannelSetup: LoopChannel(
        HTTP1Channel(
          responder: { try await Self.answer($0, $1, on: $2, responder) },
          configuration: Self.protocolLimits(counts)
        )
      ),
      configuration: ServerConfiguration(
        address: .hostname(settings.host, port: settings.port),
        availableConnectionsDelegate: MaximumAvailableConnections(
          Self.connectionLimit,
          logger: logger
        )
      ),
      onServerRunning: { channel in
        onRunning(channel.localAddress?.port ?? settings.port)
        letGoWhenStopping()
      },
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: logger
    )
    // They end in the order that is the reverse of this.
    let services = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: tasks.map { BackgroundLoop(task: $0, desk: desk) } + [server],
        gracefulShutdownSignals: [.sigterm, .sigint],
        logger: logger
      )
    )
    do { try await services.run() } catch is CancellationError {}
    await desk.stop()
  }

  private static func answer(
    _ request: Request,
    _ writer: consuming ResponseWriter,
    on channel: any Channel,
    _ responder: ServiceResponder
  ) async throws {
    let address = channel.remoteAddress?.ipAddress ?? "unknown"
    let response = await responder.respond(to: request, from: address)
    do { try await writer.write(response: response.head, body: response.body) } catch {
      // As a fault of the request, it would be answered again.
      throw EnvironmentFault("an answer was not written: \(error)")
    }
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
