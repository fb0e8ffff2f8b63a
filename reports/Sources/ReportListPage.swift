public import CreditCore

extension DashboardPages {
  /// The periods that there are reports of, each with links to its forms.
  public func reports(
    _ list: ReportList,
    _ session: PageSession
  ) throws(EnvironmentFault) -> [UInt8] {
    let kinds = [
      ("weeks", "Weeks", "Week", list.weeks), ("months", "Months", "Month", list.months),
      ("days", "Days", "Day", list.days),
    ]
    let shown = kinds.filter { !$0.3.isEmpty }.map { id, heading, column, rows -> PageValues in
      [
        "id": id, "heading": heading, "column": column,
        "caption": "\(heading), the newest first", "rows": Self.rows(rows),
      ]
    }
    let empty = "Reports are of requests, and none are stored. Ingest a log first."
    let content: PageValues = [
      "zone": list.zone.name, "kinds": shown, "empty": shown.isEmpty ? [empty] : [],
    ]
    return try page("reports.mustache", content, session, place: .reports, title: "Reports")
  }

  private static func words(_ period: CalendarPeriod) -> String {
    period.kind == .daily ? "\(period.first.weekdayWord), \(period.words)" : period.words
  }

  private static func rows(_ rows: [ReportList.Row]) -> [PageValues] {
    let numbers = CreditWords(rows.map { PeriodPage.credits($0.credits) })
    let most = rows.map { PeriodPage.approximate($0.credits) }.max() ?? 0
    return rows.map { row in
      let credits = numbers.figure(PeriodPage.credits(row.credits))
      return [
        "label": row.period.label, "words": words(row.period), "isOpen": row.isOpen,
        "path": Markup(exactly: ReportList.path(of: row.period, as: "html")),
        "credits": credits, "requests": PeriodPage.whole(row.requests),
        "bar": Markup(
          RowBar.part(
            PeriodPage.approximate(row.credits),
            before: nil,
            upTo: most,
            "\(credits) credits"
          )
        ),
        "forms": [("Markdown", "markdown"), ("CSV", "csv"), ("JSON", "json")].map { title, form in
          [
            "title": title, "label": row.period.label,
            "path": Markup(exactly: ReportList.path(of: row.period, as: form)),
          ] as PageValues
        },
      ]
    }
  }
}

extension ReportList {
  /// Where the service gives a report: `/v1/reports/weekly?period=2026-W47&format=html`.
  static func path(of period: CalendarPeriod, as form: String) -> String {
    "/v1/reports/\(period.kind.rawValue)?period=\(period.label)&format=\(form)"
  }
}
