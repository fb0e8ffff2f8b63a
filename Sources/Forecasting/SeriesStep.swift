/// The time between two values of a series.
public enum SeriesStep: Sendable, Hashable {
  /// Above zero.
  case seconds(Int)
  /// Of the calendar; above zero.
  case months(Int)

  public static let hour = SeriesStep.seconds(3_600)
  public static let day = SeriesStep.seconds(86_400)
  public static let week = SeriesStep.seconds(604_800)
}
