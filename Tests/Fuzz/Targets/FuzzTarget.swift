import RequestLogs

/// A reader of what others wrote, and what must hold whatever that is.
public enum FuzzTarget: String, CaseIterable, Sendable {
  case ndjson
  case json
  case csv
  case combined
  case har
  case otlp
  /// Rows of the provider's ledger, and of its balances.
  case balances
  case timestamp
  case book

  /// Reads `bytes`; throws ``Finding`` where something does not hold.
  public func check(_ bytes: [UInt8]) throws {
    switch self {
    case .ndjson: try NDJSONCheck.check(bytes)
    case .csv: try CSVCheck.check(bytes)
    case .combined: try CombinedCheck.check(bytes)
    case .json: try DocumentCheck.check(bytes, .json)
    case .har: try DocumentCheck.check(bytes, .har)
    case .otlp: try DocumentCheck.check(bytes, .otlp)
    case .balances:
      let isLedger = bytes.first.map { $0.isMultiple(of: 2) } ?? true
      try DocumentCheck.check(Array(bytes.dropFirst()), isLedger ? .transactions : .snapshots)
    case .timestamp: try TimestampCheck.check(bytes)
    case .book: try BookCheck.check(bytes)
    }
  }
}

/// What must hold and does not.
public struct Finding: Error, CustomStringConvertible {
  public let description: String
}

func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
  if !condition { throw Finding(description: message()) }
}

/// Whether a message is one line that cannot change a terminal.
func isPlain(_ text: String) -> Bool {
  !text.isEmpty
    && text.unicodeScalars.allSatisfy {
      ![.control, .format, .lineSeparator, .paragraphSeparator].contains(
        $0.properties.generalCategory
      )
    }
}
