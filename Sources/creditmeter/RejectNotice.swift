import CreditCore
import RequestLogs

/// Tells of the first line of a run that cannot be used, and how many more there are.
final class RejectNotice {
  /// Whether any such line is a fault of the run, which then says how many there are.
  private let isStrict: Bool
  /// Whether all of them are written to a file.
  private let isWritten: Bool
  private var first: Reject?
  private var count = 0

  init(isStrict: Bool, isWritten: Bool) {
    (self.isStrict, self.isWritten) = (isStrict, isWritten)
  }

  /// Takes a reject without secrets; true for the first.
  func note(_ reject: Reject) -> Bool {
    count += 1
    guard count == 1 else { return false }
    first = reject
    return true
  }

  /// Says what is wrong with the first, once.
  func tellFirst() {
    guard let first else { return }
    Outcome.say(first.diagnostic(isStrict ? .error : .warning).rendered)
    self.first = nil
  }

  /// Says what was not said yet.
  func tellRest() {
    tellFirst()
    if isStrict || count < 2 { return }
    let lines = count == 2 ? "1 more line was" : "\(count - 1) more lines were"
    Outcome.say("\(lines) rejected" + (isWritten ? "" : "; --rejects FILE writes all of them out"))
  }
}
