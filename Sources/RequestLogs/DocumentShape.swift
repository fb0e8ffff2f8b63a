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
  var elements: String
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
      elements: "requests",
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

  /// Rows like those of `requests`; an answer with one balance may have its time beside it.
  static func balances(_ keys: BalanceKeys) -> DocumentShape {
    DocumentShape(
      element: "row",
      elements: "rows",
      path: [["data"]],
      role: { key, value in
        if let known = keys.find(key)?.key {
          return [.amount, .balance, .used].contains(known) ? .element : nil
        }
        return keys.format == .snapshots && value == 0x7B ? nil : Self.pageRole(key, value)
      },
      isElementByDefault: true
    )
  }

  /// `{"log":{"entries":[{…}]}}`, or entries by themselves.
  static var archive: DocumentShape {
    DocumentShape(
      element: "entry",
      elements: "entries",
      path: [["log"], ["entries"]],
      role: { key, value in
        if key.equals("log") { return .document }
        return key.equals("startedDateTime") || key.equals("request") ? .element : nil
      },
      isElementByDefault: false,
      requiredLevels: 2,
      elementLimit: 4 << 20,
      textLimit: 1 << 20
    )
  }

  /// `{"resourceSpans":[{"scopeSpans":[{"spans":[{…}]}]}]}`, or spans by themselves.
  static var traces: DocumentShape {
    DocumentShape(
      element: "span",
      elements: "spans",
      path: [
        ["resourceSpans", "resource_spans"],
        [
          "scopeSpans", "scope_spans", "instrumentationLibrarySpans",
          "instrumentation_library_spans",
        ],
        ["spans"],
      ],
      role: { key, _ in
        if key.equals("resourceSpans") || key.equals("resource_spans") { return .document }
        return OTLPSpan.isOwn(key) ? .element : nil
      },
      isElementByDefault: false,
      requiredLevels: 1,
      // Exporters of all three kinds may write to one file.
      otherKeys: ["resourceMetrics", "resourceLogs", "resource_metrics", "resource_logs"],
      textLimit: 64 << 10
    )
  }
}
