import CreditCore
import Foundation
import PriceBooks
import Rating

/// The endpoints that are known of the API, each with how it is known to be charged.
struct Inventory {
  struct Row: CustomStringConvertible {
    var method: String
    var path: String
    var kind: String

    var description: String { "\(method) \(path)" }
  }

  var rows: [Row]

  /// Reads the file beside the price book.
  static func shipped() throws -> Inventory {
    let file = repository().appending(path: "pricing/graph8-endpoints.tsv")
    return Inventory(try String(contentsOf: file, encoding: .utf8))
  }

  /// Columns method, path and class, below a heading.
  init(_ text: String) {
    rows = text.split(separator: "\n").dropFirst().map { line in
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      return Row(method: columns[0], path: columns[1], kind: columns[2])
    }
  }
}

/// The folder of the package, found from this file.
func repository() -> URL {
  URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
}

extension Inventory.Row {
  /// Requests that the row stands for, as a log would show them.
  var requests: [(method: String, target: String)] {
    let note = path.firstIndex(of: "(").map { String(path[$0...]) } ?? ""
    guard path.hasPrefix("/"), !note.isEmpty || method == "*" else { return plainRequests }
    let base = String(path.prefix { $0 != " " }).replacing("/*", with: "")
    if method != "*" { return [(method, base + "/a"), (method, base + "/a/b")] }
    let item = base + "/a1b2"
    var requests = ["GET", "POST"].map { (method: $0, target: base) }
    requests += ["GET", "PATCH", "PUT", "DELETE"].map { (method: $0, target: item) }
    if note.contains("send") { requests.append(("POST", item + "/send")) }
    if note.contains("publish") { requests.append(("POST", item + "/publish")) }
    if note.contains("delivery") { requests.append(("GET", item + "/deliveries")) }
    return requests
  }

  private var plainRequests: [(method: String, target: String)] {
    if path.hasSuffix("/*") {
      return ["/a", "/a/b"].map { (method, String(path.dropLast(2)) + $0) }
    }
    let target = path.replacing(/\{[^}]*\}/, with: "a1b2")
    guard let equals = target.firstIndex(of: "="), target.contains("|") else {
      return [(method, target)]
    }
    return target[target.index(after: equals)...].split(separator: "|").map { value in
      (method, String(target[...equals] + value))
    }
  }

  /// What is wrong when a book rates the row as it does; nil when nothing is.
  ///
  /// `exceptions` are the operations whose metering the inventory knows otherwise.
  func failure(in book: PriceBook, exceptions: [String: String]) -> String? {
    for request in requests {
      let match = book.matcher.match(method: request.method, target: request.target)
      let operation = match.map { book.operations[$0.operation] }
      let seen = operation?.rate.metering.rawValue ?? "unknown"
      let wanted = operation.flatMap { exceptions[$0.id] } ?? kind
      if seen != wanted {
        return "\(request.method) \(request.target) is \(seen) (\(operation?.id ?? "no operation"))"
          + ", known as \(wanted)"
      }
    }
    return nil
  }
}

extension Inventory {
  /// Rows that a book does not rate as they are known, one message each.
  func failures(
    in book: PriceBook,
    exceptions: [String: String],
    except known: Set<String> = []
  ) -> [String] {
    rows.filter { !known.contains($0.description) }
      .compactMap { $0.failure(in: book, exceptions: exceptions) }
  }
}
