/// Why a text is not a number, and at which of its bytes.
public enum DecimalFault: Error, Equatable {
  /// No number at all, or a byte that cannot stand there.
  case notANumber(offset: Int)
  /// `nan`, `inf` and the like, in any of their spellings.
  case notFinite
  /// A number, but written with more than 38 digits or past 10^±1000.
  case tooLong
}

extension ExactDecimal {
  /// Reads `-?digits[.digits][e[+-]digits]`, the number grammar of JSON, and nothing else.
  ///
  /// - Throws: ``DecimalFault``, with the offset of the byte that cannot stand there.
  public init(_ text: String) throws(DecimalFault) {
    var text = text
    let result = text.withUTF8 { bytes -> Result<ExactDecimal, DecimalFault> in
      do throws(DecimalFault) { return .success(try ExactDecimal(bytes)) } catch {
        return .failure(error)
      }
    }
    self = try result.get()
  }

  /// As above, over bytes.
  public init(_ bytes: UnsafeBufferPointer<UInt8>) throws(DecimalFault) {
    var scanner = DecimalScanner(bytes: bytes)
    self = try scanner.scan()
  }
}

private struct DecimalScanner {
  let bytes: UnsafeBufferPointer<UInt8>
  var offset = 0
  var significand: Int128 = 0
  var scale = 0

  init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func scan() throws(DecimalFault) -> ExactDecimal {
    let negative = skip("-")
    let start = offset
    try digits(fraction: false)
    if offset == start { throw isSpelledNonFinite ? .notFinite : .notANumber(offset: offset) }
    if bytes[start] == UInt8(ascii: "0"), offset - start > 1 { throw .notANumber(offset: start) }
    if skip(".") {
      let fractionStart = offset
      try digits(fraction: true)
      if offset == fractionStart { throw .notANumber(offset: offset) }
    }
    if skip("e") || skip("E") { try exponent() }
    if offset < bytes.count { throw .notANumber(offset: offset) }
    return ExactDecimal(significand: negative ? 0 - significand : significand, scale: scale)
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func digits(fraction: Bool) throws(DecimalFault) {
    while offset < bytes.count, case let digit = bytes[offset] &- UInt8(ascii: "0"), digit < 10 {
      let (shifted, overflow) = significand.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(Int128(digit))
      if overflow || carry { throw .tooLong }
      significand = sum
      if fraction { scale += 1 }
      offset += 1
    }
  }

  private mutating func exponent() throws(DecimalFault) {
    let negative = skip("-")
    if !negative { _ = skip("+") }
    let start = offset
    var exponent = 0
    while offset < bytes.count, case let digit = bytes[offset] &- UInt8(ascii: "0"), digit < 10 {
      exponent = exponent * 10 + Int(digit)
      if exponent > 1_000 { throw .tooLong }
      offset += 1
    }
    if offset == start { throw .notANumber(offset: offset) }
    scale += negative ? exponent : -exponent
    if scale < 0 {
      guard let factor = ExactDecimal.powerOfTen(-scale) else {
        if significand == 0 {
          scale = 0
          return
        }
        throw .tooLong
      }
      let (product, overflow) = significand.multipliedReportingOverflow(by: factor)
      if overflow { throw .tooLong }
      significand = product
      scale = 0
    }
  }

  private var isSpelledNonFinite: Bool {
    var text = String(decoding: bytes, as: UTF8.self).lowercased()
    while let first = text.first, "+-.".contains(first) { text.removeFirst() }
    return ["nan", "inf", "infinity"].contains(text)
  }
}

extension ExactDecimal: CustomStringConvertible {
  /// All digits, never an exponent, without trailing zeros behind the point: `2.5`, `5400`, `0`.
  public var description: String {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends ``description``, without making a string of it.
  public func write(into bytes: inout [UInt8]) {
    if isNegative { bytes.append(UInt8(ascii: "-")) }
    if scale <= 18, let small = UInt64(exactly: significand.magnitude) {
      return Self.write(small, scale: scale, into: &bytes)
    }
    let value = normalized
    let digits = String(value.significand.magnitude).utf8
    let zeros = max(0, value.scale + 1 - digits.count)
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: zeros))
    bytes.append(contentsOf: digits)
    if value.scale > 0 {
      bytes.insert(UInt8(ascii: "."), at: start + zeros + digits.count - value.scale)
    }
  }

  /// Writes a number of at most 20 digits, from its last to its first, in a place of its own.
  private static func write(_ value: UInt64, scale: Int, into bytes: inout [UInt8]) {
    var rest = value
    var scale = rest == 0 ? 0 : scale
    while scale > 0, rest.isMultiple(of: 10) {
      rest /= 10
      scale -= 1
    }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { buffer in
      var place = buffer.count
      var written = 0
      repeat {
        if written == scale, scale > 0 {
          place -= 1
          buffer[place] = UInt8(ascii: ".")
        }
        place -= 1
        buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
        written += 1
      } while rest > 0 || written <= scale
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[place...]))
    }
  }

  /// As people read it: thousands separated by commas, at most `places` decimals.
  public func grouped(places: Int = 6) -> String {
    var bytes: [UInt8] = []
    writeGrouped(places: places, into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends ``grouped(places:)``, without making a string of it.
  public func writeGrouped(places: Int = 6, into bytes: inout [UInt8]) {
    let rounded = scale <= places ? self : (try? rounded(places: places)) ?? self
    let start = bytes.count
    // What is not zero is not shown as zero.
    (rounded.isZero ? self : rounded).write(into: &bytes)
    let first = bytes[start] == UInt8(ascii: "-") ? start + 1 : start
    var place = (bytes[start...].firstIndex(of: UInt8(ascii: ".")) ?? bytes.count) - 3
    while place > first {
      bytes.insert(UInt8(ascii: ","), at: place)
      place -= 3
    }
  }
}
