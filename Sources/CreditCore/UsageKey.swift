/// What usage is grouped by.
public enum UsageKey: Sendable, Hashable {
  case org, operation, family, path, method, status, basis, metering, unit, book, plan, source
  case hour, day, week, month
  /// The value that requests have for a tag.
  case tag(String)

  private static let words: [(name: String, key: UsageKey)] = [
    ("org", .org), ("operation", .operation), ("family", .family), ("path", .path),
    ("method", .method), ("status", .status), ("basis", .basis), ("metering", .metering),
    ("unit", .unit), ("book", .book), ("plan", .plan), ("source", .source), ("hour", .hour),
    ("day", .day), ("week", .week), ("month", .month),
  ]

  /// Every name but those of tags, which are `tag:` and the tag's own.
  public static var names: [String] { words.map(\.name) }

  /// Reads a name such as `operation` or `tag:campaign`.
  public init?(_ name: String) {
    if name.hasPrefix("tag:"), name.utf8.count > 4 {
      self = .tag(String(name.dropFirst(4)))
    } else if let known = Self.words.first(where: { $0.name == name }) {
      self = known.key
    } else {
      return nil
    }
  }

  public var name: String {
    if case .tag(let name) = self { return "tag:" + name }
    return Self.words.first { $0.key == self }?.name ?? ""
  }

  public var isTime: Bool {
    switch self {
    case .hour, .day, .week, .month: true
    default: false
    }
  }
}

/// A value of what usage is grouped by; texts are compared by their bytes.
public enum UsageValue: Sendable {
  /// What requests have that name none.
  case absent
  case number(Int)
  case text(String)
}

extension UsageValue: Hashable, Comparable {
  public static func == (left: UsageValue, right: UsageValue) -> Bool {
    switch (left, right) {
    case (.absent, .absent): true
    case (.number(let a), .number(let b)): a == b
    case (.text(let a), .text(let b)): a.isSpelled(like: b)
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .absent: hasher.combine(0)
    case .number(let number): hasher.combine(number)
    case .text(let text): hasher.combine(spelling: text)
    }
  }

  /// What is absent comes first, then numbers, then texts.
  public static func < (left: UsageValue, right: UsageValue) -> Bool {
    switch (left, right) {
    case (.number(let a), .number(let b)): a < b
    case (.text(let a), .text(let b)): a.isSpelled(before: b)
    case (.absent, .number), (.absent, .text), (.number, .text): true
    default: false
    }
  }
}
