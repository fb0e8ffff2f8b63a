import ByteSources
import CreditCore
import LocalFiles
import RequestLogs
import UsageStore

/// Reads logs as they grow, through rotation, truncation and restarts.
public final class FollowWorkflow {
  private let workflow: IngestWorkflow
  private let places: [FollowedPlace]
  private let follow: Following
  /// Is called when what was read is stored.
  public var onCommit: () throws -> Void = {}

  /// Follows files and folders; one that is not there is waited for.
  ///
  /// What is `excluded`, such as the database, is never followed. Of one log `turn` bytes are read
  /// before another has its turn. Messages, such as that lines were lost, go to `say`.
  ///
  /// Throws ``EnvironmentFault`` for a fault of the database.
  public init(
    _ workflow: IngestWorkflow,
    _ paths: [String],
    excluding: [String] = [],
    pace: FollowPace,
    turn: Int = 16 << 20,
    say: @escaping (String) -> Void
  ) throws {
    self.workflow = workflow
    let folders = Set(paths.filter(Files.isDirectory).compactMap(Files.real))
    var seen: Set<String> = []
    // A file of a folder that is followed is followed with it.
    places = paths.filter { path in
      let real = Files.absolute(path)
      return seen.insert(real).inserted && !folders.contains(Files.folder(of: real))
    }
    .map { FollowedPlace($0, excluding: excluding) }
    follow = Following(workflow, pace, turn: turn, say: say)
    try workflow.writer.begin(
      ImportDescription(
        file: paths.joined(separator: ", "),
        source: workflow.options.source,
        started: workflow.options.now
      )
    )
    workflow.writer.beforeCommit = { [places, unowned writer = workflow.writer] in
      for place in places { try place.store(writer) }
    }
  }

  /// Follows until the pace says that the run is to end.
  ///
  /// Throws ``UnreadableLog`` where nothing of what was named can be followed.
  public func run() throws {
    while true {
      let started = follow.pace.milliseconds()
      let hasMore = try look()
      if follow.pace.mustEnd() { return }
      if let fault = places.first?.fault, places.allSatisfy(\.isRefused) {
        throw UnreadableLog(cause: fault)
      }
      if !hasMore {
        follow.pace.wait(FollowPace.pause(after: follow.pace.milliseconds() - started))
      }
      if follow.pace.mustEnd() { return }
    }
  }

  /// Reads what has come, and stores it; true where there is more.
  public func look() throws -> Bool {
    workflow.intake.options.latest = Instant(
      microseconds: follow.pace.now().microseconds &+ 86_400_000_000
    )
    var hasMore = false
    for place in places {
      hasMore = try place.look(follow) || hasMore
      try place.store(workflow.writer)
    }
    try workflow.flush()
    try onCommit()
    return hasMore
  }

  /// Why files could not be read that still cannot be.
  public var faults: [any Error] { places.compactMap(\.fault) }
}
