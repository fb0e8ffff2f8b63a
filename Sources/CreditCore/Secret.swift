/// A text that nobody may see: a key, a password, an address that is as good as a key.
///
/// However it is printed, as itself or within something else, it is `***`.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let text: String

  public init(_ text: String) { self.text = text }

  public var description: String { "***" }
  public var debugDescription: String { "***" }
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// The text itself, for the one place that needs it.
  public var revealed: String { text }
}
