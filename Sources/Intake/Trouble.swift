import CreditCore

/// Faults of files, each told once while it lasts.
final class Trouble {
  private var told: [String: String] = [:]
  private(set) var last: (any Error)?

  func tell(_ error: any Error, of path: String, isLasting: Bool, _ follow: Following) {
    let text = (error as? BadInput)?.brief ?? "\(error)"
    last = error
    guard told.updateValue(text, forKey: path) != text else { return }
    follow.say(isLasting ? text : "\(text)\n\(path) is tried again")
  }

  func isGone(from path: String) {
    guard !told.isEmpty, told.removeValue(forKey: path) != nil else { return }
    if told.isEmpty { last = nil }
  }

  /// Runs what reads a file, and gives what went wrong.
  @discardableResult
  func telling(
    _ path: String,
    _ follow: Following,
    _ body: () throws -> Void
  ) throws -> UnreadableLog? {
    do {
      try body()
      return nil
    } catch let fault as UnreadableLog {
      let isLasting = fault.cause is BadInput && !fault.isEarly
      tell(fault.cause, of: path, isLasting: isLasting, follow)
      return fault
    }
  }
}
