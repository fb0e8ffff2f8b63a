import CreditCore
import TestSupport
import Testing

@Suite("Exact arithmetic against arithmetic on paper")
struct DecimalPropertyTests {
  private enum Step: CaseIterable {
    case add
    case subtract
    case multiply
    case divide
    case round
    case up
    case down
    case compare
  }

  @Test("20,000 random operations give what they give on paper, or say that it does not fit")
  func agrees() {
    var random = SeededRandom()
    var fitted = 0
    for count in 1...20_000 {
      let step = random.pick(Step.allCases)
      let left = number(&random)
      let right = step == .divide ? divisor(&random) : number(&random)
      let places = random.below(12)
      let seen = outcome(step, left, right, places)
      let wanted = outcomeOnPaper(step, left, right, places)
      if seen == wanted.text {
        fitted += 1
      } else if seen != nil || wanted.mustFit {
        Issue.record(
          """
          seed \(random.seed), operation \(count): \(step) of \(left) and \(right) to \(places) \
          places gave \(seen ?? "an overflow"), on paper \(wanted.text)
          """
        )
        return
      }
    }
    #expect(fitted > 12_000, "seed \(random.seed): too many of the operations overflow")
  }

  /// Up to 38 digits, often few, sometimes at the very ends.
  private func number(_ random: inout SeededRandom) -> ExactDecimal {
    let scale = random.chance(0.05) ? random.below(60) : random.below(16)
    if random.chance(0.03) {
      let edge = Int128(random.below(3))
      return ExactDecimal(
        significand: random.chance(0.5) ? Int128.max - edge : Int128.min + edge,
        scale: scale
      )
    }
    var digits: Int128 = 0
    for _ in 0..<random.below(random.chance(0.3) ? 39 : 15) {
      digits = digits * 10 + Int128(random.below(10))
    }
    if random.chance(0.2) { digits = (digits / 100_000) * 100_000 }
    return ExactDecimal(significand: random.chance(0.3) ? -digits : digits, scale: scale)
  }

  private func divisor(_ random: inout SeededRandom) -> ExactDecimal {
    let value = number(&random)
    let significand = value.significand == Int128.min ? Int128.max : abs(value.significand)
    return ExactDecimal(significand: max(significand, 1), scale: value.scale)
  }

  private func outcome(
    _ step: Step,
    _ left: ExactDecimal,
    _ right: ExactDecimal,
    _ places: Int
  ) -> String? {
    switch step {
    case .add: (try? left + right)?.description
    case .subtract: (try? left - right)?.description
    case .multiply: (try? left * right)?.description
    case .divide: (try? left.divided(by: right, places: places))?.description
    case .round: (try? left.rounded(places: places))?.description
    case .up: left.roundedUp.description
    case .down: left.roundedDown.description
    case .compare: left < right ? "-1" : left == right ? "0" : "1"
    }
  }

  /// What it must be, and whether it may not be refused.
  private func outcomeOnPaper(
    _ step: Step,
    _ left: ExactDecimal,
    _ right: ExactDecimal,
    _ places: Int
  ) -> (text: String, mustFit: Bool) {
    let (a, b) = (paper(left), paper(right))
    switch step {
    case .add: return sum(a, b)
    case .subtract: return sum(a, -b)
    case .multiply:
      let product = a.stripped * b.stripped
      return (product.description, product.fits(scale: product.scale))
    case .divide:
      let quotient = a.divided(by: b, places: places)
      return (quotient.description, a.fits(scale: a.scale + max(0, places + b.scale - a.scale)))
    case .round:
      let rounded = a.scale <= places ? a : a.divided(by: one, places: places)
      return (rounded.description, true)
    case .up: return (a.whole(up: true).description, true)
    case .down: return (a.whole(up: false).description, true)
    case .compare: return (String(a.compared(to: b)), true)
    }
  }

  private func sum(_ left: Schoolbook, _ right: Schoolbook) -> (String, Bool) {
    let sum = left + right
    let (a, b) = (left.stripped, right.stripped)
    let scale = max(a.scale, b.scale)
    let mustFit = a.fits(scale: scale) && b.fits(scale: scale) && sum.stripped.fits(scale: scale)
    return (sum.description, mustFit)
  }

  private var one: Schoolbook { Schoolbook(isNegative: false, digits: [1], scale: 0) }

  private func paper(_ value: ExactDecimal) -> Schoolbook {
    Schoolbook(integer: String(value.significand), scale: value.scale)
  }

  @Test("20,000 random numbers are read back as they were printed")
  func readsBack() {
    var random = SeededRandom()
    for count in 1...20_000 {
      let value = number(&random)
      let text = value.description
      if value.significand.magnitude > Int128.max.magnitude { continue }
      guard let again = try? ExactDecimal(text), again == value, again.description == text else {
        Issue.record("seed \(random.seed), number \(count): \(value.significand) e-\(value.scale)")
        return
      }
      guard text == paper(value).description else {
        Issue.record("seed \(random.seed), number \(count): \(text), \(paper(value)) on paper")
        return
      }
    }
  }
}
