import CreditCore
import Documents

extension Node {
  /// A number, `[low, high]` or `[low, expected, high]`, each zero or more, and a share at most 1.
  func range(of what: String, isShare: Bool = false) throws(Diagnostic) -> QuantityRange {
    guard case .sequence(let elements) = content else {
      return QuantityRange(try share(of: what, isShare))
    }
    var values: [ExactDecimal] = []
    for element in elements { values.append(try element.share(of: what, isShare)) }
    switch values.count {
    case 2:
      try refuseFall(values, elements, what)
      do throws(ArithmeticOverflow) {
        let middle = try (values[0] + values[1]) * ExactDecimal(significand: 5, scale: 1)
        return Bounds(low: values[0], expected: middle, high: values[1])
      } catch {
        throw diagnostic("\(what) is too large to be held exactly", expected: "smaller numbers")
      }
    case 3:
      try refuseFall(values, elements, what)
      return Bounds(low: values[0], expected: values[1], high: values[2])
    default:
      throw diagnostic(
        "\(what) is a list of \(values.count)",
        expected: "a number, [low, high] or [low, expected, high]"
      )
    }
  }

  private func share(of what: String, _ isShare: Bool) throws(Diagnostic) -> ExactDecimal {
    guard isShare else { return try amount(of: what, or: "[low, high] or [low, expected, high]") }
    let value = try amount(of: what, or: "[low, high] or [low, expected, high]", isShare: true)
    if value <= .one { return value }
    // From 2 on, somebody probably means percent.
    let share = try? value.divided(by: ExactDecimal(100), places: value.scale + 2)
    let isPercent = value >= ExactDecimal(2) && value <= ExactDecimal(100)
    throw diagnostic(
      "\(what) is \(value), above 1",
      expected: "a share from 0 to 1",
      hint: isPercent ? share.map { "for \(value) % write \($0)" } : nil
    )
  }

  private func refuseFall(
    _ values: [ExactDecimal],
    _ elements: [Node],
    _ what: String
  ) throws(Diagnostic) {
    for index in values.indices.dropFirst() where values[index] < values[index - 1] {
      throw elements[index].diagnostic(
        "\(what) falls from \(values[index - 1]) to \(values[index])",
        expected: "low <= expected <= high"
      )
    }
  }
}
