/// The time between two values of a series.
public enum SeriesStep: String, Sendable, CaseIterable {
  case hour
  case day
  case week
  case month
  /// Of another length, whose pattern nobody knows.
  case other
}
