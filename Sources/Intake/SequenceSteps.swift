import CreditCore
import UsageStore

/// How many steps sequences have: as configured, else as logged answers told.
final class SequenceSteps: @unchecked Sendable {
  private struct Name: Hashable {
    var org: String
    var sequence: String
  }

  private let configured: [String: Int64]
  private var learned: [Name: StepHistory] = [:]

  /// What the database holds; counts `known` beforehand stand above what answers tell.
  init(_ writer: ImportWriter, known: [String: Int64]) throws {
    configured = known
    try writer.forEachStepCount { org, sequence, steps, time in
      _ = learn(steps, of: sequence, org: org, at: time)
    }
  }

  func isConfigured(_ sequence: String) -> Bool { configured[sequence] != nil }

  /// Whether the answer tells something that was not known.
  func learn(_ steps: Int64, of sequence: String, org: String, at time: Instant) -> Bool {
    learned[Name(org: org, sequence: sequence), default: StepHistory()].add(steps, at: time)
  }

  func steps(of sequence: String, org: String, at time: Instant) -> Int64? {
    configured[sequence] ?? learned[Name(org: org, sequence: sequence)]?.steps(at: time)
  }
}
