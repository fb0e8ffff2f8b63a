public import CreditCore
import LocalFiles
public import Rating

/// The price books that a run uses.
public struct BookShelf: Sendable {
  /// A book, and the text that it was read from.
  public struct Edition: Sendable {
    public let book: PriceBook
    public let content: String
  }

  /// In the order they come into force.
  public let editions: [Edition]
  public var books: [PriceBook] { editions.map(\.book) }

  /// The books of files and directories; without any, the shipped one.
  ///
  /// - Throws: ``BadInput`` for a book with faults and for two books of one provider that come
  ///   into force at the same instant; ``EnvironmentFault`` for a path that cannot be read.
  public init(_ paths: [String]) throws {
    if paths.isEmpty {
      editions = [Self.edition(try ShippedBook.book(), ShippedBook.source)]
      return
    }
    var found: [(book: PriceBook, source: SourceText)] = []
    for file in try paths.flatMap({ try Self.files(at: $0) }) {
      let source = try Files.read(file)
      let book = try Self.book(source)
      if let twin = found.first(where: {
        $0.book.provider == book.provider && $0.book.effective == book.effective
      }) {
        throw BadInput(
          Diagnostic(
            "this book and \(twin.source.name) are both effective from \(book.effective)",
            at: SourceMark(source: source, line: 1, column: 1),
            expected: "one book of \(book.provider) for an instant"
          )
        )
      }
      found.append((book, source))
    }
    editions = found.map { Self.edition($0.book, $0.source) }.sorted {
      ($0.book.effective, $0.book.version) < ($1.book.effective, $1.book.version)
    }
  }

  /// A file, or the price books of a directory.
  private static func files(at path: String) throws(EnvironmentFault) -> [String] {
    guard Files.isDirectory(path) else { return [path] }
    let endings = [".yaml", ".yml", ".json"]
    let names = try Files.names(in: path).filter { name in
      endings.contains { name.hasSuffix($0) } && !name.contains(".cases.")
        && !name.contains(".schema.")
    }
    if names.isEmpty { throw EnvironmentFault("no price books in \(path)") }
    return names.map { path + "/" + $0 }
  }

  private static func edition(_ book: PriceBook, _ source: SourceText) -> Edition {
    Edition(book: book, content: String(decoding: source.bytes, as: UTF8.self))
  }

  /// The book in force at an instant: the last that is effective by then.
  public func book(at now: Instant) throws(EnvironmentFault) -> PriceBook {
    if let book = books.last(where: { $0.effective <= now }) { return book }
    let first = books.first?.effective.description ?? "never"
    throw EnvironmentFault("no price book is in force at \(now); the first is from \(first)")
  }

  /// The book in force at an instant, else the one that comes first.
  public func book(near instant: Instant) throws(EnvironmentFault) -> PriceBook {
    if let book = books.last(where: { $0.effective <= instant }) ?? books.first { return book }
    throw EnvironmentFault("there is no price book")
  }

  /// The book of a file, which may extend the shipped one.
  public static func book(at path: String) throws -> PriceBook { try book(try Files.read(path)) }

  /// The book of a text, which may extend the shipped one.
  public static func book(_ source: SourceText) throws(BadInput) -> PriceBook {
    try BookReader.book(source) { (provider) throws(BadInput) in
      provider == ShippedBook.provider ? try ShippedBook.book() : nil
    }
  }
}
