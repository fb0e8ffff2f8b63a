public import ArgumentParser
public import CreditCore
import PriceBooks
import Rating
public import Reports
import Settings
import Workflows

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which prices a run uses.
struct BookOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A price book, or a directory of them, instead of the shipped one.",
      discussion: "Also CREDITMETER_BOOK, and books in creditmeter.yaml.",
      valueName: "file"
    )
  )
  var book: String?

  @Option(help: ArgumentHelp("Take this instant for now, as RFC 3339.", valueName: "instant"))
  var asOf: Instant?

  /// All books that may be in force.
  func shelf() throws -> BookShelf {
    if let named = book ?? Environment["CREDITMETER_BOOK"] { return try BookShelf([named]) }
    return try BookShelf(try TeamSettings.current().books)
  }

  /// The book in force now.
  func resolve() throws -> PriceBook { try shelf().book(at: now) }

  /// `--as-of`, or what the clock says.
  var now: Instant { asOf ?? Self.clock }

  static var clock: Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }
}

extension Instant: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

/// An amount of credits on the command line: a plain decimal of zero or more.
struct CreditAmount: ExpressibleByArgument {
  var credits: Credits

  init?(argument: String) {
    guard let number = try? ExactDecimal(argument), !number.isNegative,
      let credits = try? Credits(rounding: number)
    else { return nil }
    self.credits = credits
  }
}

extension Bound: ExpressibleByArgument {}
extension Metering: ExpressibleByArgument {}
extension EstimateReport.Format: ExpressibleByArgument {}

/// The two forms that every command has.
enum PlainFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case json
}
