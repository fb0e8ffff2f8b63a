public import CreditCore

/// Which requests are looked at: those that every part which is not empty takes.
public struct UsageFilter: Sendable {
  /// A status, or several.
  public enum Status: Sendable, Equatable {
    case exactly(Int)
    /// All that start with a digit: 4 for 400 to 499.
    case hundreds(Int)
    /// Of requests whose log names none.
    case absent

    /// Reads `429`, `4xx` or `none`.
    public init?(_ text: String) {
      if text == "none" {
        self = .absent
      } else if text.utf8.count == 3, text.lowercased().hasSuffix("xx"),
        let digit = text.first?.wholeNumberValue, (1...5).contains(digit)
      {
        self = .hundreds(digit)
      } else if let status = Int(text), (100..<600).contains(status) {
        self = .exactly(status)
      } else {
        return nil
      }
    }

    func takes(_ status: Int?) -> Bool {
      switch self {
      case .exactly(let wanted): status == wanted
      case .hundreds(let digit): status.map { $0 / 100 == digit } ?? false
      case .absent: status == nil
      }
    }
  }

  public struct Tag: Sendable {
    public var name: String
    /// Nil where any value will do.
    public var value: String?

    public init(name: String, value: String?) {
      self.name = name
      self.value = value
    }

    /// Reads `campaign=spring`, or `campaign` for any value.
    public init(_ text: String) {
      guard let equals = text.firstIndex(of: "=") else {
        self.init(name: text, value: nil)
        return
      }
      self.init(
        name: String(text[..<equals]),
        value: String(text[text.index(after: equals)...])
      )
    }
  }

  public var orgs: [String] = []
  public var operations: [Wildcard] = []
  public var families: [Wildcard] = []
  public var methods: [String] = []
  public var paths: [PathPattern] = []
  public var statuses: [Status] = []
  /// A request has all of them.
  public var tags: [Tag] = []
  public var bases: [Basis] = []
  public var meterings: [Metering] = []
  public var plans: [String] = []
  /// Where logs came from.
  public var sources: [String] = []
  /// Only requests that came to be known later than this.
  public var importedAfter: Instant?
  /// Only requests that were known by then.
  public var importedBy: Instant?

  public init() {}

  /// Whether it asks for nothing but organisations.
  public var isOfOrganisations: Bool {
    operations.isEmpty && families.isEmpty && methods.isEmpty && paths.isEmpty && statuses.isEmpty
      && tags.isEmpty && bases.isEmpty && meterings.isEmpty && plans.isEmpty && !asksImport
  }

  /// How many of a series' requests the filter takes, were it not for their sources.
  func extent(of series: Series) -> PathPattern.Extent {
    guard Self.has(series.org, orgs), Self.has(series.plan, plans),
      Self.has(series.method, methods),
      operations.isEmpty || operations.contains(where: { $0.matches(series.operation) }),
      families.isEmpty || families.contains(where: { $0.matches(series.family) }),
      statuses.isEmpty || statuses.contains(where: { $0.takes(series.status) }),
      bases.isEmpty || bases.contains(series.basis),
      meterings.isEmpty || meterings.contains(series.metering), hasTags(series)
    else { return .none }
    if paths.isEmpty { return .all }
    let extents = paths.map { $0.extent(of: series.route) }
    if extents.contains(.all) { return .all }
    return extents.contains(.some) ? .some : .none
  }

  func takes(path: String) -> Bool { paths.contains { $0.matches(path) } }

  /// Whether imports matter, which only single requests name.
  var asksImport: Bool { !sources.isEmpty || importedAfter != nil || importedBy != nil }

  func takes(_ origin: ImportSources.Origin) -> Bool {
    Self.has(origin.source, sources) && importedAfter.map { origin.started > $0 } ?? true
      && importedBy.map { origin.started <= $0 } ?? true
  }

  private func hasTags(_ series: Series) -> Bool {
    tags.allSatisfy { tag in
      guard let value = TagTexts.value(tag.name, in: series.tags) else { return false }
      return tag.value.map { $0.isSpelled(like: value) } ?? true
    }
  }

  private static func has(_ text: String, _ wanted: [String]) -> Bool {
    wanted.isEmpty || wanted.contains { $0.isSpelled(like: text) }
  }
}

extension Series {
  /// Names and values of the tags, sorted by name.
  public var tagPairs: [(name: String, value: String)] { TagTexts.pairs(tags) ?? [] }

  /// The part of the operation's id before the point.
  public var family: String { Self.family(of: operation) }

  /// The part of an operation's id before the point.
  public static func family(of operation: String) -> String {
    String(operation.prefix { $0 != "." })
  }
}
