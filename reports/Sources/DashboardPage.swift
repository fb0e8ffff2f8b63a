public import CreditCore

extension DashboardPages {
  /// Balance and runway at a glance, and where the credits went.
  public func overview(
    _ values: DashboardValues,
    _ session: PageSession
  ) throws(EnvironmentFault) -> [UInt8] {
    let page = DashboardPage(values: values, session: session)
    let asOf = values.zone.description(of: values.now.wholeSecond)
    return try self.page(
      "dashboard.mustache",
      page.content,
      session,
      place: .overview,
      title: page.title,
      footer: "As of \(asOf), price book \(values.report.book)."
    )
  }
}

/// What is known now, as values for its template.
struct DashboardPage {
  private static let mostAlerts = 6
  private static let mostOperations = 6

  let values: DashboardValues
  let session: PageSession

  var report: PeriodReport { values.report }
  /// Of the last seven days.
  let week: PeriodPage
  /// Of the last four weeks.
  let month: PeriodPage

  init(values: DashboardValues, session: PageSession) {
    self.values = values
    self.session = session
    var week = PeriodPage(values.report)
    week.mostRows = Self.mostOperations
    self.week = week
    var report = values.report
    report.days = values.days
    month = PeriodPage(report)
  }

  var hasUsage: Bool { values.firstRequest != nil }

  var title: String {
    let firing = values.alerts.firing.count
    return (firing == 0 ? "" : "(\(firing)) ") + "Overview"
  }

  var content: PageValues {
    [
      "byline": byline,
      "firing": firing,
      "verdict": verdict,
      "steps": steps,
      "days": days,
      "operations": operations,
      "moved": moved,
      "explained": explained,
      "bases": bases,
      "unpriced": unpriced,
      "linked": values.links.isEmpty ? [] : [["links": links]] as [PageValues],
      "notes": week.list(report.notes),
    ]
  }

  private var byline: [PageValues] {
    var parts = [DateWords.moment(values.now, values.zone) + " " + values.zone.name]
    if let balance = values.balance {
      parts.append("balance \(DateWords.age(of: balance.at, at: values.now)) old")
    }
    if let newest = values.newestRequest {
      parts.append("newest request \(DateWords.age(of: newest, at: values.now)) old")
    }
    return parts.enumerated().map { ["text": $1, "isFirst": $0 == 0] }
  }

  // MARK: Alerts

  private var firing: [PageValues] {
    let rows = values.alerts.firing.sorted { ($1.rank, $0.key) < ($0.rank, $1.key) }
    if rows.isEmpty { return [] }
    let shown = rows.prefix(Self.mostAlerts).enumerated().map { place, row -> PageValues in
      let silence = values.alerts.silence(over: row.key)
      let name = row.key.level.isEmpty ? row.key.rule : "\(row.key.rule), \(row.key.level)"
      let form: PageValues = [
        "rule": Markup(exactly: row.key.rule), "name": name, "place": String(place),
      ]
      return [
        "tone": row.entry.severity.tone,
        "severity": row.entry.severity.rawValue,
        "rule": name,
        "org": session.org == nil && !row.key.org.isEmpty ? [row.key.org] : [],
        "reason": EstimatePage.sentence(row.entry.reason),
        "since": "since \(DateWords.moment(row.entry.since, values.zone))",
        "silenced": silence.map {
          ["silenced until \(DateWords.moment($0.silence.until, values.zone))"]
        } ?? [],
        "silence": session.isAdmin && silence == nil ? [form] : [] as [PageValues],
      ]
    }
    let more = rows.count - shown.count
    return [
      [
        "heading": rows.count == 1 ? "1 alert is firing" : "\(rows.count) alerts are firing",
        "alerts": shown,
        "more": more > 0 ? ["and \(more) more"] : [],
      ]
    ]
  }

  // MARK: Spending

  private var operations: [PageValues] {
    if report.totals.requests == 0 { return [] }
    // What costs nothing is told by the reports.
    let charged = report.operations.filter {
      $0.sums.credits != 0 || $0.previous.credits != 0 || $0.sums.unpricedRequests != 0
    }
    let table = week.table(charged, .operation, id: "operations")
    let change = week.percent(report.totals.credits, report.comparedSums.credits)
    return [table.merging(["change": change]) { $1 }]
  }

  private var moved: [PageValues] {
    if report.totals.requests == 0, report.comparedSums.requests == 0 { return [] }
    let moves = report.movers.map { mover -> PageValues in
      let size =
        mover.previous == 0 || mover.credits == 0
        ? "" : " (\(week.percent(mover.credits, mover.previous)))"
      let causes = mover.causes.isEmpty ? "" : ": " + mover.causes.joined(separator: ", ")
      return [
        "title": mover.title,
        "change": week.signedFigure(mover.credits - mover.previous),
        "why": "\(week.figure(mover.credits)) after \(week.figure(mover.previous))\(size)\(causes)",
      ]
    }
    let none = "Nothing costs more or less than in the 7 days before."
    return [["moves": moves, "none": moves.isEmpty ? [none] : []]]
  }

  private var unpriced: [PageValues] {
    let count = report.totals.unpricedRequests
    if count == 0 { return [] }
    let operations = report.operations.filter { $0.sums.unpricedRequests > 0 }
      .sorted { $0.sums.unpricedRequests > $1.sums.unpricedRequests }.prefix(5)
    return [
      [
        "heading": count == 1
          ? "1 request has no known price"
          : "\(PeriodPage.whole(count)) requests have no known price",
        "sentence": "They are of the last 7 days. Unknown is not free: no total has their credits.",
        "operations": operations.map { group -> PageValues in
          ["title": group.title, "requests": PeriodPage.whole(group.sums.unpricedRequests)]
        },
      ]
    ]
  }

  private var links: [PageValues] {
    values.links.map { link in
      [
        "title": link.title, "period": link.period.words,
        "path": Markup(exactly: ReportList.path(of: link.period, as: "html")),
      ]
    }
  }
}
