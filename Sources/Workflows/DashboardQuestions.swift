import Bundled
import CampaignFiles
public import CreditCore
import PriceBooks
import Rating
public import Reports
import UsageStore

// What people ask on the pages of the dashboard.
extension DashboardWorkflow {
  /// What an empty form for a campaign holds.
  public static var exampleCampaign: String {
    String(decoding: Bundled.file("samples/medium.yaml").bytes, as: UTF8.self)
  }

  /// What a campaign would cost, or the faults of what was given.
  ///
  /// `text`: the campaign file; `plan` and `balance` are as they were sent, empty for none.
  ///
  /// Throws ``EnvironmentFault``; what a person wrote is never thrown back.
  public func estimate(
    _ text: String,
    plan: String = "",
    balance: String = "",
    org: String?,
    now: Instant
  ) throws -> EstimateForm {
    let book = try shelf.book(at: now)
    var form = EstimateForm(text: text)
    (form.plan, form.balance, form.plans, form.zone) = (plan, balance, book.plans, setting.zone)
    do {
      let file = SourceText(name: "campaign", bytes: Array(text.utf8))
      var question = EstimateWorkflow.Question(files: [file])
      question.plan = plan.isEmpty ? nil : plan
      question.balance = try Self.amount(balance)
      question.defaults = try EstimateDefaults(store, org: org, by: now, book: book)
      form.report = try EstimateWorkflow(book: book).answer(question)
    } catch let fault as BadInput {
      form.faults = fault.diagnostics
    }
    return form
  }

  /// The form before anything was asked.
  public func estimateForm(now: Instant) throws -> EstimateForm {
    var form = EstimateForm(text: Self.exampleCampaign)
    (form.plans, form.zone) = (try shelf.book(at: now).plans, setting.zone)
    return form
  }

  /// A balance as people type it: `12450`, `12,450`, ` 12450.5 `; nil for none.
  private static func amount(_ text: String) throws(BadInput) -> Credits? {
    let digits = text.filter { !$0.isWhitespace && $0 != "," }
    if digits.isEmpty { return nil }
    if let decimal = try? ExactDecimal(digits), let credits = try? Credits(rounding: decimal) {
      return credits
    }
    throw BadInput(
      Diagnostic(
        "\"\(printable(text))\" is not an amount of credits",
        at: SourceMark(
          source: SourceText(name: "Balance", bytes: Array(text.utf8)),
          line: 1,
          column: 1,
          width: text.unicodeScalars.count
        ),
        expected: "a number such as 12450",
        hint: "leave it empty for the file's own balance, or the latest that is known"
      )
    )
  }

  /// What a price book says of a request, and the operations with some words.
  ///
  /// All are as they were sent; a plan that the book does not have is that of the latest snapshot.
  public func prices(
    method: String = "",
    path: String = "",
    words: String = "",
    metering: String = "",
    plan: String = "",
    org: String?,
    now: Instant
  ) throws -> PriceSearch {
    let book = try shelf.book(at: now)
    let chosen = try book.plan(plan)?.id ?? knownPlan(org, book, now)
    var search = PriceSearch(book: book, plan: chosen)
    search.words = words
    search.metering = Metering(rawValue: metering)
    search.path = path
    let method = method.isEmpty ? "POST" : method.uppercased()
    if !path.isEmpty {
      search.method = method
      search.explanation = try PricesWorkflow.explain(
        method: method,
        path: path,
        body: nil,
        book: book,
        plan: chosen
      )
    }
    return search
  }

  private func knownPlan(_ org: String?, _ book: PriceBook, _ now: Instant) throws -> String {
    try EstimateDefaults(store, org: org, by: now, book: book).plan ?? PriceBook.defaultPlan
  }

  /// The periods with requests, as many as are of use.
  public func reports(org: String?, now: Instant) throws -> ReportList {
    var list = ReportList(zone: setting.zone)
    guard let first = try store.firstRequest(of: org) else { return list }
    let zone = setting.zone
    let today = zone.local(now).date
    let start = max(zone.local(first).date, CivilDate(number: today.number - 400))
    var query = UsageQuery()
    if let org { query.filter.orgs = [org] }
    query.since = zone.start(of: start)
    query.until = zone.start(of: CivilDate(number: today.number + 1))
    let dates = start.number...max(today.number, start.number)
    query.cuts = { _ in dates.map { zone.start(of: CivilDate(number: $0)) } }
    let days = try store.usage(query).groups.map { group in
      (date: zone.local(group.start ?? first).date, sums: group.sums)
    }
    func rows(_ kind: CalendarPeriod.Kind, _ most: Int) -> [ReportList.Row] {
      var period = CalendarPeriod(kind, containing: today, weekStart: setting.weekStart)
      var rows: [ReportList.Row] = []
      while rows.count < most, period.next > start {
        let inside = days.filter { period.first <= $0.date && $0.date < period.next }
        rows.append(
          ReportList.Row(
            period: period,
            isOpen: period.next > today,
            requests: inside.reduce(0) { $0 + $1.sums.requests },
            credits: inside.reduce(0) { $0 + $1.sums.credits }
          )
        )
        period = period.previous
      }
      return rows
    }
    (list.weeks, list.months, list.days) = (rows(.weekly, 13), rows(.monthly, 12), rows(.daily, 14))
    return list
  }
}
