public import CreditCore

extension AlertMessage {
  /// The message for programs: `creditmeter.alert/1`, on one line.
  public var json: String {
    var json = JSONText()
    json.object { json in
      json.field("schema", "creditmeter.alert/1")
      json.field("id", id)
      json.field("rule", rule)
      json.field("severity", severity.rawValue)
      json.field("state", state.rawValue)
      json.field("org", org)
      json.field("level", level)
      json.field("value", value)
      json.field("threshold", threshold)
      json.field("unit", unit)
      json.field("since", since.description)
      json.field("at", at.description)
      json.field("data_as_of", dataAsOf?.description)
      json.field("reason", reason)
      json.field("action", action)
    }
    return json.text
  }

  /// What a person sees first: `CRITICAL: low balance (org_1)`.
  var headline: String {
    let word = state == .resolved ? "RESOLVED" : severity.rawValue.uppercased()
    let name = level.isEmpty ? rule : "\(rule), \(level)"
    return printable("\(word): \(name)" + (org.isEmpty ? "" : " (\(org))"))
  }

  /// The lines below the headline, each one printable.
  var lines: [String] {
    var lines = [reason, action].filter { !$0.isEmpty }
    if let value {
      let limit = threshold.map { ", threshold \(JSONText.number($0))" } ?? ""
      lines.append("value \(JSONText.number(value)) \(unit)\(limit)")
    }
    lines.append("since \(since)")
    if let dataAsOf { lines.append("by data as of \(dataAsOf)") }
    return lines.map { printable($0) }
  }
}
