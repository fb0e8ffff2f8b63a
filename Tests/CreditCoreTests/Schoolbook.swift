/// Decimal numbers of any length, reckoned digit by digit as on paper.
///
/// Slow and plain on purpose: it shares nothing with the arithmetic that it checks.
struct Schoolbook: CustomStringConvertible {
  var isNegative: Bool
  /// From the last to the first, without zeros in front; empty for zero.
  var digits: [UInt8]
  /// How many of the digits stand behind the point.
  var scale: Int

  init(isNegative: Bool, digits: [UInt8], scale: Int) {
    var digits = digits
    while digits.last == 0 { digits.removeLast() }
    self.digits = digits
    self.scale = scale
    self.isNegative = isNegative && !digits.isEmpty
  }

  /// `text` is digits with an optional sign.
  init(integer text: String, scale: Int) {
    let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }.reversed().map { $0 - 0x30 }
    self.init(isNegative: text.hasPrefix("-"), digits: digits, scale: scale)
  }

  /// The same value without zeros at the end of the decimals.
  var stripped: Schoolbook {
    var copy = self
    while copy.scale > 0, copy.digits.first ?? 0 == 0 {
      if !copy.digits.isEmpty { copy.digits.removeFirst() }
      copy.scale -= 1
    }
    return copy
  }

  var description: String {
    let plain = stripped
    var text = plain.digits.map(String.init)
    while text.count <= plain.scale { text.append("0") }
    if plain.scale > 0 { text.insert(".", at: plain.scale) }
    return (isNegative ? "-" : "") + text.reversed().joined()
  }

  func shifted(by zeros: Int) -> [UInt8] {
    digits.isEmpty ? [] : Array(repeating: 0, count: zeros) + digits
  }

  /// Whether the digits, at `scale`, fit 128 bits.
  func fits(scale target: Int) -> Bool {
    let limit = Schoolbook(integer: "170141183460469231731687303715884105727", scale: 0).digits
    let zeros = max(0, target - scale)
    // A number of 60 digits is past the limit whatever they are.
    if digits.isEmpty { return true }
    return digits.count + zeros < 60 && Self.order(shifted(by: zeros), limit) <= 0
  }

  // MARK: Arithmetic

  static func + (left: Schoolbook, right: Schoolbook) -> Schoolbook {
    let scale = max(left.scale, right.scale)
    let a = left.shifted(by: scale - left.scale)
    let b = right.shifted(by: scale - right.scale)
    if left.isNegative == right.isNegative {
      return Schoolbook(isNegative: left.isNegative, digits: sum(a, b), scale: scale)
    }
    return order(a, b) >= 0
      ? Schoolbook(isNegative: left.isNegative, digits: difference(a, b), scale: scale)
      : Schoolbook(isNegative: right.isNegative, digits: difference(b, a), scale: scale)
  }

  static prefix func - (value: Schoolbook) -> Schoolbook {
    Schoolbook(isNegative: !value.isNegative, digits: value.digits, scale: value.scale)
  }

  static func * (left: Schoolbook, right: Schoolbook) -> Schoolbook {
    var digits = Array(repeating: 0, count: left.digits.count + right.digits.count + 1)
    for (i, a) in left.digits.enumerated() {
      for (j, b) in right.digits.enumerated() { digits[i + j] += Int(a) * Int(b) }
    }
    for place in digits.indices.dropLast() {
      digits[place + 1] += digits[place] / 10
      digits[place] %= 10
    }
    return Schoolbook(
      isNegative: left.isNegative != right.isNegative,
      digits: digits.map(UInt8.init),
      scale: left.scale + right.scale
    )
  }

  /// The quotient rounded half up, away from zero, to `places` decimals.
  func divided(by divisor: Schoolbook, places: Int) -> Schoolbook {
    let numerator = shifted(by: places + divisor.scale)
    let denominator = divisor.shifted(by: scale)
    var quotient: [UInt8] = []
    var rest: [UInt8] = []
    for digit in numerator.reversed() {
      rest.insert(digit, at: 0)
      while rest.last == 0 { rest.removeLast() }
      var times: UInt8 = 0
      while Self.order(rest, denominator) >= 0 {
        rest = Self.difference(rest, denominator)
        times += 1
      }
      quotient.insert(times, at: 0)
    }
    if Self.order(Self.sum(rest, rest), denominator) >= 0 { quotient = Self.sum(quotient, [1]) }
    return Schoolbook(
      isNegative: isNegative != divisor.isNegative,
      digits: quotient,
      scale: places
    )
  }

  /// The whole part, one more where something stands behind it on the side asked for.
  func whole(up: Bool) -> Schoolbook {
    let part = Schoolbook(isNegative: isNegative, digits: Array(digits.dropFirst(scale)), scale: 0)
    let isWhole = digits.prefix(scale).allSatisfy { $0 == 0 }
    if isWhole || isNegative == up { return part }
    return part + Schoolbook(isNegative: !up, digits: [1], scale: 0)
  }

  /// -1, 0 or 1.
  func compared(to other: Schoolbook) -> Int {
    let difference = self + (-other)
    return difference.digits.isEmpty ? 0 : difference.isNegative ? -1 : 1
  }

  // MARK: Digits

  private static func order(_ left: [UInt8], _ right: [UInt8]) -> Int {
    if left.count != right.count { return left.count < right.count ? -1 : 1 }
    for place in left.indices.reversed() where left[place] != right[place] {
      return left[place] < right[place] ? -1 : 1
    }
    return 0
  }

  private static func sum(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var carry: UInt8 = 0
    for place in 0..<max(left.count, right.count) {
      let a = place < left.count ? left[place] : 0
      let b = place < right.count ? right[place] : 0
      result.append((a + b + carry) % 10)
      carry = (a + b + carry) / 10
    }
    if carry > 0 { result.append(carry) }
    return result
  }

  /// `left` is not below `right`.
  private static func difference(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    var result = left
    var borrow: UInt8 = 0
    for place in left.indices {
      let taken = (place < right.count ? right[place] : 0) + borrow
      borrow = result[place] < taken ? 1 : 0
      result[place] = result[place] + borrow * 10 - taken
    }
    while result.last == 0 { result.removeLast() }
    return result
  }
}
