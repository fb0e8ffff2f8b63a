import CreditCore

/// Where in a document of some format the elements are, and how long they may be.
struct DocumentShape {
  /// What a key shows of the outermost object that has it.
  enum Role {
    /// The object is an element itself.
    case element
    /// The object holds elements.
    case document
    /// It holds elements unless another key shows otherwise.
    case perhapsDocument
  }

  /// What an element is called in messages.
  var element: String
  /// The keys that lead to the elements, from the outermost object on; a list on the way is looked
  /// through, and so is one around the document.
  var path: [[StaticString]]
  /// What a key, and the first byte of its value, show of an outermost object.
  var role: (Bytes, UInt8) -> Role?
  /// What an outermost object is of which no key shows it.
  var isElementByDefault: Bool
  /// On how many levels of the path a document without such a key is none.
  var requiredLevels = 0
  /// Keys of documents that may be without elements.
  var otherKeys: [StaticString] = []
  /// The longest element, in bytes, without texts that are left out.
  var elementLimit = LineSource.limit
  /// The longest text that is kept; longer ones count as empty.
  var textLimit = Int.max

  func leads(_ key: Bytes, at level: Int) -> Bool { path[level].contains { key.equals($0) } }

  func isKnown(_ key: Bytes, at level: Int) -> Bool {
    leads(key, at: level) || (level == 0 && otherKeys.contains { key.equals($0) })
  }
}

extension DocumentShape {
  /// `[{…}]`, `{"data":[…]}`, or one request after another.
  static func requests(_ keys: RequestKeyTable) -> DocumentShape {
    DocumentShape(
      element: "request",
      path: [["data"]],
      role: { key, value in
        if let known = keys.find(key)?.key {
          return [.method, .path, .operation].contains(known) ? .element : nil
        }
        return Self.pageRole(key, value)
      },
      isElementByDefault: true
    )
  }

  /// Whether a key is that of an answer that holds its rows: `{"data":[…]}`.
  private static func pageRole(_ key: Bytes, _ value: UInt8) -> Role? {
    key.equals("data") && [0x5B, 0x7B, 0x6E].contains(value) ? .perhapsDocument : nil
  }
}
