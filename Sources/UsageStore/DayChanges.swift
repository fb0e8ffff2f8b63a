import Synchronization

/// When the requests of each day were changed last, in commits of this process.
final class DayChanges: Sendable {
  private struct State {
    var commits = 0
    /// The commit that changed a day last.
    var last: [Int64: Int] = [:]
    /// The last commit of which is not known which days it changed.
    var lastOfAll = 0
  }

  private let state = Mutex(State())
  /// Days that are told apart; a log of many years changes them all.
  private static let limit = 2_048

  /// How often something was committed.
  var count: Int { state.withLock { $0.commits } }

  /// Takes the days, since 1970, of a commit that is on the disk.
  func note(_ days: Set<Int64>) {
    state.withLock { state in
      state.commits += 1
      for day in days { state.last[day] = state.commits }
      if state.last.count > Self.limit { (state.last, state.lastOfAll) = ([:], state.commits) }
    }
  }

  /// Takes a change that may be of any day.
  func noteAll() {
    state.withLock { state in
      state.commits += 1
      (state.last, state.lastOfAll) = ([:], state.commits)
    }
  }

  /// Whether any of some days was changed after so many commits.
  func haveChanged(_ days: ClosedRange<Int64>, since commits: Int) -> Bool {
    state.withLock { state in
      state.lastOfAll > commits
        || state.last.contains { days.contains($0.key) && $0.value > commits }
    }
  }
}
