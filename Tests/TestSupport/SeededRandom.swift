import Foundation

/// A generator that repeats: the same seed gives the same numbers everywhere.
///
/// The seed is fixed, so that a failure repeats; `CREDITMETER_TEST_SEED` sets another.
public struct SeededRandom: RandomNumberGenerator {
  public let seed: UInt64
  private var state: UInt64

  public init() {
    let given = ProcessInfo.processInfo.environment["CREDITMETER_TEST_SEED"].flatMap { UInt64($0) }
    self.init(seed: given ?? 20_261_101)
  }

  public init(seed: UInt64) {
    self.seed = seed
    state = seed
  }

  /// SplitMix64.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A whole number from 0 up to, not including, `bound`.
  public mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// 0 up to, not including, 1.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Whether something that happens with this probability does.
  public mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  /// One of `choices`, which is not empty.
  public mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
    choices[below(choices.count)]
  }
}
