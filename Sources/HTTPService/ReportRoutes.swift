import CreditCore
import HTTPTypes
import PriceBooks
import Rating
import Reports
import Settings
import UsageStore
import Workflows

// Reports of periods, and the price book.
extension ServiceDesk {
  private static let types: [(name: String, type: String, format: PeriodReport.Format)] = [
    ("json", "application/json", .json), ("html", "text/html", .html),
    ("markdown", "text/markdown", .markdown), ("csv", "text/csv", .csv),
  ]

  private static let forms: [CalendarPeriod.Kind: String] = [
    .weekly: "^20[0-9]{2}-W(0[1-9]|[1-4][0-9]|5[0-2])$",
    .daily: "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$",
    .monthly: "^20[0-9]{2}-(0[1-9]|1[0-2])$",
  ]

  /// The plans that the books have.
  var planShape: Parameter.Shape {
    var names: [String] = []
    for plan in shelf.books.flatMap(\.plans) where !names.contains(plan.id) {
      names.append(plan.id)
    }
    return .choice(names)
  }

  var reportRoutes: [Route] {
    CalendarPeriod.Kind.allCases.map { kind in
      Route(
        .get,
        "/v1/reports/\(kind.rawValue)",
        .page(.read),
        "Where the credits of a \(kind.noun) went, against the one before.",
        parameters: [
          Parameter(
            "period",
            "the last that is over unless told",
            .form(Self.forms[kind] ?? ""),
            example: kind.example
          ),
          Parameter("timezone", "the zone that days are of, as an IANA name"),
          Parameter("by", "what rows are: operation unless told"),
          Parameter("format", "instead of Accept", .choice(Self.types.map(\.name))),
        ],
        gives: [
          Route.Success(
            "the report",
            Self.types.map { ($0.type, $0.format == .json ? .object : .text) }
          )
        ],
        refusals: [406],
        handler: reading { try $0.report(kind, $1) }
      )
    }
  }

  private func report(_ kind: CalendarPeriod.Kind, _ call: Call) throws -> Answer {
    let form = try Self.form(call)
    let zone = try zone(call)
    let weekStart = settings.team.weekStart?.number ?? 1
    // To the second, as people read it.
    let now = Instant(microseconds: call.now.microseconds / 1_000_000 * 1_000_000)
    var period = CalendarPeriod.last(kind, before: now, in: zone, weekStart: weekStart)
    if let label = call.query["period"] {
      guard let chosen = CalendarPeriod(kind, label, weekStart: weekStart) else {
        throw Fault.badRequest(
          "period=\(printable(label)): expected a \(kind.noun) such as \(kind.example)",
          field: "period"
        )
      }
      period = chosen
    }
    var question = ReportWorkflow.Question(period: period, now: now)
    question.zone = zone
    question.org = call.org
    question.billingDay = settings.team.billingDay
    question.requiresKnown = false
    if let by = call.query["by"] {
      let keys = try Self.keys(by)
      guard keys.count == 1, let key = keys.first, !key.isTime else {
        throw Fault.badRequest("by names one grouping that is not of time", field: "by")
      }
      question.by = key
    }
    let report = try ReportWorkflow(store, shelf).report(question)
    let bytes = try report.rendered(as: form.format)
    var answer = Answer(
      bytes,
      type: form.format == .json ? form.type : "\(form.type); charset=utf-8"
    )
    if form.format == .html { answer.headers[.contentSecurityPolicy] = Self.reportPolicy }
    answer.headers[.vary] = "Accept"
    return answer
  }

  /// A report is one file that brings its own style, and nothing else.
  static let reportPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    + "form-action 'none'; frame-ancestors 'none'"

  private static func form(
    _ call: Call
  ) throws(Fault) -> (name: String, type: String, format: PeriodReport.Format) {
    if let name = call.query["format"] {
      if let form = types.first(where: { $0.name == name }) { return form }
      let known = types.map(\.name).joined(separator: ", ")
      throw .badRequest("format=\(printable(name)): expected one of \(known)", field: "format")
    }
    guard let accept = call.headers[.accept] else { return types[0] }
    let accepted = acceptedTypes(accept)
    for type in accepted {
      if type == "*/*" { return types[0] }
      if let form = types.first(where: { form in
        type == form.type
          || type.hasSuffix("/*") && form.type.hasPrefix(String(type.dropLast()))
      }) {
        return form
      }
    }
    if accepted.isEmpty { return types[0] }
    let known = types.map(\.type).joined(separator: ", ")
    throw Fault(.notAcceptable, "not_acceptable", "this comes as \(known)")
  }

  var priceRoutes: [Route] {
    let plan = Parameter("plan", "the graph8 plan: platform unless told", planShape)
    return [
      Route(
        .get,
        "/v1/prices",
        .token(.read),
        "Every operation, how it is metered and what it costs.",
        parameters: [
          plan,
          Parameter(
            "metering",
            "only these operations",
            .choice(Metering.allCases.map(\.rawValue))
          ),
        ],
        gives: [Route.Success("the price book", [("application/json", .object)])],
        handler: reading { desk, call in
          let book = try desk.shelf.book(at: call.now)
          let metering = try call.query.value(
            "metering",
            expected: "one of \(Metering.allCases.map(\.rawValue).joined(separator: ", "))"
          ) { Metering(rawValue: $0) }
          let plan = try desk.plan(call, book)
          return Answer(json: PriceList(book: book, plan: plan, metering: metering).json)
        }
      ),
      Route(
        .get,
        "/v1/prices/explain",
        .token(.read),
        "Which operation a request is, what it costs, and who says so.",
        parameters: [
          Parameter("method", "the HTTP method", isRequired: true, example: "POST"),
          Parameter(
            "path",
            "the path or URL, with its query",
            isRequired: true,
            example: "/api/v1/enrichment/lookup/person"
          ),
          Parameter("body", "the request's body as JSON, where it decides"), plan,
        ],
        gives: [Route.Success("the explanation", [("application/json", .object)])],
        handler: reading { desk, call in
          guard let method = call.query["method"], let path = call.query["path"] else {
            let missing = call.query["method"] == nil ? "method" : "path"
            throw Fault.badRequest("\(missing) is missing", field: missing)
          }
          let book = try desk.shelf.book(at: call.now)
          let explanation = try PricesWorkflow.explain(
            method: method,
            path: path,
            body: call.query["body"],
            book: book,
            plan: try desk.plan(call, book)
          )
          return Answer(json: explanation.json)
        }
      ),
    ]
  }

  private func plan(_ call: Call, _ book: PriceBook) throws -> String {
    let workflow = EstimateWorkflow(book: book)
    return try workflow.plan(named: call.query["plan"] ?? PriceBook.defaultPlan).id
  }
}

/// Media types of an `Accept` header, those that are wanted most first; without those not wanted.
func acceptedTypes(_ header: String) -> [String] {
  var types: [(type: String, weight: Double, place: Int)] = []
  for (place, part) in header.split(separator: ",").enumerated() {
    guard let type = mediaType(String(part)) else { continue }
    var weight = 1.0
    for parameter in part.split(separator: ";").dropFirst() {
      let pair = parameter.drop { $0 == " " }.split(separator: "=")
      if pair.count == 2, pair[0] == "q" { weight = Double(pair[1]) ?? 1 }
    }
    if weight > 0 { types.append((type, weight, place)) }
  }
  return types.sorted { ($1.weight, $0.place) < ($0.weight, $1.place) }.map(\.type)
}
