import CreditCore
import GRDBSQLite

/// Stores the accepted rows of a batch.
final class BatchTable {
  /// What the table shows: rows in the order of their places.
  private struct Rows {
    let rows: UnsafePointer<ImportBatch.Row>
    let arguments: TextHeap
    let accepted: UnsafePointer<Int32>
  }

  private let table: RowTable
  private let insert: Statement

  init(_ connection: OpaquePointer) throws(EnvironmentFault) {
    table = try RowTable(
      connection,
      name: "batch",
      declaration: """
        CREATE TABLE batch (
          id INTEGER, identity INTEGER, microsecond INTEGER, series INTEGER, quantity INTEGER,
          credits INTEGER, arguments TEXT
        )
        """
    ) { rows, place, column, context in
      let rows = rows.assumingMemoryBound(to: Rows.self)
      let row = rows.pointee.rows + Int(rows.pointee.accepted[place])
      switch column {
      case 0: sqlite3_result_int64(context, row.pointee.key)
      case 1: sqlite3_result_int64(context, Int64(bitPattern: row.pointee.request.identity))
      case 2: sqlite3_result_int64(context, Int64(row.pointee.microsecond))
      case 3: sqlite3_result_int64(context, Int64(row.pointee.request.series))
      case 4:
        if let quantity = row.pointee.request.quantity { sqlite3_result_int64(context, quantity) }
      case 5:
        if let credits = row.pointee.request.credits { sqlite3_result_int64(context, credits) }
      default:
        let text = rows.pointee.arguments[row.pointee.arguments]
        guard let base = text.baseAddress else { return }
        base.withMemoryRebound(to: CChar.self, capacity: text.count) {
          sqlite3_result_text(context, $0, Int32(text.count), nil)
        }
      }
    }
    insert = try Statement(
      connection,
      """
      INSERT INTO charges
      SELECT id, identity, microsecond, series, quantity, credits, arguments, ? FROM batch
      """
    )
  }

  func store(
    _ batch: ImportBatch,
    _ accepted: [Int32],
    importID: Int64
  ) throws(EnvironmentFault) {
    if accepted.isEmpty { return }
    insert.bind(1, importID)
    let insert = insert
    try accepted.withUnsafeBufferPointer { (accepted) throws(EnvironmentFault) in
      guard let base = accepted.baseAddress else { return }
      var rows = Rows(rows: batch.rows, arguments: batch.arguments, accepted: base)
      try withUnsafePointer(to: &rows) { (rows) throws(EnvironmentFault) in
        try table.show(rows, count: accepted.count) { () throws(EnvironmentFault) in
          try insert.run()
        }
      }
    }
  }
}
