public import CreditCore
public import Documents
public import Rating

/// Reads campaign files in YAML or JSON against a price book, which says what each operation
/// may be given.
public struct CampaignReader: Sendable {
  let book: PriceBook

  public init(book: PriceBook) { self.book = book }

  /// The campaign of each file, in order.
  ///
  /// - Parameters:
  ///   - sources: the files' texts.
  ///   - settings: values that replace those of the files; operations are counted from 0 over
  ///     all files.
  /// - Returns: as many campaigns as files.
  /// - Throws: ``BadInput`` with the faults of the first file that has any.
  public func campaigns(
    _ sources: [SourceText],
    settings: [Setting] = []
  ) throws(BadInput) -> [Campaign] {
    var campaigns: [Campaign] = []
    var applied = 0
    for source in sources {
      var decoder = CampaignDecoder(book: book)
      let root: Node
      do throws(Diagnostic) {
        var node = try Document.parse(source)
        applied = try Setting.apply(settings, to: &node, operationsBefore: applied)
        root = node
      } catch {
        throw BadInput(error)
      }
      guard let campaign = decoder.campaign(root, file: source.name), decoder.faults.isEmpty
      else { throw BadInput(decoder.faults) }
      campaigns.append(campaign)
    }
    if let setting = settings.first(where: { ($0.operation ?? -1) >= applied }) {
      throw BadInput(setting.outOfRange(operations: applied))
    }
    return campaigns
  }

  /// One line that does not stand in a campaign file, such as the line of a golden case.
  public func line(_ node: Node) throws(BadInput) -> CampaignLine {
    var decoder = CampaignDecoder(book: book)
    guard let line = decoder.line(node, number: 1), decoder.faults.isEmpty else {
      throw BadInput(decoder.faults)
    }
    return line
  }
}

/// `operations.1.contacts=8000`: a value put in place of a file's own.
public struct Setting: Sendable {
  let path: [String]
  let value: Node

  /// - Returns: nil unless `text` is `key.key=value`.
  /// - Throws: where the value is not readable.
  public init?(_ text: String) throws(Diagnostic) {
    guard let equals = text.firstIndex(of: "=") else { return nil }
    let key = String(text[..<equals])
    path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if path.contains("") { return nil }
    let source = SourceText(
      name: "--set \(key)",
      bytes: Array(text[text.index(after: equals)...].utf8)
    )
    value = try Document.parse(source, format: .yaml)
  }

  /// The operation it is about, counted from 0; nil for a key of the whole campaign.
  var operation: Int? {
    guard path.first == "operations", path.count > 1,
      path[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let index = Int(path[1]),
      String(index) == path[1]
    else { return nil }
    return index
  }

  func outOfRange(operations: Int) -> Diagnostic {
    value.diagnostic(
      "there is no operation \(operation ?? 0)",
      expected: "0 to \(max(operations - 1, 0)); operations are counted from 0"
    )
  }

  /// Puts the settings into a file's node, before which other files have `operationsBefore`
  /// operations, and gives how many there are with this file's own.
  static func apply(
    _ settings: [Setting],
    to root: inout Node,
    operationsBefore: Int
  ) throws(Diagnostic) -> Int {
    let count = root.operationCount
    for setting in settings {
      var path = setting.path
      if path.first == "operations", path.count > 1 {
        guard let operation = setting.operation else {
          throw setting.value.diagnostic(
            "\"\(path[1])\" is not an operation\'s number",
            expected: "0, 1, 2, …; operations are counted from 0"
          )
        }
        let index = operation - operationsBefore
        if index < 0 || index >= count { continue }
        path[1] = String(index)
      }
      try root.set(path[...], to: setting.value)
    }
    return operationsBefore + count
  }
}

extension Node {
  fileprivate var operationCount: Int {
    guard case .mapping(let entries) = content,
      let operations = entries.first(where: { $0.key.text == "operations" })?.value,
      case .sequence(let elements) = operations.content
    else { return 0 }
    return elements.count
  }

  fileprivate mutating func set(_ path: ArraySlice<String>, to value: Node) throws(Diagnostic) {
    guard let key = path.first else {
      self = value
      return
    }
    switch content {
    case .mapping(var entries):
      content = .null
      if let place = entries.firstIndex(where: { $0.key.text == key }) {
        try entries[place].value.set(path.dropFirst(), to: value)
      } else if path.count == 1 {
        entries.append(Node.Entry(key: value.key(named: key), value: value))
      } else {
        throw value.diagnostic("there is no \(key) to set a part of", expected: "an existing key")
      }
      content = .mapping(entries)
    case .sequence(var elements):
      content = .null
      guard let index = Int(key), elements.indices.contains(index) else {
        throw value.diagnostic(
          "\(key) is not an element of a list of \(elements.count)",
          expected: "0 to \(max(elements.count - 1, 0))"
        )
      }
      try elements[index].set(path.dropFirst(), to: value)
      content = .sequence(elements)
    case .scalar, .null:
      throw value.diagnostic("a single value has no \(key)", expected: "a key of the campaign")
    }
  }
}
