import AlertFiles
public import Alerting
public import CreditCore
import LocalFiles

/// `alerts.yaml`, as commands and the service read it.
public enum AlertFile {
  /// Throws ``BadInput`` with every fault, and ``EnvironmentFault`` for what cannot be read.
  public static func read(_ path: String) throws -> AlertPlan { try plan(try Files.read(path)) }

  public static func plan(_ source: SourceText) throws(BadInput) -> AlertPlan {
    try AlertFileReader.plan(source)
  }

  /// What a file says, in a line.
  public static func summary(_ plan: AlertPlan) -> String {
    func count(_ number: Int, _ word: String) -> String {
      "\(number) \(word)\(number == 1 ? "" : "s")"
    }
    let nobody = plan.destinations.isEmpty ? ", so that nobody is told" : ""
    return count(plan.rules.count, "rule") + ", " + count(plan.destinations.count, "destination")
      + nobody
  }
}
