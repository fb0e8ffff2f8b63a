public import CreditCore
import Documents

/// Reads `creditmeter.yaml`.
public enum SettingsReader {
  /// The settings of a text; paths in it are taken from the folder of the file.
  ///
  /// `zoneFault` tells what is wrong with the name of a time zone, if anything is. Throws
  /// ``BadInput`` with every fault, in reading order.
  public static func settings(
    _ source: SourceText,
    zoneFault: @escaping (String, SourceMark) -> Diagnostic? = { _, _ in nil }
  ) throws(BadInput) -> Settings {
    let root: Node
    do throws(Diagnostic) { root = try Document.parse(source) } catch { throw BadInput(error) }
    var decoder = SettingsDecoder(folder: folder(of: source.name), zoneFault: zoneFault)
    var settings = Settings()
    if !root.isNull { settings = decoder.settings(root) }
    if !decoder.faults.isEmpty {
      throw BadInput(
        decoder.faults.sorted { ($0.mark.line, $0.mark.column) < ($1.mark.line, $1.mark.column) }
      )
    }
    settings.file = source.name
    return settings
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }
}

/// Takes settings out of nodes and collects every fault on the way.
private struct SettingsDecoder {
  /// With a slash at its end, or empty.
  let folder: String
  let zoneFault: (String, SourceMark) -> Diagnostic?
  var faults: [Diagnostic] = []

  init(folder: String, zoneFault: @escaping (String, SourceMark) -> Diagnostic?) {
    self.folder = folder
    self.zoneFault = zoneFault
  }

  private static let keys = [
    "database", "timezone", "week_start", "billing_day", "books", "sequences", "graph8", "alerts",
    "reports",
  ]

  mutating func settings(_ root: Node) -> Settings {
    let fields = Fields(root, of: "the settings", allowed: Self.keys, into: &faults)
    var settings = Settings()
    settings.database = path("database", fields)
    settings.timezone = fields.read("timezone", into: &faults) { (node) throws(Diagnostic) in
      let name = try node.string(of: "timezone")
      if let fault = zoneFault(name, node.mark) { throw fault }
      return name
    }
    settings.weekStart = fields.choice("week_start", into: &faults)
    settings.billingDay = whole("billing_day", fields, in: 1...28, "a day from 1 to 28")
      .map { Int($0) }
    settings.books = (fields.list("books", into: &faults) ?? []).compactMap { node in
      attempt { () throws(Diagnostic) in try node.string(of: "a book") }.map(resolved)
    }
    for entry in fields.mapping("sequences", into: &faults) ?? [] {
      let steps = whole(entry.value, "steps of \(entry.key.text)", in: 0...1_000_000, "steps")
      settings.sequences[entry.key.text] = steps
    }
    settings.graph8 = fields["graph8"].map { provider($0) }
    settings.alerts = path("alerts", fields)
    settings.reports = (fields.list("reports", into: &faults) ?? []).compactMap { report($0) }
    return settings
  }

  private mutating func provider(_ node: Node) -> Settings.Provider {
    let keys = ["api", "poll_every", "org", "webhook"]
    let fields = Fields(node, of: "graph8", allowed: keys, into: &faults)
    var provider = Settings.Provider()
    provider.api = fields.choice("api", into: &faults)
    provider.org = fields.string("org", into: &faults)
    provider.pollEvery = fields.read("poll_every", into: &faults) { (node) throws(Diagnostic) in
      let text = try node.string(of: "poll_every")
      guard let span = Span(text), span.seconds > 0 else {
        throw node.diagnostic("poll_every is \"\(text)\"", expected: "a span such as 30s, 5m or 1h")
      }
      return span
    }
    if let node = fields["webhook"] { provider.webhook = webhook(node) }
    return provider
  }

  private mutating func webhook(_ node: Node) -> Settings.Webhook? {
    let what = "webhook"
    let fields = Fields(node, of: what, allowed: ["scheme", "secret_env"], into: &faults)
    for key in ["scheme", "secret_env"] { _ = fields.required(key, of: what, into: &faults) }
    guard let scheme: Settings.Webhook.Scheme = fields.choice("scheme", into: &faults),
      let variable = fields.string("secret_env", into: &faults)
    else { return nil }
    return Settings.Webhook(scheme: scheme, secretVariable: variable)
  }

  private mutating func report(_ node: Node) -> Settings.ScheduledReport? {
    let what = "a report"
    let keys = ["every", "period", "format", "send_to"]
    let fields = Fields(node, of: what, allowed: keys, into: &faults)
    for key in ["every", "send_to"] { _ = fields.required(key, of: what, into: &faults) }
    let every = fields.read("every", into: &faults) { (node) throws(Diagnostic) in
      let text = try node.string(of: "every")
      if let time = WeeklyTime(text) { return time }
      throw node.diagnostic(
        "every is \"\(text)\"",
        expected: "a weekday and a time such as monday 08:00, or a time"
      )
    }
    let period: Settings.ScheduledReport.Period? = fields.choice("period", into: &faults)
    let format: ReportFormat? = fields.choice("format", into: &faults)
    let recipients = (fields.list("send_to", into: &faults) ?? []).compactMap { node in
      attempt { () throws(Diagnostic) in
        Settings.ScheduledReport.Recipient(
          name: try node.string(of: "a destination"),
          mark: node.mark
        )
      }
    }
    return every.map {
      Settings.ScheduledReport(
        every: $0,
        period: period ?? .weekly,
        format: (format ?? .html).rawValue,
        sendTo: recipients
      )
    }
  }

  private enum ReportFormat: String, CaseIterable {
    case table, markdown, html, json, csv
  }

  private mutating func path(_ key: String, _ fields: Fields) -> String? {
    fields.string(key, into: &faults).map(resolved)
  }

  private func resolved(_ path: String) -> String { path.hasPrefix("/") ? path : folder + path }

  private mutating func whole(
    _ key: String,
    _ fields: Fields,
    in range: ClosedRange<Int64>,
    _ expected: String
  ) -> Int64? {
    fields[key].flatMap { whole($0, key, in: range, expected) }
  }

  private mutating func whole(
    _ node: Node,
    _ what: String,
    in range: ClosedRange<Int64>,
    _ expected: String
  ) -> Int64? {
    attempt { () throws(Diagnostic) in
      let number = try node.amount(of: what).normalized
      guard number.scale == 0, let whole = Int64(exactly: number.significand),
        range.contains(whole)
      else {
        throw node.diagnostic("\(what) is \(number)", expected: "a whole number: \(expected)")
      }
      return whole
    }
  }

  private mutating func attempt<Value>(_ body: () throws(Diagnostic) -> Value) -> Value? {
    do throws(Diagnostic) { return try body() } catch {
      faults.append(error)
      return nil
    }
  }
}
