public import CreditCore
public import Rating

/// Everything that one run of `estimate` shows, whatever its form.
public struct EstimateReport: Sendable {
  public var estimate: Estimate
  /// Why a gate that was asked for does not pass; empty when it does.
  public var objections: [String]
  public var fit: Fit?
  public var comparison: Comparison?
  /// When the balance was told, where it is a snapshot's.
  public var balanceAt: Instant?
  /// How past estimates did, where some are known.
  public var record: EstimateRecord?

  public init(
    estimate: Estimate,
    objections: [String] = [],
    fit: Fit? = nil,
    comparison: Comparison? = nil
  ) {
    self.estimate = estimate
    self.objections = objections
    self.fit = fit
    self.comparison = comparison
  }

  public enum Format: String, Sendable, CaseIterable {
    case table
    case json
    case markdown
    case html
    case csv
  }

  /// The report in a form, ending with a line end; only HTML needs `templates`.
  public func rendered(
    as format: Format,
    templates: Templates = .shipped
  ) throws(EnvironmentFault) -> [UInt8] {
    switch format {
    case .table: Array(table.utf8)
    case .json: json
    case .markdown: Array(markdown.utf8)
    case .html: Array(try html(templates).utf8)
    case .csv: Array(csv.utf8)
    }
  }
}

/// Sentences and words that several forms share.
extension EstimateReport {
  var totals: Totals { estimate.totals }

  var headline: String {
    "\(printable(estimate.name)): plan \(estimate.plan.id), "
      + "price book \(estimate.bookProvider) \(estimate.bookVersion)"
  }

  func words(_ credits: Credits?) -> String { credits?.shown ?? "unpriced" }

  func quantityWords(_ line: EstimateLine) -> String {
    line.quantity.expected.grouped(places: 2) + " " + line.unit.words(for: line.quantity.expected)
  }

  var usdWords: String? {
    totals.usd.map { usd in
      usd.isRanged
        ? "$\(usd.low.dollars) to $\(usd.high.dollars), expected $\(usd.expected.dollars)"
        : "$\(usd.expected.dollars)"
    }
  }

  /// What the balance covers, in a sentence.
  var coverageSentence: String {
    let balance = estimate.balance
    guard let before = balance.before, let after = balance.after else {
      return "unknown: give a balance with --balance"
    }
    let told = balanceAt.map { " (snapshot of \($0))" } ?? ""
    let start = "\(before.shown) before\(told), \(after.expected.shown) after"
    switch balance.covered {
    case .yes: return "\(start); covered, even at the high cost"
    case .no:
      let least = balance.shortfall?.low.shown ?? "0"
      return "\(start); not covered, short by \(least) even at the low cost"
    case .maybe:
      // Neither end of the range is sure, whatever a simulation found.
      let chance =
        balance.probabilityCovered.map { Statistic.percent(min(max($0, 0.001), 0.999)) }
        ?? "unknown"
      let most = balance.shortfall?.high.shown ?? "0"
      return "\(start); may not be covered: chance \(chance), short by up to \(most)"
    case .unknown: return start
    }
  }

  var holdSentence: String? {
    guard let hold = estimate.hold else { return nil }
    let peak = hold.held.shown
    guard let fits = hold.fits else { return "\(peak) credits are held when a job starts" }
    let batch = hold.largestBatch.map { "; up to \($0.grouped()) \(hold.items) at once pass" } ?? ""
    return fits
      ? "\(peak) credits are held when line \(hold.line)'s job starts, which fits\(batch)"
      : "\(peak) credits are held when line \(hold.line)'s job starts, more than is there\(batch)"
  }

  var runsOutSentence: String? {
    guard let runsOut = estimate.runsOut else { return nil }
    return "line \(runsOut.line), \(runsOut.unit.words(for: .one)) \(runsOut.at.grouped()) of "
      + "\(runsOut.of.grouped()), after \(Elapsed.words(runsOut.elapsedSeconds))"
  }

  var durationSentence: String {
    "\(totals.requests.grouped()) \(totals.requests == .one ? "request" : "requests"), "
      + "\(Elapsed.words(totals.duration)) at the rate limit"
  }

  /// How the rates behind the total are known: `92 % published, 8 % assumed`.
  var restsOn: String {
    let total = totals.credits.expected.approximate
    if total == 0 { return "nothing is charged" }
    return totals.byConfidence.filter { $0.credits > .zero }
      .map { "\(Statistic.percent($0.credits.approximate / total)) \($0.confidence.rawValue)" }
      .joined(separator: ", ")
  }

  /// What is said of the plan where an older estimate has another.
  var planChange: String {
    guard let plans = comparison?.plans, plans.old != plans.new else { return "" }
    return " (plan \(plans.old) → \(plans.new))"
  }

  func sensitivityWords(_ input: Sensitivity) -> String {
    let name = input.input.replacing("_", with: " ")
    return "\(name) \(input.values.low.grouped()) to \(input.values.high.grouped())"
  }
}

/// Lengths of time as people read them.
enum Elapsed {
  /// `45 s`, `21 m`, `3 h 5 m`, `2 d 4 h`.
  static func words(_ seconds: ExactDecimal) -> String {
    let whole = seconds.roundedUp.description
    guard let total = Int(whole) else { return "\(whole) s" }
    switch total {
    case ..<60: return "\(seconds.grouped(places: 1)) s"
    case ..<3_600: return "\((total + 30) / 60) m"
    case ..<86_400:
      let minutes = (total + 30) / 60
      return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) m"
    default:
      let hours = (total + 1_800) / 3_600
      return hours % 24 == 0 ? "\(hours / 24) d" : "\(hours / 24) d \(hours % 24) h"
    }
  }
}

extension ExactDecimal {
  /// An amount of dollars with cents.
  var dollars: String {
    let text = grouped(places: 2)
    guard let point = text.firstIndex(of: ".") else { return text + ".00" }
    return text.distance(from: point, to: text.endIndex) == 2 ? text + "0" : text
  }
}

extension Credits {
  /// With a sign, for a change: `+1,200`, `-35.5`, `0`.
  var signed: String { (micros > 0 ? "+" : "") + shown }

  /// As people read it, to the hundredth; what would vanish there is shown whole.
  var shown: String { decimal.grouped(places: abs(micros) < 5_000 ? Self.places : 2) }
}
