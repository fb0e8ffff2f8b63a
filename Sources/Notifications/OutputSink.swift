public import CreditCore

/// Writes the message where somebody reads along, a line for each.
public struct OutputSink: AlertSink {
  private let write: (String) throws -> Void

  /// `write` takes a line with its end.
  public init(write: @escaping (String) throws -> Void) { self.write = write }

  public func deliver(_ message: AlertMessage, at now: Instant) -> DeliveryOutcome {
    let line = "\(message.at)  \(message.headline): \(message.lines.joined(separator: "; "))\n"
    do { try write(line) } catch { return .retry("\(error)", after: nil) }
    return .delivered
  }
}
