/// What every page of the dashboard needs to know of its reader.
public struct PageSession: Sendable {
  /// Said above a page: what a form did, or why it did not.
  public struct Notice: Sendable {
    public var text: String
    public var isFault: Bool

    public init(_ text: String, isFault: Bool = false) {
      self.text = text
      self.isFault = isFault
    }
  }

  /// The organisation that is shown; nil for all.
  public var org: String?
  /// Sent back by every form as `csrf`.
  public var csrf: String
  /// Whether alerts may be silenced.
  public var isAdmin: Bool
  /// Whether there is a session that can be ended.
  public var isSignedIn: Bool
  /// Whether pages follow `/events`.
  public var isLive = true
  public var notice: Notice?

  public init(org: String?, csrf: String, isAdmin: Bool, isSignedIn: Bool) {
    self.org = org
    self.csrf = csrf
    self.isAdmin = isAdmin
    self.isSignedIn = isSignedIn
  }
}

/// The pages of the dashboard; each works without a script, and has none within it.
public struct DashboardPages: Sendable {
  let templates: Templates

  public init(_ templates: Templates = .shipped) { self.templates = templates }

  /// The pages that are linked from each.
  enum Place: String, CaseIterable {
    case overview = "/"
    case reports = "/reports"
    case estimate = "/estimate"
    case prices = "/prices"
    case alerts = "/alerts"

    var title: String {
      switch self {
      case .overview: "Overview"
      case .reports: "Reports"
      case .estimate: "Estimate"
      case .prices: "Prices"
      case .alerts: "Alerts"
      }
    }
  }
}
