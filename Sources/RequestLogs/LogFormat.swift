/// The formats that can be read.
public enum LogFormat: String, Sendable, CaseIterable {
  /// One JSON object a line.
  case ndjson
  /// An array of such objects, or `{"data": […]}`.
  case json
  case csv
  /// Combined and common access logs, and those of `--log-format`.
  case combined
  /// HTTP archives (HAR 1.2).
  case har
  /// OpenTelemetry spans (OTLP/JSON).
  case otlp
  /// Rows of the provider's ledger.
  case transactions
  /// Balances at instants.
  case snapshots
}
