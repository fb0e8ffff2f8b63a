public import CreditCore
import GRDBSQLite

/// What many requests have in common, so that each is stored in a few bytes and an hour of them
/// in one rollup.
public struct Series: Sendable {
  public var org: String
  public var operation: String
  public var metering: Metering
  public var unit: Unit
  public var method: String
  /// The path with `{}` where requests differ; a charge's arguments stand for them.
  public var route: String
  public var status: Int?
  public var replayed: Bool
  public var basis: Basis
  /// The book that priced them.
  public var book: Int64
  /// The plan they were rated on.
  public var plan: String
  /// A JSON object of texts, sorted by name.
  public var tags: String
  /// The series that the requests were in when they were stored, where other books priced them
  /// since.
  public var origin: Int64?

  public init(
    org: String,
    operation: String,
    metering: Metering,
    unit: Unit,
    method: String,
    route: String,
    status: Int?,
    replayed: Bool,
    basis: Basis,
    book: Int64,
    plan: String,
    tags: String,
    origin: Int64? = nil
  ) {
    self.org = org
    self.operation = operation
    self.metering = metering
    self.unit = unit
    self.method = method
    self.route = route
    self.status = status
    self.replayed = replayed
    self.basis = basis
    self.book = book
    self.plan = plan
    self.tags = tags
    self.origin = origin
  }

  /// Whether the API charges for them.
  public var isCharged: Bool { traits.isCharged }

  /// Whether `other` is of the same call: method and path without what fills it.
  func hasRoute(of other: Series) -> Bool {
    method.isSpelled(like: other.method) && route.isSpelled(like: other.route)
  }
}

// Two texts that look alike, but are different bytes, are two texts.
extension Series: Equatable {
  public static func == (left: Series, right: Series) -> Bool {
    left.metering == right.metering && left.unit == right.unit && left.status == right.status
      && left.replayed == right.replayed && left.basis == right.basis && left.book == right.book
      && left.origin == right.origin && left.hasRoute(of: right)
      && left.operation.isSpelled(like: right.operation) && left.org.isSpelled(like: right.org)
      && left.plan.isSpelled(like: right.plan) && left.tags.isSpelled(like: right.tags)
  }
}

extension Series {
  /// The columns that ``init(_:)`` reads.
  static let columns =
    "id, org, operation, metering, unit, method, route, status, replayed, basis, book, plan, tags, "
    + "origin"

  /// Of the row that a statement stands at, behind its id.
  init(_ statement: Statement) {
    self.init(
      org: statement.text(1),
      operation: statement.text(2),
      metering: Metering(rawValue: statement.text(3)) ?? .unpriced,
      unit: Unit(rawValue: statement.text(4)) ?? .request,
      method: statement.text(5),
      route: statement.text(6),
      status: statement.optionalInteger(7).map { Int($0) },
      replayed: statement.integer(8) != 0,
      basis: Basis(rawValue: statement.text(9)) ?? .unpriced,
      book: statement.integer(10),
      plan: statement.text(11),
      tags: statement.text(12),
      origin: statement.optionalInteger(13)
    )
  }
}

extension Series {
  /// By which it is found.
  func fingerprint(_ hash: IdentityHash) -> Int64 {
    let parts =
      [
        org, operation, metering.rawValue, unit.rawValue, method, route,
        status.map(String.init) ?? "", replayed ? "1" : "0", basis.rawValue, String(book), plan,
        tags,
      ] + (origin.map { [String($0)] } ?? [])
    var bytes: [UInt8] = []
    for part in parts {
      bytes.append(contentsOf: part.utf8)
      bytes.append(0x1F)
    }
    bytes.removeLast()
    return bytes.withUnsafeBufferPointer { Int64(bitPattern: hash(.text, $0)) }
  }
}

extension Basis {
  /// How much is known: a record that knows more replaces one that knows less.
  var knowledge: Int {
    switch self {
    case .measured: 3
    case .counted: 2
    case .assumed: 1
    case .unpriced: 0
    }
  }
}

/// The number of a series as the database has it; 0, which no series has, for what is none.
func seriesNumber(_ id: Int64) -> Int32 { (1..<1 << 24).contains(id) ? Int32(id) : 0 }

/// Finds the number of a series, and gives a new one a number.
final class SeriesTable {
  /// Series held in memory; past that all are forgotten and read again as they come up.
  private static let memoryLimit = 20_000

  private let select: Statement
  private let selectID: Statement
  private let insert: Statement
  private let hash: IdentityHash
  private let connection: OpaquePointer
  /// By fingerprint.
  private var numbers: [Int64: Int32] = [:]
  private var known: [Int32: Series] = [:]
  /// What every request asks of its series, by number.
  private var briefs: UnsafeMutableBufferPointer<Brief>
  /// Numbered in the order they came up.
  private(set) var organisations: [String] = []
  private var organisationNumbers: [[UInt8]: Int] = [:]

  struct Brief {
    var metering = Metering.unpriced
    /// The place in ``organisations``; -1 where the series was not asked for yet.
    var organisation: Int32 = -1
  }

  init(_ connection: OpaquePointer, _ hash: IdentityHash) throws(EnvironmentFault) {
    select = try Statement(
      connection,
      "SELECT \(Series.columns) FROM series WHERE fingerprint = ?"
    )
    selectID = try Statement(connection, "SELECT \(Series.columns) FROM series WHERE id = ?")
    insert = try Statement(
      connection,
      """
      INSERT INTO series (fingerprint, org, operation, metering, unit, method, route, status,
        replayed, basis, book, plan, tags, origin)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    )
    self.hash = hash
    self.connection = connection
    briefs = .allocate(capacity: 1_024)
    briefs.initialize(repeating: Brief())
  }

  deinit { briefs.deallocate() }

  /// Throws what was learned since the last commit away.
  func forget() {
    numbers.removeAll()
    known.removeAll()
  }

  subscript(number: Int32) -> Series {
    get throws(EnvironmentFault) {
      if let series = known[number] { return series }
      selectID.bind(1, Int64(number))
      defer { selectID.reset() }
      guard try selectID.step() else {
        throw selectID.fault("there are charges of series \(number), which is not there")
      }
      return remember(Series(selectID), number)
    }
  }

  @inline(__always)
  func brief(of number: Int32) throws(EnvironmentFault) -> Brief {
    if Int(number) < briefs.count, briefs[Int(number)].organisation >= 0 {
      return briefs[Int(number)]
    }
    _ = try self[number]
    return briefs[Int(number)]
  }

  /// Reads from where ``brief(of:)`` looks, if there is something.
  @inline(__always)
  func touch(_ number: Int32) -> Int32 {
    Int(number) < briefs.count ? briefs[Int(number)].organisation : 0
  }

  func number(of series: Series) throws(EnvironmentFault) -> Int32 {
    var fingerprint = series.fingerprint(hash)
    while let number = try number(of: fingerprint) {
      if try self[number] == series { return number }
      // Two series under one hash: the next free one is taken.
      fingerprint = fingerprint &+ 1
    }
    let number = try store(series, fingerprint)
    _ = remember(series, number)
    numbers[fingerprint] = number
    return number
  }

  /// The number of the stored series with a fingerprint; nil where there is none.
  private func number(of fingerprint: Int64) throws(EnvironmentFault) -> Int32? {
    if let number = numbers[fingerprint] { return number }
    select.bind(1, fingerprint)
    defer { select.reset() }
    guard try select.step() else { return nil }
    let number = seriesNumber(select.integer(0))
    if number == 0 { throw select.fault("series is damaged") }
    _ = remember(Series(select), number)
    numbers[fingerprint] = number
    return number
  }

  private func remember(_ series: Series, _ number: Int32) -> Series {
    if known.count >= Self.memoryLimit { forget() }
    known[number] = series
    briefs.grow(toHold: Int(number), Brief())
    let org = Array(series.org.utf8)
    let organisation = organisationNumbers[org] ?? organisations.count
    if organisation == organisations.count {
      organisations.append(series.org)
      organisationNumbers[org] = organisation
    }
    briefs[Int(number)] = Brief(
      metering: series.metering,
      organisation: Int32(truncatingIfNeeded: organisation)
    )
    return series
  }

  private func store(_ series: Series, _ fingerprint: Int64) throws(EnvironmentFault) -> Int32 {
    insert.bind(1, fingerprint)
    insert.bind(2, series.org)
    insert.bind(3, series.operation)
    insert.bind(4, series.metering.rawValue)
    insert.bind(5, series.unit.rawValue)
    insert.bind(6, series.method)
    insert.bind(7, series.route)
    insert.bind(8, series.status.map(Int64.init))
    insert.bind(9, series.replayed ? 1 : 0 as Int64)
    insert.bind(10, series.basis.rawValue)
    insert.bind(11, series.book)
    insert.bind(12, series.plan)
    insert.bind(13, series.tags)
    insert.bind(14, series.origin)
    try insert.run()
    let number = seriesNumber(sqlite3_last_insert_rowid(connection))
    if number == 0 { throw insert.fault("there are too many series") }
    return number
  }
}
