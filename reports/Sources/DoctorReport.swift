import CreditCore

/// Whether everything that creditmeter needs is as it should be.
public struct DoctorReport: Sendable {
  public enum State: String, Sendable {
    case ok
    /// It works, but somebody should look at it.
    case warning
    case failed
    /// Nothing to look at, or not wanted.
    case skipped
  }

  public struct Finding: Sendable {
    /// What was looked at: `database`.
    public var name: String
    public var state: State
    /// What was found.
    public var message: String
    /// What to do.
    public var hint: String?

    public init(_ name: String, _ state: State, _ message: String, hint: String? = nil) {
      self.name = name
      self.state = state
      self.message = message
      self.hint = hint
    }
  }

  public private(set) var findings: [Finding] = []

  public init() {}

  public mutating func add(_ finding: Finding) { findings.append(finding) }

  public var failures: [Finding] { findings.filter { $0.state == .failed } }

  public var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("schema", "creditmeter.doctor/1")
      json.field("passed", failures.isEmpty)
      json.field("checks") { json in
        json.list(findings) { json, finding in
          json.object { json in
            json.field("name", finding.name)
            json.field("state", finding.state.rawValue)
            json.field("message", finding.message)
            json.field("hint", finding.hint)
          }
        }
      }
    }
    return json.finished()
  }

  public var table: [UInt8] {
    let width = findings.map(\.name.count).max() ?? 0
    var text = ""
    for finding in findings {
      let state = Self.padded(finding.state.rawValue, 7)
      text += "\(state)  \(Self.padded(finding.name, width))  \(printable(finding.message))\n"
      guard let hint = finding.hint else { continue }
      text += String(repeating: " ", count: width + 11) + "hint: \(printable(hint))\n"
    }
    return Array(text.utf8)
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
