import Foundation
import TestSupport
import Testing
import Transport

@Suite("What graph8 itself knows is taken in once, and its faults are told")
struct SyncTests {
  private static let key = "g8_live_canary0123456789"

  private func run(
    _ stub: LoopbackServer,
    _ arguments: [String],
    _ scratch: Scratch,
    _ environment: [String: String] = [:]
  ) throws -> Command.Result {
    var variables = [
      "CREDITMETER_API_URL": stub.origin, "G8_API_KEY": Self.key, "G8_ORG_ID": "org_demo",
    ]
    variables.merge(environment) { $1 }
    let result = try Command.run(
      arguments + ["--database", "usage.db"],
      in: scratch.folder,
      environment: variables
    )
    for text in [result.output, result.errors] { #expect(!text.contains("canary")) }
    return result
  }

  private func stub(_ arguments: [String] = []) throws -> LoopbackServer {
    try LoopbackServer("Graph8Stub/graph8-stub", ["--key", Self.key] + arguments)
  }

  private struct Counts: Decodable {
    var read: Int
    var accepted: Int
    var duplicates: Int
    var rejected: Int
  }

  private struct Report: Decodable {
    struct Snapshot: Decodable {
      var balance: Double
      var new: Bool
    }

    var snapshot: Snapshot?
    var transactions: Counts
    var logs: Counts
    var faults: [String]
  }

  private struct Seen: Decodable {
    struct Request: Decodable { var path: String }

    var most: Int
    var requests: [Request]
  }

  private func seen(_ stub: LoopbackServer) throws -> Seen {
    let address = try WebAddress(stub.origin + "/_stub")
    let response = try Connection().send(.init(.get, address, policy: .loopbackOnly))
    return try JSONDecoder().decode(Seen.self, from: Data(response.body))
  }

  @Test("all pages of both editions are stored once", arguments: ["seed", "new"])
  func twice(edition: String) throws {
    let scratch = try Scratch()
    let stub = try stub(["--edition", edition, "--transactions", "1450"])
    let command = ["sync", "--format", "json", "--api", edition == "seed" ? "credits" : "usage"]
    for run in 0..<2 {
      let result = try self.run(stub, command, scratch)
      try #require(result.status == 0, "\(result.errors)")
      let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
      #expect(report.snapshot?.balance == 12_450)
      #expect(report.transactions.read == 1_450)
      #expect(report.transactions.accepted == (run == 0 ? 1_450 : 0))
      #expect(report.transactions.duplicates == (run == 0 ? 0 : 1_450))
      #expect(report.logs.accepted == (run == 0 ? 100 : 0))
      #expect(report.transactions.rejected + report.logs.rejected == 0)
      // Another process knows nothing of the calls of this one.
      if run == 0 { #expect(try seen(stub).most <= 5) }
    }
    let check = try run(stub, ["db", "check"], scratch)
    #expect(check.status == 0, "\(check.output)")
  }

  @Test("pages before a fault are kept, and the next sync takes the rest")
  func interrupted() throws {
    let scratch = try Scratch()
    let broken = try stub(["wrong-json@/usage/transactions?limit=200&page=2"])
    let first = try run(broken, ["sync", "--format", "json"], scratch)
    #expect(first.status == 1)
    #expect(first.errors.contains("not JSON"))
    var report = try JSONDecoder().decode(Report.self, from: Data(first.output.utf8))
    #expect(report.transactions.accepted == 200)
    #expect(report.logs.accepted == 100)
    report = try JSONDecoder().decode(
      Report.self,
      from: Data(try run(try stub(), ["sync", "--format", "json"], scratch).output.utf8)
    )
    #expect(report.transactions.accepted == 250)
    #expect(report.logs.accepted == 0)
  }

  @Test("one that is killed between pages has lost nothing, and stores nothing twice")
  func killed() throws {
    let scratch = try Scratch()
    let hanging = try stub(["hang@/usage/transactions?limit=200&page=2"])
    let running = try RunningCommand(
      ["sync", "--database", "usage.db"],
      in: scratch.folder,
      environment: ["CREDITMETER_API_URL": hanging.origin, "G8_API_KEY": Self.key]
    )
    #expect(try eventually { try seen(hanging).requests.contains { $0.path.contains("page=2") } })
    #expect(try running.end(SIGKILL).status == 1_000 + SIGKILL)
    let result = try run(try stub(), ["sync", "--format", "json"], scratch, ["G8_ORG_ID": ""])
    let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    #expect(report.transactions.duplicates == 200)
    #expect(report.transactions.accepted == 250)
    #expect(try run(hanging, ["db", "check"], scratch).status == 0)
  }

  @Test("a proxy that the environment names is not asked")
  func proxy() throws {
    let scratch = try Scratch()
    let nowhere = "http://127.0.0.1:1"
    let result = try run(
      try stub(),
      ["snapshot", "fetch"],
      scratch,
      ["http_proxy": nowhere, "https_proxy": nowhere, "ALL_PROXY": nowhere]
    )
    #expect(result.status == 0, "\(result.errors)")
  }

  static let faults: [(fault: String, status: Int32, words: String)] = [
    ("429-seconds", 0, ""), ("429-date", 0, ""), ("429-skewed", 0, ""), ("429-past", 0, ""),
    ("429-html", 0, ""), ("500", 0, ""), ("cut", 0, ""), ("slow", 0, ""), ("503", 0, ""),
    ("redirect-within", 0, ""), ("negative-balance", 0, ""), ("429-long", 1, "too many calls"),
    ("401", 1, "G8_API_KEY"), ("402-credits", 1, "out of credits"),
    ("402-subscription", 1, "no active subscription"), ("403", 1, "may not do this"),
    ("403-html", 1, "firewall"), ("404", 1, "no credits on record"), ("wrong-json", 1, "not JSON"),
    ("html", 1, "a page for people"), ("null-balance", 1, "what is unknown is not zero"),
    ("large", 1, "larger than 1024 KiB"), ("redirect", 1, "nothing is sent"),
  ]

  @Test("a fault of graph8's is waited for or told, and stores nothing", arguments: faults)
  func fault(fault: String, status: Int32, words: String) throws {
    let scratch = try Scratch()
    let stub = try stub([fault])
    let started = ContinuousClock.now
    let result = try run(stub, ["snapshot", "fetch", "--format", "json"], scratch)
    #expect(ContinuousClock.now - started < .seconds(30))
    #expect(result.status == status, "\(result.errors)")
    #expect(words.isEmpty || result.errors.contains(words))
    #expect(result.output.isEmpty == (status != 0))
    #expect(scratch.exists("usage.db") == (status == 0))
  }

  @Test("the key may stand in a file that only its owner may read")
  func keyFile() throws {
    let scratch = try Scratch()
    let stub = try stub()
    try scratch.write("key", Self.key + "\n")
    let path = scratch.folder.appending(path: "key").path
    let variables = ["G8_API_KEY": "", "G8_API_KEY_FILE": path]
    #expect(chmod(path, 0o644) == 0)
    let open = try run(stub, ["snapshot", "fetch"], scratch, variables)
    #expect(open.status == 1)
    #expect(open.errors.contains("chmod 600"))
    #expect(chmod(path, 0o600) == 0)
    #expect(try run(stub, ["snapshot", "fetch"], scratch, variables).status == 0)
    let none = try run(stub, ["snapshot", "fetch"], scratch, ["G8_API_KEY": "", "HOME": "/none"])
    #expect(none.status == 1)
    #expect(none.errors.contains("set G8_API_KEY"))
  }

  @Test("the API by plain http is this machine's alone")
  func plainText() throws {
    let scratch = try Scratch()
    let result = try Command.run(
      ["snapshot", "fetch", "--database", "usage.db"],
      in: scratch.folder,
      environment: ["CREDITMETER_API_URL": "http://192.0.2.1", "G8_API_KEY": "k"]
    )
    #expect(result.status == 1)
    #expect(result.errors.contains("only https"))
  }

  @Test("a balance that somebody knows is stored once, for the organisation that is meant")
  func add() throws {
    let scratch = try Scratch()
    let stub = try stub()
    let command = [
      "snapshot", "add", "--balance", "-3.5", "--used", "10", "--tier", "platform", "--at",
      "2026-11-20T12:00:00Z", "--as-of", "2026-11-21T00:00:00Z", "--format", "json",
    ]
    let first = try run(stub, command, scratch)
    try #require(first.status == 0, "\(first.errors)")
    #expect(first.output.contains(#""balance":-3.5"#))
    #expect(first.output.contains(#""org":"org_demo""#))
    #expect(first.output.contains(#""new":true"#))
    #expect(try run(stub, command, scratch).output.contains(#""new":false"#))
    #expect(
      try run(stub, command + ["--org", "org_b"], scratch).output.contains(#""org":"org_b""#)
    )
    for wrong in [
      ["snapshot", "add"], ["snapshot", "add", "--balance", "many"],
      ["snapshot", "add", "--used", "-1"], ["snapshot", "add", "--balance", "1", "--at", "today"],
      ["snapshot", "add", "--balance", "1", "--at", "2999-01-01T00:00:00Z"],
    ] {
      #expect(try run(stub, wrong, scratch).status == 64)
    }
  }

  @Test("watching goes on through faults, and ends when it is told to")
  func watch() throws {
    let scratch = try Scratch()
    let stub = try stub(["404", "wrong-json"])
    let watching = try RunningCommand(
      ["snapshot", "watch", "--every", "1s", "--format", "json", "--database", "usage.db"],
      in: scratch.folder,
      environment: ["CREDITMETER_API_URL": stub.origin, "G8_API_KEY": Self.key]
    )
    #expect(try eventually { try watching.output.components(separatedBy: "\"new\"").count > 2 })
    let result = try watching.end(SIGTERM)
    #expect(result.status == 0)
    #expect(result.errors.contains("no credits on record"))
    #expect(result.errors.contains("not JSON"))
    #expect(!(result.output + result.errors).contains("canary"))
  }
}
