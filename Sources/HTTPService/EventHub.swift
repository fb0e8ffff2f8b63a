import HummingbirdCore
import NIOCore
import Synchronization

/// Tells open pages that something changed, by server-sent events.
///
/// An event says only that; a page asks for what it may see.
final class EventHub: Sendable {
  private struct State {
    var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    var next = 0
    var isOver = false
  }

  private let state = Mutex(State())
  private static let limit = 64
  /// So that proxies and browsers keep the connection.
  private static let heartbeat = Duration.seconds(20)

  /// Something changed.
  func tell() {
    let listeners = state.withLock { Array($0.listeners.values) }
    for listener in listeners { listener.yield() }
  }

  /// Ends every stream.
  func finish() {
    let listeners = state.withLock { state in
      defer { state.listeners = [:] }
      state.isOver = true
      return Array(state.listeners.values)
    }
    for listener in listeners { listener.finish() }
  }

  /// What a page listens to; nil where too many do.
  func stream() -> ResponseBody? {
    let (changes, continuation) = AsyncStream.makeStream(
      of: Void.self,
      bufferingPolicy: .bufferingNewest(1)
    )
    let number: Int? = state.withLock { state in
      if state.isOver || state.listeners.count >= Self.limit { return nil }
      state.next += 1
      state.listeners[state.next] = continuation
      return state.next
    }
    guard let number else { return nil }
    let beat = Task {
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.heartbeat)
        continuation.yield()
      }
    }
    return ResponseBody { writer in
      defer {
        beat.cancel()
        _ = self.state.withLock { $0.listeners.removeValue(forKey: number) }
      }
      try await writer.write(ByteBuffer(string: "retry: 5000\n\n"))
      for await _ in changes {
        try await writer.write(ByteBuffer(string: "event: change\ndata: 1\n\n"))
      }
      try await writer.finish(nil)
    }
  }
}
