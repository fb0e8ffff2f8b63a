import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Connections of each address, so that one client cannot take them all.
final class ConnectionCounts: Sendable {
  private let counts = Mutex<[String: Int]>([:])
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Whether one more may be open; addresses of this machine may be a proxy's.
  func open(_ address: String) -> Bool {
    if isLoopback(address) { return true }
    return counts.withLock { counts in
      let count = counts[address, default: 0]
      if count >= limit { return false }
      counts[address] = count + 1
      return true
    }
  }

  func close(_ address: String) {
    counts.withLock { counts in
      guard let count = counts[address] else { return }
      counts[address] = count > 1 ? count - 1 : nil
    }
  }
}

/// Ends connections that dawdle: a request that does not come to its end in time, a client that
/// does not read its answer, an address with too many of them.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// From the moment that a request is waited for to its last byte.
  private static let requestTime = TimeAmount.seconds(30)
  private static let ingestTime = TimeAmount.seconds(60)
  /// For which nothing of an answer is taken.
  private static let writeTime = TimeAmount.seconds(30)

  private let counts: ConnectionCounts
  private var address: String?
  /// When the request at hand has to be at its end; nil while it is being answered.
  private var deadline: NIODeadline?
  /// One look for many requests: most are at their end long before.
  private var look: Scheduled<Void>?
  private var writeDeadline: Scheduled<Void>?

  init(_ counts: ConnectionCounts) { self.counts = counts }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { begin(context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    begin(context)
    context.fireChannelActive()
  }

  private func begin(_ context: ChannelHandlerContext) {
    guard address == nil else { return }
    let address = context.remoteAddress?.ipAddress ?? "unknown"
    guard counts.open(address) else { return context.close(promise: nil) }
    self.address = address
    arm(Self.requestTime)
    schedule(context.channel, in: Self.requestTime)
  }

  func channelInactive(context: ChannelHandlerContext) {
    look?.cancel()
    writeDeadline?.cancel()
    if let address { counts.close(address) }
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      if head.path?.hasPrefix("/v1/requests") == true { arm(Self.ingestTime) }
    case .body: break
    case .end: deadline = nil
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data), deadline == nil { arm(Self.requestTime) }
    context.write(data, promise: promise)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    writeDeadline?.cancel()
    writeDeadline = nil
    if !context.channel.isWritable { writeDeadline = closing(context, in: Self.writeTime) }
    context.fireChannelWritabilityChanged()
  }

  private func arm(_ time: TimeAmount) { deadline = .now() + time }

  private func schedule(_ channel: any Channel, in time: TimeAmount) {
    let bound = NIOLoopBound((self, channel), eventLoop: channel.eventLoop)
    look = channel.eventLoop.scheduleTask(in: time) {
      let (guardian, channel) = bound.value
      guard let deadline = guardian.deadline else {
        return guardian.schedule(channel, in: Self.requestTime)
      }
      let left = deadline - .now()
      if left <= .nanoseconds(0) { return channel.close(mode: .all, promise: nil) }
      guardian.schedule(channel, in: left)
    }
  }

  private func closing(_ context: ChannelHandlerContext, in time: TimeAmount) -> Scheduled<Void> {
    let channel = context.channel
    return context.eventLoop.scheduleTask(in: time) { channel.close(mode: .all, promise: nil) }
  }
}
