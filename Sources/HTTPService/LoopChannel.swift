import HummingbirdCore
import Logging
import NIOCore

/// HTTP/1 whose requests are dealt with by the thread that reads their connection.
///
/// Tasks run on threads of their own unless told, and every part of a body and of an answer would
/// go from one thread to the other. What waits for the disk has threads elsewhere.
struct LoopChannel: ServerChildChannel {
  private let channel: HTTP1Channel

  init(_ channel: HTTP1Channel) { self.channel = channel }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
    self.channel.setup(channel: channel, logger: logger)
  }

  func handle(value: HTTP1Channel.Value, logger: Logger) async {
    await withTaskExecutorPreference(LoopExecutor(value.channel.eventLoop)) {
      await channel.handle(value: value, logger: logger)
    }
  }
}

/// Runs tasks on an event loop.
private final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
