public import CreditCore

/// What changed between two estimates, and what it costs.
public struct Comparison: Sendable {
  public enum Status: String, Sendable {
    case added
    case removed
    case changed
    case same
  }

  public struct Line: Sendable {
    public var label: String
    public var operation: String
    public var status: Status
    /// Nil for an added line and for an unpriced one.
    public var before: CreditRange?
    public var after: CreditRange?
    /// Inputs that differ, with both values; nil where one estimate does not have it.
    public var inputs: [(name: String, before: QuantityRange?, after: QuantityRange?)]
  }

  public var oldName: String
  /// Ids of the plans, which may differ.
  public var plans: (old: String, new: String)
  public var oldTotal: CreditRange
  public var change: CreditRange
  public var lines: [Line]

  /// Lines are the same line when label and operation are, in order among equal ones.
  public init(from old: Estimate, to new: Estimate) throws(ArithmeticOverflow) {
    oldName = old.name
    plans = (old.plan.id, new.plan.id)
    oldTotal = old.totals.credits
    change = try new.totals.credits - old.totals.credits
    lines = []
    var unmatched: [String: [Int]] = [:]
    for (index, line) in old.lines.enumerated().reversed() {
      unmatched[Self.identity(line), default: []].append(index)
    }
    for line in new.lines {
      if let index = unmatched[Self.identity(line)]?.popLast() {
        lines.append(Self.compare(old.lines[index], line))
      } else {
        lines.append(Self.compare(nil, line))
      }
    }
    for index in unmatched.values.joined().sorted() {
      lines.append(Self.compare(old.lines[index], nil))
    }
  }

  private static func identity(_ line: EstimateLine) -> String {
    line.operation + "\u{0}" + line.label
  }

  private static func compare(_ old: EstimateLine?, _ new: EstimateLine?) -> Line {
    let oldInputs = old?.inputs ?? []
    let newInputs = new?.inputs ?? []
    var inputs: [(name: String, before: QuantityRange?, after: QuantityRange?)] = []
    if old != nil, new != nil {
      for (name, value) in newInputs {
        let before = oldInputs.first { $0.name == name }?.value
        if before != value { inputs.append((name, before, value)) }
      }
      for (name, value) in oldInputs where !newInputs.contains(where: { $0.name == name }) {
        inputs.append((name, value, nil))
      }
    }
    let status: Status =
      old == nil
      ? .added
      : new == nil
        ? .removed
        : inputs.isEmpty && old?.credits == new?.credits ? .same : .changed
    return Line(
      label: (new ?? old)?.label ?? "",
      operation: (new ?? old)?.operation ?? "",
      status: status,
      before: old?.credits,
      after: new?.credits,
      inputs: inputs
    )
  }
}

extension EstimateLine {
  /// Every factor and price of the line, by name.
  public var inputs: [(name: String, value: QuantityRange)] {
    var inputs = model.factors.map { (name: $0.name, value: $0.bounds) }
    switch model.pricing {
    case .free, .unpriced: break
    case .perUnit(let price): inputs.append(("credits_per_unit", price))
    case .perRecord(let cost): inputs.append(("cost of a record", cost))
    case .blocks(let price, _, _): inputs.append(("price", price))
    }
    return inputs
  }

  /// How the expected credits come about: `90 calls × ⌈2.5⌉ minutes × 20`.
  public var formula: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(128)
    for factor in model.factors {
      write(factor, into: &bytes)
      bytes.append(contentsOf: " × ".utf8)
    }
    switch model.pricing {
    case .free: bytes.append(UInt8(ascii: "0"))
    case .unpriced: bytes.append(contentsOf: "no known price".utf8)
    case .perUnit(let price): price.expected.writeGrouped(into: &bytes)
    case .perRecord(let cost):
      cost.expected.writeGrouped(into: &bytes)
      bytes.append(contentsOf: " a record".utf8)
    case .blocks(let price, let per, let rounding):
      price.expected.writeGrouped(into: &bytes)
      if rounding == .exact, per != .one {
        bytes.append(contentsOf: " ÷ ".utf8)
        per.writeGrouped(into: &bytes)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func write(_ factor: LineModel.Factor, into bytes: inout [UInt8]) {
    if case .blocks(_, let per, .up) = model.pricing, !factor.countsItems {
      bytes.append(contentsOf: "⌈".utf8)
      factor.bounds.expected.writeGrouped(into: &bytes)
      if per != .one {
        bytes.append(contentsOf: " ÷ ".utf8)
        per.writeGrouped(into: &bytes)
      }
      bytes.append(contentsOf: "⌉".utf8)
    } else {
      factor.bounds.expected.writeGrouped(into: &bytes)
    }
    bytes.append(contentsOf: (factor.isSaving ? " left by " : " ").utf8)
    bytes.append(contentsOf: factor.words.utf8)
  }
}
