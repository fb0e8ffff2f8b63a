import ArgumentParser
import CreditCore

/// Faults of some files, while others are read.
final class FaultList {
  private var faults: [(fault: any Error, isTold: Bool)] = []

  var count: Int { faults.count }

  /// Keeps a fault, which perhaps was said already.
  func add(_ fault: any Error, isTold: Bool = false) { faults.append((fault, isTold)) }

  /// Tells all but the one that ends the run: the last of the environment, else the last.
  func raise() throws {
    let place = faults.lastIndex { $0.fault is EnvironmentFault } ?? faults.count - 1
    guard place >= 0 else { return }
    for (index, (fault, isTold)) in faults.enumerated() where index != place && !isTold {
      Outcome.say(fault)
    }
    let (fault, isTold) = faults[place]
    guard isTold else { throw fault }
    throw ExitCode(fault is EnvironmentFault ? Outcome.Code.environment : Outcome.Code.badInput)
  }
}
