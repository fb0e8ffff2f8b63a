#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

// The last digit of these may differ between C libraries.

/// `base` to the power `exponent`.
func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// e to the power `exponent`.
func exponential(_ exponent: Double) -> Double { exp(exponent) }

/// The natural logarithm of a positive number.
func logarithm(_ number: Double) -> Double { log(number) }

/// The share of a normal distribution below so many standard deviations.
func normalShare(below deviations: Double) -> Double { erfc(-deviations / 2.0.squareRoot()) / 2 }
