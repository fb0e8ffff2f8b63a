import Alerting
public import CreditCore
public import Graph8API
import LocalFiles
public import PriceBooks
import Rating
public import Reports
public import Settings
import UsageStore

/// Looks whether everything that creditmeter needs is as it should be.
public final class DoctorWorkflow {
  public private(set) var report = DoctorReport()
  private let now: Instant
  /// Of the newest request that is stored.
  private var lastRequest: Instant?

  public init(now: Instant) { self.now = now }

  private func add(
    _ name: String,
    _ state: DoctorReport.State,
    _ message: String,
    hint: String? = nil
  ) {
    report.add(DoctorReport.Finding(name, state, message, hint: hint))
  }

  /// Adds a failure where `body` throws one.
  private func looking(at name: String, hint: String? = nil, _ body: () throws -> Void) {
    do { try body() } catch {
      add(name, .failed, (error as? BadInput)?.diagnostics.first?.summary ?? "\(error)", hint: hint)
    }
  }

  // MARK: Configuration

  /// The settings, and what they name; `variables` are the names of the environment that begin
  /// with `CREDITMETER_`, `value` reads any.
  public func configuration(
    _ read: () throws -> Settings,
    variables: [String],
    value: (String) -> String?
  ) {
    looking(at: "settings") {
      let settings = try read()
      guard let file = settings.file else {
        return add("settings", .ok, "no creditmeter.yaml: the defaults are in force")
      }
      if let secret = settings.graph8?.webhook?.secretVariable, value(secret) == nil {
        return add(
          "settings",
          .warning,
          "\(file) names the variable \(secret), which is not set here",
          hint: "webhooks of graph8 are refused without it"
        )
      }
      add("settings", .ok, "\(file) holds")
    }
    for name in variables where !Self.variables.contains(name) {
      add(
        "environment",
        .warning,
        "\(name) is no variable of creditmeter",
        hint: nearest(to: name, among: Self.variables).map { "did you mean \($0)?" }
      )
    }
  }

  /// What creditmeter reads of the environment under its own name.
  static let variables = [
    "CREDITMETER_API_URL", "CREDITMETER_BOOK", "CREDITMETER_CONFIG", "CREDITMETER_DATABASE",
    "CREDITMETER_TIMEZONE",
  ]

  /// The rules and destinations of a file; `isNamed`: whether the settings name it, so that it has
  /// to be there.
  public func alerts(_ path: String, isNamed: Bool, value: (String) -> String?) {
    if !isNamed, !Files.exists(path) {
      return add("alerts", .skipped, "there is no \(path): nothing is watched")
    }
    looking(at: "alerts", hint: "creditmeter alerts lint \(path) tells every fault") {
      let plan = try AlertFile.read(path)
      let unset = plan.destinations.flatMap(\.variables).filter { value($0) == nil }
      if let variable = unset.first {
        let others = unset.count > 1 ? ", nor are \(unset.count - 1) others" : ""
        return add(
          "alerts",
          .warning,
          "\(path) names the variable \(variable), which is not set here\(others)",
          hint: "what is to go there waits, and is given up at last"
        )
      }
      add("alerts", .ok, "\(path) holds \(AlertFile.summary(plan))")
    }
  }

  public func books(_ shelf: () throws -> BookShelf) {
    looking(at: "books", hint: "creditmeter prices lint FILE tells every fault") {
      let shelf = try shelf()
      let book = try shelf.book(at: now)
      let count = shelf.editions.count
      let others = count > 1 ? ", one of \(count)" : ""
      add(
        "books",
        .ok,
        "\(book.provider) \(book.version) is in force since \(book.effective)\(others)"
      )
    }
  }

  // MARK: The database

  /// The database; `isThorough` to compare everything that is derived with what it is from.
  public func database(_ path: String, isThorough: Bool) {
    if Files.isMissingOrEmpty(path) {
      return add("database", .ok, "\(path) is not there yet: ingest, sync or snapshot makes it")
    }
    if !Files.isPrivate(path) {
      add("database", .warning, "others may read \(path)", hint: "chmod 600 \(path)")
    }
    looking(at: "database", hint: "db backup makes a whole copy of one that can be read") {
      let store = try UsageStore(path: path, .reading)
      let stats = try store.stats()
      lastRequest = stats.last
      if isThorough {
        let differences = try DatabaseWorkflow.check(store).reduce(0) { $0 + $1.differences }
        guard differences == 0 else {
          return add(
            "database",
            .failed,
            "\(path) has \(differences) differences",
            hint: "creditmeter db check says which"
          )
        }
      }
      let span = stats.last.map { ", the last request of \($0)" } ?? ", no request yet"
      let organisations =
        stats.organisations == 1 ? "1 organisation" : "\(stats.organisations) organisations"
      add("database", .ok, "\(path) holds \(organisations)\(span)")
      try snapshots(store)
    }
  }

  private static let oldSnapshot: Int64 = 86_400_000_000

  private func snapshots(_ store: UsageStore) throws {
    let hint = "creditmeter snapshot fetch asks for one; snapshot watch goes on asking"
    guard let latest = try store.latestSnapshot(of: nil, by: now) else {
      return add("balance", .warning, "no balance is known", hint: hint)
    }
    let minutes = (now.microseconds - latest.at.microseconds) / 60_000_000
    let age = minutes < 120 ? "\(minutes) minutes" : "\(minutes / 60) hours"
    if now.microseconds - latest.at.microseconds > Self.oldSnapshot {
      add("balance", .warning, "the last balance is \(age) old", hint: hint)
    } else {
      add("balance", .ok, "the last balance is \(age) old")
    }
  }

  // MARK: The clock

  /// The clock, by what is stored and by what the provider says.
  public func clock(difference: Int64?) {
    let hint = "set the clock, or let NTP do it: what is of the future is refused"
    if let lastRequest, lastRequest.microseconds > now.microseconds + 300_000_000 {
      add("clock", .warning, "it is \(now), but a request of \(lastRequest) is stored", hint: hint)
    } else if let difference, abs(difference) > 120_000_000 {
      let seconds = abs(difference) / 1_000_000
      let side = difference > 0 ? "behind" : "ahead of"
      add("clock", .failed, "it is \(seconds) s \(side) graph8's", hint: hint)
    } else if now.microseconds < Self.earliest {
      add("clock", .failed, "it is \(now), which has been", hint: hint)
    } else {
      let agreed = difference == nil ? "" : ", as graph8's says"
      add("clock", .ok, "it is \(now)\(agreed)")
    }
  }

  /// 2026: this is not older than itself.
  private static let earliest: Int64 = 1_767_225_600_000_000

  // MARK: The provider

  /// Asks for the balance, which is free; how far the provider's clock is ahead of this one.
  public func provider(
    _ client: (() throws -> Graph8Client)?,
    _ endpoint: BalanceEndpoint
  ) -> Int64? {
    guard let client else {
      add("graph8", .skipped, "not asked")
      return nil
    }
    do {
      let client = try client()
      do throws(Graph8Fault) {
        let snapshot = try client.balance(endpoint)
        let balance = snapshot.balance.map { "\($0.decimal.grouped()) credits" } ?? "no balance"
        let tier = snapshot.tier.map { ", \($0)" } ?? ""
        add("graph8", .ok, "\(client.account.origin) answers: \(balance)\(tier)")
      } catch {
        // Out of credits is an answer too.
        let isAnswer = [.outOfCredits, .noAccount].contains(error.kind)
        add("graph8", isAnswer ? .warning : .failed, error.description)
      }
      return client.clockDifference
    } catch {
      add("graph8", .failed, "\(error)")
      return nil
    }
  }
}
