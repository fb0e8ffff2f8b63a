public import CreditCore
import Digests

/// What a Content-Security-Policy needs to know of a page that holds its own styles.
public enum StyleHashes {
  /// `sha256-…` of the content of each `<style>` of a page, in their order, for `style-src`.
  ///
  /// Throws ``EnvironmentFault`` where libcrypto cannot be used.
  public static func sources(of page: [UInt8]) throws(EnvironmentFault) -> [String] {
    let (open, close) = (Array("<style>".utf8), Array("</style>".utf8))
    var sources: [String] = []
    var rest = page[...]
    while let start = rest.firstRange(of: open),
      let end = rest[start.upperBound...].firstRange(of: close)
    {
      let digest = try sha256(rest[start.upperBound..<end.lowerBound])
      sources.append("sha256-" + base64Text(digest))
      rest = rest[end.upperBound...]
    }
    return sources
  }
}
