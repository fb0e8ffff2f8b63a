#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `base` to the power `exponent`; the last digit may differ between C libraries.
func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
