import CreditCore
import Reconciliation

// Sentences that several forms of a report share.
extension PeriodReport {
  var burnChange: ExactDecimal? {
    guard let now = creditsPerHour, let before = previousPerHour, before > .zero,
      let difference = try? now - before
    else { return nil }
    return try? difference.divided(by: before, places: 6)
  }

  /// `Weekly report`.
  var kindTitle: String {
    period.kind.rawValue.prefix(1).uppercased() + period.kind.rawValue.dropFirst() + " report"
  }

  var owner: String {
    org.map { $0.isEmpty ? "no organisation" : printable($0) } ?? "all organisations"
  }

  var headline: String {
    "\(kindTitle) \(period.label): \(period.words), \(zone.name), \(owner)"
  }

  static func amount(_ micros: Int128) -> String { Figures.credits(micros).shown }

  static func signed(_ micros: Int128) -> String { (micros > 0 ? "+" : "") + amount(micros) }

  static func whole(_ number: Int128) -> String { Figures.whole(number).grouped() }

  /// `+38 %`; `new` where there was nothing, and empty where nothing changed from nothing.
  static func percent(_ now: Int128, _ before: Int128) -> String {
    if before == 0 { return now == 0 ? "" : "new" }
    if now == before { return "±0 %" }
    guard let change = Figures.change(now, before) else { return "" }
    return percent(change)
  }

  static func percent(_ change: ExactDecimal) -> String {
    let share = change.approximate
    if abs(share) >= 10 { return "\(share < 0 ? "÷" : "×")\(Int((share + 1).rounded()))" }
    let text = Statistic.percent(abs(share))
    return (share < 0 ? "-" : "+")
      + text.replacing("under ", with: "<").replacing("over ", with: ">")
  }

  /// What all of it is against the period before, in words.
  var changeWords: String {
    let before = comparedSums.credits
    let label = isOpen ? "\(previous.name) up to the same time" : previous.name
    if before == 0 {
      return totals.credits == 0 ? "none, as in \(label)" : "after none in \(label)"
    }
    let difference = totals.credits - before
    if difference == 0 { return "as many as in \(label)" }
    let word = difference > 0 ? "more" : "fewer"
    let size = Self.percent(totals.credits, before)
    return "\(Self.amount(abs(difference))) \(word) than in \(label) (\(size))"
  }

  /// A change as a plain sentence.
  func sentence(_ mover: Mover) -> String {
    let difference = mover.credits - mover.previous
    let word = difference > 0 ? "more" : "fewer"
    let label = previous.name
    let size =
      mover.previous == 0 || mover.credits == 0
      ? "" : " (\(Self.percent(mover.credits, mover.previous)))"
    let causes = mover.causes.isEmpty ? "" : ": " + mover.causes.joined(separator: ", ")
    return "\(mover.title) took \(Self.amount(mover.credits)) credits, "
      + "\(Self.amount(abs(difference))) \(word) than in \(label)\(size)\(causes)."
  }

  /// How what was reported before differs.
  func sentence(_ correction: Correction) -> String {
    let difference = correction.credits.now - correction.credits.was
    let at = zone.description(of: correction.reportedAt)
    let reasons = correction.reasons.joined(separator: "; ")
    let change =
      difference == 0
      ? "the credits are the same, \(Self.amount(correction.credits.now))"
      : "\(Self.amount(correction.credits.was)) credits became "
        + "\(Self.amount(correction.credits.now)) (\(Self.signed(difference)))"
    return "Since it was reported at \(at), \(change): \(reasons)."
  }

  /// How credits are known: `62 % measured, 38 % assumed`.
  var basisWords: String {
    let parts = [
      ("measured", totals.measured), ("counted", totals.counted), ("assumed", totals.assumed),
    ]
    if totals.credits == 0 { return "nothing was charged" }
    return parts.filter { $0.1 != 0 }
      .map { name, credits in
        Statistic.percent(Figures.share(credits, of: totals.credits).approximate) + " " + name
      }
      .joined(separator: ", ")
  }

  /// Where the balance went, in a sentence; nil without one.
  var balanceSentence: String? {
    guard let sums = balanceSums else { return nil }
    guard let closing = sums.closing else {
      return "\(Self.amount(sums.opening)) at the start; no snapshot since"
    }
    guard let used = sums.used else {
      return "\(Self.amount(closing)); one snapshot alone does not tell what was used"
    }
    var parts = ["\(Self.amount(sums.opening)) at the start", "\(Self.amount(used)) used"]
    let others = [
      ("topped up", sums.toppedUp), ("filled up by a new period", sums.reset),
      ("refunded", sums.refunded),
    ]
    for (name, amount) in others where amount != 0 {
      parts.append("\(Self.amount(amount)) \(name)")
    }
    if sums.adjusted != 0 {
      parts.append("\(Self.signed(sums.adjusted)) held, released or expired")
    }
    return parts.joined(separator: ", ") + ", \(Self.amount(closing)) at the end"
  }

  /// What of the balance requests do not explain; nil where that is not known.
  var unexplainedSentence: String? {
    guard let sums = balanceSums, let used = sums.used, let rest = sums.unexplained else {
      return nil
    }
    let start = "\(Self.amount(used)) left the balance, \(Self.amount(sums.rated)) was rated"
    if rest == 0 { return start + ", nothing is unexplained" }
    let share =
      used > 0 && rest > 0
      ? " (\(Statistic.percent(Figures.share(rest, of: used).approximate)))" : ""
    return rest > 0
      ? "\(start), \(Self.amount(rest)) is unexplained\(share)"
      : "\(start), \(Self.amount(-rest)) more than left it"
  }

  /// How fast credits went.
  var burnSentence: String? {
    guard let day = creditsPerDay, let hour = creditsPerHour else { return nil }
    let change = burnChange.map { ", \(Self.percent($0)) against \(previous.name)" } ?? ""
    return "\(day.shown) credits a day, \(hour.shown) an hour\(change)"
  }

  /// How long the balance lasts at the period's burn rate; nil where nothing tells.
  var runwayWords: String? {
    if let forecast {
      if forecast.balance == nil { return nil }
      let days = forecast.points.count
      return forecast.runsOut.p50.map { "expected to run out on \($0.words)" }
        ?? "not expected to run out within \(days) days"
    }
    guard let closing = balanceSums?.closing, closing > 0, let rate = creditsPerDay, rate > .zero,
      let days = try? Figures.credits(closing).divided(by: rate, places: 3).roundedDown
    else { return nil }
    return "lasts \(days.grouped()) \(days == .one ? "day" : "days") at this burn rate"
  }
}

extension ExactDecimal {
  /// As people read an amount: to the hundredth; what would vanish there is shown whole.
  var shown: String {
    let isTiny = abs(approximate) < 0.005
    return grouped(places: isTiny ? Credits.places : 2)
  }
}
