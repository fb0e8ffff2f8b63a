import CreditCore

// The report in a few lines, for a chat or above an attachment.
extension PeriodReport {
  /// `Weekly report 2026-W47: 16 to 22 November 2026, Europe/Berlin, org_1`.
  public var title: String { headline }

  /// What matters most, a sentence each.
  public var summaryLines: [String] {
    var lines = ["\(Self.amount(totals.credits)) credits, \(changeWords)."]
    lines += corrections.map(sentence)
    lines += [balanceSentence, runwayWords].compactMap(\.self)
    return lines.map { printable($0) } + movers.map { printable(sentence($0)) }
  }
}
