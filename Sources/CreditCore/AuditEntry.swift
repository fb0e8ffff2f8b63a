/// Something that was done, for those who look into it later.
public struct AuditEntry: Sendable {
  public var at: Instant
  /// Who: a token's id, `command line`, or `nobody`.
  public var actor: String
  /// Such as `token.create`, `silence.create`, `sign_in.refused`.
  public var action: String
  public var subject: String
  public var org: String
  public var details: String

  public init(
    at: Instant,
    actor: String,
    action: String,
    subject: String,
    org: String,
    details: String
  ) {
    self.at = at
    self.actor = actor
    self.action = action
    self.subject = subject
    self.org = org
    self.details = details
  }
}
