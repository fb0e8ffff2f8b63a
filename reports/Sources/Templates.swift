import Bundled
public import CreditCore

/// Templates and style sheet of the HTML reports: the shipped ones, or a team's own.
public struct Templates: Sendable {
  private let read: @Sendable (String) throws(EnvironmentFault) -> String

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
}
