public import ArgumentParser
import CreditCore
import Reports
public import UsageStore
import Workflows

struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Tokens for the service: make, list and revoke them, also while it runs.",
    discussion: """
      A token is for one organisation, and for what its scopes name: ingest sends requests and \
      snapshots, read asks, admin silences alerts. Only its SHA-256 is kept.
      """,
    subcommands: [Create.self, List.self, Revoke.self]
  )
}

extension TokenCommand {
  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "create",
      abstract: "Make a token; it is shown once, now."
    )

    @OptionGroup var databaseOptions: DatabaseOptions
    @OptionGroup var bookOptions: BookOptions
    @OptionGroup var organisation: OrganisationOption

    @Option(help: "ingest, read or admin; may be repeated.")
    var scope: [AccessScope]

    @Option(help: ArgumentHelp("How long it holds.", valueName: "span"))
    var expires: Span = AccessToken.usualLife

    @Option(help: "What people call it.")
    var name: String?

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    func validate() throws {
      if expires.seconds == 0 { throw ValidationError("--expires 0: expected a span such as 90d") }
    }

    func run() throws {
      guard let org = try organisation.resolve(), !org.isEmpty else {
        throw ValidationError("a token is of one organisation: --org")
      }
      let now = bookOptions.now
      let made = try AccessStore(beside: databaseOptions.path).createToken(
        org: org,
        scopes: Set(scope),
        name: name,
        expires: now.later(by: expires),
        at: now
      )
      let report = NewTokenReport(
        id: made.token.id,
        text: made.text,
        org: org,
        scopes: made.token.scopeNames,
        expires: made.token.expires
      )
      try Outcome.deliver(format == .json ? report.json : report.table)
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "All tokens, the newest first."
    )

    @OptionGroup var databaseOptions: DatabaseOptions
    @OptionGroup var bookOptions: BookOptions

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    func run() throws {
      let now = bookOptions.now
      let report = TokenListReport(
        rows: try AccessStore(beside: databaseOptions.path).tokens().map { token in
          TokenListReport.Row(
            id: token.id,
            name: token.name,
            org: token.org,
            scopes: token.scopeNames,
            state: token.state(at: now).rawValue,
            created: token.created,
            expires: token.expires,
            lastUsed: token.lastUsed
          )
        }
      )
      try Outcome.deliver(format == .json ? report.json : report.table)
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "revoke",
      abstract: "Take a token back; it does not hold from the next request on."
    )

    @OptionGroup var databaseOptions: DatabaseOptions
    @OptionGroup var bookOptions: BookOptions

    @Argument(help: "The token's id, which token list shows.")
    var id: String

    func run() throws {
      let store = try AccessStore(beside: databaseOptions.path)
      guard let token = try store.revokeToken(id, at: bookOptions.now) else {
        throw EnvironmentFault("there is no token \(printable(id)); token list shows them")
      }
      let word = token.revoked == nil ? "revoked" : "was revoked already"
      try Outcome.deliver("\(token.id) \(word)\n")
    }
  }
}

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "What was done with tokens and silences, and whether that record is whole.",
    subcommands: [List.self, Verify.self]
  )
}

extension AuditCommand {
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "The last entries, the newest first."
    )

    @OptionGroup var databaseOptions: DatabaseOptions

    @Option(help: "How many.")
    var limit = 100

    @Option(help: "table or json.")
    var format: PlainFormat = .table

    func validate() throws {
      if limit < 0 { throw ValidationError("--limit \(limit) is below 0") }
    }

    func run() throws {
      let store = try AccessStore(beside: databaseOptions.path)
      let report = AuditReport(rows: try store.audit(limit: limit))
      try Outcome.deliver(format == .json ? report.json : report.table)
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Whether every entry is as it was written; exits 3 when one is not.",
      discussion: """
        Each entry holds the SHA-256 of the one before. Prints how many there are and the last \
        one's digest: with one that was noted earlier, --digest finds entries that are missing at \
        the end.
        """
    )

    @OptionGroup var databaseOptions: DatabaseOptions

    @Option(help: ArgumentHelp("A digest that was printed earlier.", valueName: "sha256"))
    var digest: String?

    func run() throws {
      let store = try AccessStore(beside: databaseOptions.path)
      let found = try store.verifyAudit()
      if let difference = found.difference {
        throw Outcome.Refused(reasons: ["\(store.path): \(difference.reason)"])
      }
      if let digest, try !store.hasAudit(digest: digest.lowercased()) {
        throw Outcome.Refused(reasons: [
          "\(store.path): no entry has the digest \(printable(digest))"
        ])
      }
      let entries = found.count == 1 ? "1 entry" : "\(found.count) entries"
      try Outcome.deliver("\(entries), whole\n" + (found.count > 0 ? "\(found.last)\n" : ""))
    }
  }
}

extension AccessScope: ExpressibleByArgument {}

extension Instant {
  /// So much later; the last instant where there is none.
  func later(by span: Span) -> Instant {
    let (micros, overflow) = microseconds.addingReportingOverflow(span.microseconds)
    return Instant(microseconds: overflow ? .max : micros)
  }
}
