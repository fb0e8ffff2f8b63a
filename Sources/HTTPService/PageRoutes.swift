import Alerting
import CreditCore
import HTTPTypes
import Reports
import Settings
import UsageStore
import Workflows

// The dashboard: pages that people read, and the forms on them.
extension ServiceDesk {
  static let html: [(String, Route.Schema)] = [("text/html", .text)]
  private static let formLimit = 1 << 20

  static func form(_ types: [String] = [Form.types[0]]) -> Route.Body {
    Route.Body(types: types, limit: formLimit, schema: .any)
  }

  static let moved = Route.Success("done; the page to see next", [], status: .seeOther)

  var pageRoutes: [Route] {
    [
      page("/", "The dashboard: balance, runway, spending, alerts.") { desk, call, session in
        try desk.pages.overview(desk.overview(of: call.org, now: call.now), session)
      },
      page("/estimate", "A form for a campaign file.") { desk, call, session in
        try desk.pages.estimate(desk.dashboard.estimateForm(now: call.now), session)
      },
      page(
        "/prices",
        "What operations cost, and which one a request is.",
        parameters: ["method", "path", "words", "plan"].map {
          Parameter($0, "as the form sends it")
        } + [
          Parameter(
            "metering",
            "as the form sends it: all where it is empty",
            .choice([""] + Metering.allCases.map(\.rawValue))
          )
        ]
      ) { desk, call, session in
        let search = try desk.dashboard.prices(
          method: call.query["method"] ?? "",
          path: call.query["path"] ?? "",
          words: call.query["words"] ?? "",
          metering: call.query["metering"] ?? "",
          plan: call.query["plan"] ?? "",
          org: call.org,
          now: call.now
        )
        return try desk.pages.prices(search, session)
      },
      page("/reports", "The reports that there are.") { desk, call, session in
        try desk.pages.reports(desk.dashboard.reports(org: call.org, now: call.now), session)
      },
      page("/alerts", "Rules that fire or did, and silences.") { desk, call, session in
        try desk.pages.alerts(desk.dashboard.alerts(org: call.org, now: call.now), session)
      },
      Route(
        .post,
        "/estimate",
        .page(.read),
        "What the campaign of the form will cost.",
        body: Self.form([Form.types[1], Form.types[0]]),
        gives: [Route.Success("the form with its estimate", Self.html)],
        handler: reading { try $0.estimatePage($1) }
      ),
      Route(
        .post,
        "/alerts/silence",
        .page(.admin),
        "Silences a rule, as the form says.",
        body: Self.form(),
        gives: [Self.moved],
        handler: reading { try $0.silencePage($1) }
      ),
      Route(
        .post,
        "/alerts/silence/end",
        .page(.admin),
        "Ends a silence.",
        body: Self.form(),
        gives: [Self.moved],
        refusals: [404],
        handler: reading { try $0.endSilencePage($1) }
      ),
    ] + sessionRoutes
  }

  private func page(
    _ path: String,
    _ summary: String,
    parameters: [Parameter] = [],
    _ body: @escaping @Sendable (ServiceDesk, Call, PageSession) throws -> [UInt8]
  ) -> Route {
    Route(
      .get,
      path,
      .page(.read),
      summary,
      parameters: parameters,
      gives: [Route.Success("the page", Self.html)],
      handler: reading { desk, call in
        Answer(page: try body(desk, call, desk.session(of: call)))
      }
    )
  }

  var pages: DashboardPages { DashboardPages() }

  var dashboard: DashboardWorkflow {
    get throws {
      var setting = DashboardWorkflow.Setting()
      setting.zone = try settings.team.timezone.map(Zones.named) ?? .utc
      setting.weekStart = settings.team.weekStart?.number ?? 1
      setting.billingDay = settings.team.billingDay
      setting.staleAfter = settings.alerts?.staleAfter
      setting.rules = settings.alerts?.plan.rules.map(\.name) ?? []
      setting.polling = background.polling(every: settings.polls)
      return DashboardWorkflow(store, shelf, setting, overviews.memory)
    }
  }

  func overview(of org: String?, now: Instant) throws -> DashboardValues {
    let dashboard = try dashboard
    var values = try overviews.values(of: org, changes: store.changes, now: now) {
      try dashboard.overview(org: org, now: now)
    }
    values.alerts = try dashboard.alerts(org: org, now: now.wholeSecond)
    values.polling = dashboard.setting.polling
    return values
  }

  func session(of call: Call, notice: PageSession.Notice? = nil) -> PageSession {
    var session = PageSession(
      org: call.org,
      csrf: call.client.session?.formKey ?? openFormKey,
      isAdmin: call.client.may(.admin),
      isSignedIn: call.client.session != nil
    )
    session.notice = notice
    return session
  }
}

// What forms do.
extension ServiceDesk {
  /// A form that no page of ours made is not done.
  ///
  /// Throws ``Fault``. A client with a token in its header needs no form's key.
  func requireFormKey(_ form: Form, _ call: Call) throws(Fault) {
    switch call.client.proof {
    case .bearer: return
    case .session(_, let session): if form["csrf"] == session.formKey { return }
    case .notNeeded: if form["csrf"] == openFormKey { return }
    case .none: break
    }
    throw Fault(.forbidden, "forbidden", "the form is too old; load its page again")
  }

  private func estimatePage(_ call: Call) throws -> Answer {
    let form = try Form(call)
    try requireFormKey(form, call)
    let answer = try dashboard.estimate(
      form["file"].isEmpty ? form["campaign"] : form["file"],
      plan: form["plan"],
      balance: form["balance"],
      org: call.org,
      now: call.now
    )
    return Answer(page: try pages.estimate(answer, session(of: call)))
  }

  private func silencePage(_ call: Call) throws -> Answer {
    let form = try Form(call)
    try requireFormKey(form, call)
    do {
      if form["reason"].isEmpty { throw Fault.badRequest("Say why the rule is silenced.") }
      _ = try silence(
        rule: form["rule"],
        until: form["until"],
        reason: form["reason"],
        author: nil,
        call
      )
    } catch let fault as Fault where fault.status == .badRequest {
      let notice = PageSession.Notice(fault.message, isFault: true)
      let values = try dashboard.alerts(org: call.org, now: call.now)
      var answer = Answer(page: try pages.alerts(values, session(of: call, notice: notice)))
      answer.status = .badRequest
      return answer
    }
    events.tell()
    return .seeOther(form["back"] == "/" ? "/" : "/alerts")
  }

  private func endSilencePage(_ call: Call) throws -> Answer {
    let form = try Form(call)
    try requireFormKey(form, call)
    guard let id = Int64(form["id"]),
      try store.endSilence(id, of: call.org, at: call.now)
    else { throw Fault(.notFound, "not_found", "there is no such silence") }
    try note("silence.end", form["id"], "", by: call)
    events.tell()
    return .seeOther("/alerts")
  }
}

extension Answer {
  /// Style and script only from here; nothing within the page, nothing from elsewhere.
  private static let pagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    + "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

  init(page: [UInt8], status: HTTPResponse.Status = .ok) {
    self.init(page, type: "text/html; charset=utf-8", status: status)
    headers[.contentSecurityPolicy] = Self.pagePolicy
  }
}
