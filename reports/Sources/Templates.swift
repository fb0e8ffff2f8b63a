import Bundled
public import CreditCore
import Mustache
import Synchronization

/// Templates and style sheet of the HTML reports: the shipped ones, or a team's own.
public struct Templates: Sendable {
  private let read: @Sendable (String) throws(EnvironmentFault) -> String
  private let known = ParsedTemplates()

  /// `read`: the text of a template by its file name, such as `estimate.mustache`.
  public init(_ read: @escaping @Sendable (String) throws(EnvironmentFault) -> String) {
    self.read = read
  }

  /// Those that the binary carries.
  public static let shipped = Templates { (name) throws(EnvironmentFault) in
    let file = Bundled.file("reports/templates/" + name)
    if file.bytes.isEmpty { throw EnvironmentFault("there is no shipped template \(name)") }
    return String(decoding: file.bytes, as: UTF8.self)
  }

  func text(_ name: String) throws(EnvironmentFault) -> String { try read(name) }

  /// What `parse` makes of a template, as it was when it was asked for first.
  func parsed(
    _ name: String,
    _ parse: (String) throws(EnvironmentFault) -> MustacheTemplate
  ) throws(EnvironmentFault) -> MustacheTemplate {
    if let known = known.templates.withLock({ $0[name] }) { return known }
    let template = try parse(name)
    known.templates.withLock { $0[name] = template }
    return template
  }
}

/// Templates by name: to parse one takes as long as to fill it.
private final class ParsedTemplates: Sendable {
  let templates = Mutex<[String: MustacheTemplate]>([:])
}
