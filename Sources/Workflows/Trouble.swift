import CreditCore

/// Faults of files, each told once while it lasts.
final class Trouble {
  private var told: [String: String] = [:]
  private(set) var last: (any Error)?

  func tell(_ error: any Error, of path: String, _ follow: Following) {
    let text = (error as? BadInput)?.brief ?? "\(error); it is tried again"
    last = error
    if told.updateValue(text, forKey: path) != text { follow.say(text) }
  }

  func isGone(from path: String) {
    guard !told.isEmpty, told.removeValue(forKey: path) != nil else { return }
    if told.isEmpty { last = nil }
  }

  /// Runs what reads a file; true where nothing went wrong.
  @discardableResult
  func telling(
    _ path: String,
    _ follow: Following,
    _ body: () throws -> Void
  ) throws -> Bool {
    do {
      try body()
      return true
    } catch let fault as UnreadableLog {
      tell(fault.cause, of: path, follow)
      return false
    }
  }
}
