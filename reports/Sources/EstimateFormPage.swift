public import CreditCore
import Rating

extension DashboardPages {
  private static let mostFaults = 20

  /// The form for a campaign; with what it would cost, or why that cannot be told, above it.
  public func estimate(
    _ form: EstimateForm,
    _ session: PageSession
  ) throws(EnvironmentFault) -> [UInt8] {
    let result = form.report.map { EstimatePage($0).values }
    let name = form.report.map { EstimatePage.short($0.estimate.name) }
    let lines = form.text.utf8.count { $0 == 0x0A } + 1
    var content: PageValues = [
      "heading": name ?? "Estimate a campaign",
      "byline": Self.byline(form),
      "faults": Self.faults(form),
      "isFaulty": !form.faults.isEmpty,
      "formHeading": result != nil
        ? "Change a number and see again" : form.faults.isEmpty ? "The campaign" : "Mend it here",
      "rows": String(min(max(lines + 1, 12), 32)),
      // A page drops one line end at the start of a text.
      "text": Markup(exactly: form.text),
      "balance": Markup(exactly: form.balance),
      "plans": form.plans.map { plan -> PageValues in
        [
          "id": Markup(exactly: plan.id), "title": plan.title,
          "isChosen": plan.id == form.plan,
        ]
      },
    ]
    content["result"] = result.map { [$0] } ?? [] as [PageValues]
    return try page(
      "estimate-form.mustache",
      content,
      session,
      place: .estimate,
      title: name.map { "Estimate: \($0)" } ?? "Estimate a campaign"
    )
  }

  private static func byline(_ form: EstimateForm) -> String {
    guard let report = form.report else {
      return "What it will cost, and whether the balance covers it, before it is launched."
    }
    let estimate = report.estimate
    let balance = report.balanceAt.map {
      ", balance of \(DateWords.moment($0, form.zone))"
    }
    return "\(estimate.plan.title) plan, price book \(estimate.bookProvider) "
      + "\(estimate.bookVersion)\(balance ?? "")"
  }

  private static func faults(_ form: EstimateForm) -> [PageValues] {
    if form.faults.isEmpty { return [] }
    let rows = form.faults.prefix(mostFaults).map { fault -> PageValues in
      let excerpt = fault.excerpt
      let isOfFile = fault.mark.source.bytes.elementsEqual(form.text.utf8)
      let place =
        isOfFile
        ? "Line \(fault.mark.line), column \(fault.mark.column)" : printable(fault.mark.source.name)
      return [
        "place": place,
        "message": fault.message,
        "excerpt": excerpt.map { excerpt -> [PageValues] in
          [["line": Markup(exactly: excerpt.line), "caret": Markup(exactly: excerpt.caret)]]
        } ?? [],
        "expected": fault.expected.map { [$0] } ?? [],
        "hint": fault.hint.map { [$0] } ?? [],
      ]
    }
    let more = form.faults.count - rows.count
    return [
      [
        "heading": form.faults.count == 1
          ? "1 fault, so there is no estimate"
          : "\(form.faults.count) faults, so there is no estimate",
        "rows": rows,
        "more": more > 0 ? ["and \(more) more"] : [],
      ]
    ]
  }
}
