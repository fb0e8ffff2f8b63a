import CreditCore
import HTTPTypes
import Reports
import RequestLogs
import Settings
import UsageStore
import Workflows

// Where the credits went, and where they will go.
extension ServiceDesk {
  private static let span: [Parameter] = [
    Parameter(
      "since",
      "from this instant on, as RFC 3339",
      .instant,
      example: "2026-11-16T00:00:00Z"
    ),
    Parameter("until", "up to this instant, which is not part of it", .instant),
  ]

  private static let spans = Parameter.Shape.form("^[1-9][0-9]{0,3}[smhdw]$")
  static let amount = Parameter.Shape.form("^[0-9]{1,9}([.][0-9]{1,6})?$")

  private static let timezone = Parameter(
    "timezone",
    "the zone that days are of, as an IANA name; the team's unless told",
    example: "Europe/Berlin"
  )

  private static let paging: [Parameter] = [
    Parameter("page", "the part of the list, from 1", .integer(1...100_000)),
    Parameter("limit", "rows of a part; 100 unless told", .integer(1...1_000)),
    Parameter("cursor", "next_cursor of the part before, instead of page", .form("^o[0-9]{1,9}$")),
  ]

  private static let filters: [Parameter] = [
    ("operation", "only these operations; * stands for anything"),
    ("family", "only these families"),
    ("path", "only these paths"), ("method", "only these methods"),
    ("status", "only these statuses, such as 429 or 4xx"),
    ("source", "only what came from these sources"),
    ("tag", "only requests with these tags, as name=value"),
  ].map { Parameter($0.0, $0.1, mayRepeat: true) }

  var usageRoutes: [Route] {
    [
      Route(
        .get,
        "/v1/usage",
        .token(.read),
        "Stored usage, grouped, or request by request without `by`.",
        parameters: Self.span + [
          Parameter("by", "what to group by: operation,day", example: "operation,day"),
          Self.timezone, Parameter("sort", "columns to sort by: credits, day:desc"),
          Parameter("format", "json unless told", .choice(["json", "csv"])),
        ] + Self.paging + Self.filters,
        gives: [Route.Success("usage", [("application/json", .object), ("text/csv", .text)])],
        handler: reading { try $0.usage($1) }
      ),
      Route(
        .get,
        "/v1/burn-rate",
        .token(.read),
        "How fast credits go, over several windows.",
        parameters: Self.span + [
          Parameter(
            "window",
            "a window that ends now: 24h",
            Self.spans,
            mayRepeat: true,
            example: "24h"
          ),
          Self.timezone,
        ],
        gives: [
          Route.Success("burn rate", [("application/json", .document("creditmeter.burn/1"))])
        ],
        handler: reading { try $0.burnRate($1) }
      ),
      Route(
        .get,
        "/v1/forecast",
        .token(.read),
        "What will be spent day by day, and when credits run out.",
        parameters: [
          Parameter(
            "horizon",
            "how far to look: 28d",
            .form("^[1-9][0-9]{0,2}[dw]$"),
            example: "28d"
          ),
          Parameter("balance", "what is left now, instead of the latest snapshot", Self.amount),
          Self.timezone,
        ],
        gives: [
          Route.Success("forecast", [("application/json", .document("creditmeter.forecast/1"))])
        ],
        refusals: [409],
        handler: reading { try $0.forecast($1) }
      ),
      Route(
        .get,
        "/v1/balance",
        .token(.read),
        "The latest snapshot of the balance; null where there is none.",
        gives: [Route.Success("balance", [("application/json", .object)])],
        handler: .waiting { call in
          let (org, balances) = (call.org, self.balances)
          if let known = balances.remembered(of: org, by: call.now) {
            return Answer(json: BalanceReport(known).json)
          }
          let snapshot = try await self.run {
            try balances.latestSnapshot(of: org, by: call.now)
          }
          return Answer(json: BalanceReport(snapshot).json)
        }
      ),
    ]
  }

  private func usage(_ call: Call) throws -> Answer {
    let query = call.query
    let zone = try zone(call)
    var question = UsageWorkflow.Question()
    (question.since, question.until) = try Self.span(query)
    question.zone = zone
    question.page = try Self.page(query)
    question.filter = try filter(call)
    question.by = try query["by"].map(Self.keys) ?? []
    let isCSV = query["format"] == "csv"
    if question.by.isEmpty { return try list(question, query["sort"], isCSV: isCSV) }
    question.sort = try query["sort"].map { try Self.sorts($0, question.by) } ?? []
    let report = try UsageWorkflow.report(store, question)
    return isCSV ? Answer(csv: report.csv) : Answer(json: report.json)
  }

  private func list(
    _ question: UsageWorkflow.Question,
    _ sort: String?,
    isCSV: Bool
  ) throws -> Answer {
    let orders: [String: UsageStore.RequestOrder] = [
      "time": .oldestFirst, "time:asc": .oldestFirst, "time:desc": .newestFirst,
      "credits": .dearestFirst, "credits:desc": .dearestFirst,
    ]
    guard let order = orders[sort ?? "time:desc"] else {
      throw Fault.badRequest("single requests are sorted by time or credits", field: "sort")
    }
    var bytes: [UInt8] = []
    var writer = RequestListWriter(isCSV ? .csv : .json, zone: question.zone.name) { bytes += $0 }
    try UsageWorkflow.list(store, question, order: order, into: &writer)
    return isCSV ? Answer(csv: bytes) : Answer(json: bytes)
  }

  private func burnRate(_ call: Call) throws -> Answer {
    let (since, until) = try Self.span(call.query)
    var windows: [Span] = []
    for text in call.query.all("window") {
      guard let window = Span(text), window.seconds > 0 else {
        throw Fault.badRequest("window=\(printable(text)): expected 24h", field: "window")
      }
      windows.append(window)
    }
    let end = until ?? call.now
    if let since {
      guard windows.isEmpty, since < end else {
        throw Fault.badRequest("since is before the end, and instead of window", field: "since")
      }
      windows = [Span(seconds: max(1, (end.microseconds - since.microseconds) / 1_000_000))]
    }
    if windows.isEmpty { windows = ["1h", "24h", "7d", "28d"].compactMap { Span($0) } }
    let report = try BurnWorkflow(store, shelf).report(
      windows,
      org: call.org,
      billingDay: settings.team.billingDay,
      now: end
    )
    return Answer(json: report.json)
  }

  private func forecast(_ call: Call) throws -> Answer {
    var question = ForecastWorkflow.Question(now: call.now)
    question.org = call.org
    question.zone = try zone(call)
    question.billingDay = settings.team.billingDay
    let longest = ForecastWorkflow.longestHorizon
    if let horizon = try call.query.value(
      "horizon",
      expected: "1d to \(longest)d",
      {
        Span($0).flatMap { (86_400...Int64(longest) * 86_400).contains($0.seconds) ? $0 : nil }
      }
    ) {
      question.horizon = horizon
    }
    question.balance = try call.query.value(
      "balance",
      expected: "credits, such as 12500",
      Self.credits
    )
    return Answer(json: try ForecastWorkflow(store, shelf).report(question).json)
  }
}

// Parts of questions.
extension ServiceDesk {
  static func credits(_ text: String) -> Credits? {
    (try? ExactDecimal(text)).flatMap { try? Credits(rounding: $0) }
  }

  static func span(_ query: Query) throws(Fault) -> (since: Instant?, until: Instant?) {
    let form = "a time such as 2026-11-18T09:30:00Z"
    let since = try query.value("since", expected: form) { Instant($0) }
    let until = try query.value("until", expected: form) { Instant($0) }
    if let since, let until, until <= since {
      throw .badRequest("until is not after since", field: "until")
    }
    return (since, until)
  }

  static func page(_ query: Query) throws(Fault) -> ListPage {
    // In their ranges, for the table of routes says so.
    let limit = query["limit"].flatMap { Int($0) } ?? 100
    let page = query["page"].flatMap { Int($0) } ?? 1
    let cursor = try query.value("cursor", expected: "a next_cursor of this service") { text in
      text.hasPrefix("o") ? whole(String(text.dropFirst()), in: 0...1_000_000_000) : nil
    }
    return ListPage(offset: cursor ?? (page - 1) * limit, limit: limit)
  }

  private static func whole(_ text: String, in range: ClosedRange<Int>) -> Int? {
    guard text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
    return Int(text).flatMap { range.contains($0) ? $0 : nil }
  }

  private func filter(_ call: Call) throws(Fault) -> UsageFilter {
    var filter = UsageFilter()
    filter.orgs = call.org.map { [$0] } ?? []
    filter.operations = call.query.all("operation").map { Wildcard($0) }
    filter.families = call.query.all("family").map { Wildcard($0) }
    filter.paths = call.query.all("path").map { PathPattern($0) }
    filter.methods = call.query.all("method").map { $0.uppercased() }
    filter.sources = call.query.all("source")
    filter.tags = call.query.all("tag").map { UsageFilter.Tag($0) }
    for text in call.query.all("status") {
      guard let status = UsageFilter.Status(text) else {
        throw .badRequest("status=\(printable(text)): expected 429 or 4xx", field: "status")
      }
      filter.statuses.append(status)
    }
    return filter
  }

  static func keys(_ text: String) throws(Fault) -> [UsageKey] {
    var keys: [UsageKey] = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      guard let key = UsageKey(name) else {
        let near = nearest(to: name, among: UsageKey.names).map { "; did you mean \($0)?" } ?? ""
        let known = UsageKey.names.joined(separator: ", ")
        throw .badRequest(
          "by=\(printable(name)): expected \(known) or tag:NAME\(near)",
          field: "by"
        )
      }
      if keys.contains(key) { throw .badRequest("by names \(name) twice", field: "by") }
      keys.append(key)
    }
    return keys
  }

  private static func sorts(
    _ text: String,
    _ by: [UsageKey]
  ) throws(Fault) -> [UsageWorkflow.Sort] {
    var sorts: [UsageWorkflow.Sort] = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      guard let sort = UsageWorkflow.Sort(name), sort.applies(to: by) else {
        let known = (by.map(\.name) + UsageReport.numberNames).joined(separator: ", ")
        throw .badRequest("sort=\(printable(name)): expected \(known)", field: "sort")
      }
      sorts.append(sort)
    }
    return sorts
  }
}

extension Answer {
  init(csv: [UInt8]) { self.init(csv, type: "text/csv; charset=utf-8") }
}
