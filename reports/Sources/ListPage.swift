import CreditCore

/// A part of a list that is handed out in parts.
public struct ListPage: Sendable {
  /// Rows before it.
  public var offset: Int
  /// Rows that it has at most.
  public var limit: Int
  /// Rows of the whole list; nil until they are counted.
  public var total: Int?

  public init(offset: Int, limit: Int, total: Int? = nil) {
    (self.offset, self.limit, self.total) = (offset, limit, total)
  }

  public var hasNext: Bool { total.map { offset + limit < $0 } ?? false }
}

extension JSONWriter {
  /// `pagination`, as graph8 has it; `next_cursor` is for the next part.
  mutating func field(_ page: ListPage) {
    field("pagination") { json in
      json.object { json in
        json.field("page", integer: page.offset / page.limit + 1)
        json.field("limit", integer: page.limit)
        json.field("total", page.total.map { ExactDecimal($0) })
        json.field("has_next", page.hasNext)
        json.field("next_cursor", page.hasNext ? "o\(page.offset + page.limit)" : nil)
      }
    }
  }
}
