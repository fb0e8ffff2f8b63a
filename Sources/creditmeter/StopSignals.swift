import Workflows

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// SIGTERM and SIGINT as the wish that a run ends; the second one ends it at once.
enum StopSignals {
  // A signal may come to any thread at any time; all that is done then is to write one byte.
  nonisolated(unsafe) private static var readEnd: Int32 = -1
  nonisolated(unsafe) private static var writeEnd: Int32 = -1

  static func watch() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    (readEnd, writeEnd) = (ends[0], ends[1])
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    // Whoever started the run may have held them back.
    var watched = sigset_t()
    sigemptyset(&watched)
    for number in [SIGTERM, SIGINT] { sigaddset(&watched, number) }
    pthread_sigmask(SIG_UNBLOCK, &watched, nil)
    for number in [SIGTERM, SIGINT] {
      signal(number) { number in
        signal(number, SIG_DFL)
        var byte: UInt8 = 0
        _ = write(StopSignals.writeEnd, &byte, 1)
      }
    }
  }

  /// Waits so many milliseconds, or until a run that watches for it is to end.
  static func pause(_ milliseconds: Int) {
    if readEnd >= 0 { wait(milliseconds) } else { usleep(UInt32(max(milliseconds, 0)) * 1_000) }
  }

  /// Waits so many milliseconds, or until the run is to end.
  @discardableResult
  static func wait(_ milliseconds: Int) -> Bool {
    if readEnd < 0 { return false }
    var end = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
    return poll(&end, 1, Int32(milliseconds)) > 0
  }
}
