import CreditCore

// Numbers and the units that they count.
extension RequestValues {
  static func decimal(
    _ bytes: Bytes,
    at offset: Int,
    of what: @autoclosure () -> String
  ) throws(LogFault) -> ExactDecimal {
    do throws(DecimalFault) { return try ExactDecimal(bytes) } catch {
      switch error {
      case .tooLong:
        throw LogFault(
          .range,
          at: offset,
          "\(what()) is \(bytes.shown), which cannot be held exactly",
          expected: "a number of at most 38 digits"
        )
      case .notFinite:
        throw LogFault(
          .number,
          at: offset,
          "\(what()) is \"\(bytes.shown)\"",
          expected: "a finite number"
        )
      case .notANumber:
        throw LogFault(
          .number,
          at: offset,
          "\(what()) is \"\(bytes.shown)\"",
          expected: "a plain number such as 12.5",
          hint: bytes.contains(0x2C) ? "decimals follow a point" : nil
        )
      }
    }
  }

  /// A number of zero or more, with at most six decimals, that fits micro-units.
  ///
  /// One that `isRounded` may be finer, as long as something is left of it.
  static func amount(
    _ bytes: Bytes,
    at offset: Int,
    isRounded: Bool = false,
    of what: @autoclosure () -> String
  ) throws(LogFault) -> ExactDecimal {
    if let whole = wholeNumber(bytes) { return ExactDecimal(whole) }
    let number = try decimal(bytes, at: offset, of: what())
    if number.isNegative {
      throw LogFault(
        .number,
        at: offset,
        "\(what()) is \(bytes.shown)",
        expected: "a number of zero or more"
      )
    }
    let rounded = try? Credits(rounding: number)
    guard number.normalized.scale <= Credits.places || (isRounded && rounded != .zero) else {
      throw LogFault(
        .range,
        at: offset,
        "\(what()) is finer than a millionth",
        expected: "at most six decimals"
      )
    }
    if rounded == nil {
      throw LogFault(
        .range,
        at: offset,
        "\(what()) is too large to be held exactly",
        expected: "at most 9,223,372,036,854"
      )
    }
    return number
  }

  static func credits(_ bytes: Bytes, at offset: Int) throws(LogFault) -> Credits {
    if let whole = wholeNumber(bytes) { return Credits(micros: whole * 1_000_000) }
    let number = try amount(bytes, at: offset, isRounded: true, of: "credits_charged")
    return (try? Credits(rounding: number)) ?? .zero
  }

  /// Units by their names, singular and plural, as words.
  private static let unitNames: [(words: ByteWords, unit: Unit)] = Unit.allCases.flatMap { unit in
    [unit.plural, unit.rawValue].map { name in
      (Array(name.utf8).withUnsafeBufferPointer { ByteWords($0) }, unit)
    }
  }

  static func unit(_ bytes: Bytes, at offset: Int) throws(LogFault) -> Unit {
    let words = ByteWords(bytes)
    for (name, unit) in unitNames where name == words { return unit }
    let near = nearest(to: bytes.text, among: Unit.allCases.map(\.plural))
    throw LogFault(
      .unknown,
      at: offset,
      "\"\(bytes.shown)\" is not a unit",
      expected: "one of \(Unit.allCases.map(\.plural).joined(separator: ", "))",
      hint: near.map { "did you mean \($0)?" }
    )
  }
}
