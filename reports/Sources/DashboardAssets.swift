public import CreditCore

/// A file that pages of the dashboard load.
public struct DashboardAsset: Sendable {
  /// Where pages look for it: `/assets/dashboard.css`.
  public let path: String
  /// With its character set.
  public let contentType: String
  public let bytes: [UInt8]
}

extension DashboardPages {
  /// Style sheet and script, which need no session.
  public func assets() throws(EnvironmentFault) -> [DashboardAsset] {
    // What is drawn alike in a report stands in its style sheet.
    let style = try templates.text("style.css") + "\n" + templates.text("dashboard.css")
    let script = try templates.text("live.js")
    return [
      DashboardAsset(
        path: "/assets/dashboard.css",
        contentType: "text/css; charset=utf-8",
        bytes: Array(style.utf8)
      ),
      DashboardAsset(
        path: "/assets/live.js",
        contentType: "text/javascript; charset=utf-8",
        bytes: Array(script.utf8)
      ),
    ]
  }
}
