import CreditCore
import Foundation
import GRDBSQLite
import Testing

@testable import UsageStore

@Suite("Statements that are run again")
struct StatementShelfTests {
  private static let echo = "SELECT ?1"

  private static func inStore(_ body: (UsageStore) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "usage.db").path
    try body(UsageStore(path: path, .writing(holder: "a test")))
    #expect(try Self.isOpen(path) == false)
    #expect(FileManager.default.fileExists(atPath: path))
    #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
  }

  /// Whether this process has a file open.
  private static func isOpen(_ path: String) throws -> Bool {
    let folder = "/proc/self/fd"
    return try FileManager.default.contentsOfDirectory(atPath: folder).contains { name in
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
      return target?.hasPrefix(path) == true
    }
  }

  /// How many statements a connection has prepared of a text.
  private static func count(_ connection: OpaquePointer, _ sql: String) -> Int {
    var (count, handle) = (0, sqlite3_next_stmt(connection, nil))
    while let one = handle {
      if String(cString: sqlite3_sql(one)) == sql { count += 1 }
      handle = sqlite3_next_stmt(connection, one)
    }
    return count
  }

  @Test("are prepared once, and have none of the values and rows of before")
  func areClean() throws {
    try Self.inStore { store in
      try store.reading { connection in
        for _ in 0..<3 {
          let statement = try Statement(connection, Self.echo)
          #expect(try statement.step())
          #expect(statement.isNull(0))
          statement.reset()
          statement.bind(1, "a text")
          #expect(try statement.step())
          #expect(statement.text(0) == "a text")
        }
        #expect(Self.count(connection, Self.echo) == 1)
      }
    }
  }

  @Test("are never used twice at once")
  func areOwned() throws {
    try Self.inStore { store in
      try store.reading { connection in
        for _ in 0..<2 {
          let (one, other) = (
            try Statement(connection, Self.echo), try Statement(connection, Self.echo)
          )
          one.bind(1, 1)
          other.bind(1, 2)
          #expect(try one.step() && other.step())
          #expect(one.integer(0) == 1)
          #expect(other.integer(0) == 2)
          #expect(Self.count(connection, Self.echo) == 2)
        }
      }
    }
  }

  @Test("are ended where texts come that never come again")
  func areLimited() throws {
    try Self.inStore { store in
      try store.reading { connection in
        for number in 0..<1_000 { _ = try Statement(connection, "SELECT \(number)").step() }
        var (count, handle) = (0, sqlite3_next_stmt(connection, nil))
        while let one = handle { (count, handle) = (count + 1, sqlite3_next_stmt(connection, one)) }
        #expect(count < 400)
      }
    }
  }

  @Test("of a connection that no store has are ended at once")
  func areEnded() throws {
    try inDatabase { _, connection in
      let sql = "SELECT 'ended'"
      try {
        let statement = try Statement(connection, sql)
        #expect(try statement.step())
        #expect(Self.count(connection, sql) == 1)
      }()
      #expect(Self.count(connection, sql) == 0)
    }
  }
}
