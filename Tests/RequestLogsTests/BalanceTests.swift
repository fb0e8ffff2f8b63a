import ByteSources
import CreditCore
import RequestLogs
import Testing

@Suite("Rows of the provider's ledger and of its balances")
struct BalanceTests {
  private static let row = #"""
    {"id":"t1","type":"usage","amount":-10,"service":"ai_enrichment","quantity":1,
    "llm_tier":"g8_t2","description":"two fields","created_at":"2026-11-18T09:30:00Z"}
    """#
    .replacing("\n", with: "")
  private static let read =
    "transaction 2026-11-18T09:30:00Z -10 id=t1 type=usage service=ai_enrichment quantity=1"
    + " tier=g8_t2 for=two fields"
  private static let header = "id,type,amount,service,quantity,llm_tier,description,created_at"
  private static let cells = "t1,usage,-10,ai_enrichment,1,g8_t2,two fields,2026-11-18T09:30:00Z"

  static let ledgers: [String] = [
    row, "[\(row)]", #"{"data":[\#(row)],"pagination":{"page":1,"next_cursor":null}}"#,
    #"{"pagination":{},"data":[\#(row)]}"#, "[{\"data\":[\(row)]}]",
    row.replacing(",\"", with: ",\n  \""), "\(header)\n\(cells)\n",
    "\u{FEFF}\(header)\r\n\(cells)\r\n",
    header.replacing(",", with: ";") + "\n" + cells.replacing(",", with: ";"),
    "Id,Type,Amount,Service,Quantity,LLM Tier,Description,Created At\n\(cells)",
    row.replacing("created_at", with: "timestamp"), row.replacing("-10", with: "\"-10.000\""),
    row.replacing("-10", with: "-1e1"),
    row.replacing("\"2026-11-18T09:30:00Z\"", with: "1794994200"),
    row.replacing("{\"id\"", with: "{\"balance_after\":null,\"id\""),
  ]

  @Test("ledger rows as pages, lists, lines and tables", arguments: ledgers)
  func ledger(log: String) throws {
    #expect(try entries(log) == [Self.read])
    #expect(try entries(log, format: .transactions) == [Self.read])
    #expect(try entries(log, inPiecesOf: 3) == [Self.read])
  }

  @Test("what a ledger row does not give stays unknown")
  func nulls() throws {
    let log = """
      {"id":null,"type":null,"amount":5.5,"service":null,"quantity":null,"llm_tier":null,\
      "description":null,"created_at":"2026-11-18T09:30:00Z"}
      {"amount":0,"created_at":"2026-11-18T09:30:00Z"}
      {"id":7,"amount":-0.1,"type":"","customer_id":"org_1","created_at":"2026-11-18T09:30:00Z"}
      """
    #expect(
      try entries(log) == [
        "transaction 2026-11-18T09:30:00Z 5.5", "transaction 2026-11-18T09:30:00Z 0",
        "transaction 2026-11-18T09:30:00Z -0.1 id=7 org=org_1",
      ]
    )
    #expect(
      try entries("amount,created_at,id,service\n-1,2026-11-18T09:30:00Z,,\n") == [
        "transaction 2026-11-18T09:30:00Z -1"
      ]
    )
  }

  private static let seed = #"{"balance":12450,"billing_period_used":62550,"tier":"platform""#
  private static let usage = #"""
    {"customer_id":"org_1","credits":75000.0,"held_credits":100.0,"available_credits":12450.0,
    "total_earned":75000.0,"total_used":62550.0}
    """#
    .replacing("\n", with: "")

  /// Snapshots, and what is read.
  static let snapshots: [(String, String)] = [
    (
      seed + #","time":"2026-11-18T09:30:00Z"}"#,
      "snapshot 2026-11-18T09:30:00Z 12450 used=62550 tier=platform"
    ),
    (
      seed + #","at":"2026-11-18T10:30:00+01:00","org_id":"org_1"}"#,
      "snapshot 2026-11-18T09:30:00Z 12450 used=62550 tier=platform org=org_1"
    ),
    (
      #"[{"timestamp":1794994200.5,"balance":-3.25,"billing_period_used":null,"tier":null}]"#,
      "snapshot 2026-11-18T09:30:00.5Z -3.25"
    ),
    (
      #"{"data":[\#(seed),"time":"2026-11-18T09:30:00Z"}]}"#,
      "snapshot 2026-11-18T09:30:00Z 12450 used=62550 tier=platform"
    ),
    (
      #"{"data":\#(usage),"time":"2026-11-18T09:30:00Z"}"#,
      "snapshot 2026-11-18T09:30:00Z 12450 used=62550 org=org_1"
    ),
    (
      #"{"time":"2026-11-18T09:30:00Z","data":\#(usage)}"#,
      "snapshot 2026-11-18T09:30:00Z 12450 used=62550 org=org_1"
    ),
    (
      usage.dropLast() + #","fetched_at":"2026-11-18T09:30:00Z"}"#,
      "snapshot 2026-11-18T09:30:00Z 12450 used=62550 org=org_1"
    ),
    (
      #"{"balance":null,"billing_period_used":7,"time":"2026-11-18T09:30:00Z"}"#,
      "snapshot 2026-11-18T09:30:00Z none used=7"
    ),
    (
      "time,balance,billing_period_used,tier\n2026-11-18T09:30:00Z,12450,,payg\n",
      "snapshot 2026-11-18T09:30:00Z 12450 tier=payg"
    ),
    (
      "Time;Balance;Tier\n1794994200;0;\n",
      "snapshot 2026-11-18T09:30:00Z 0"
    ),
    (
      #"{"balance":12450.000000000002,"time":"2026-11-18T09:30:00Z"}"#,
      "snapshot 2026-11-18T09:30:00Z 12450"
    ),
  ]

  @Test("balances as rows, pages, answers and tables", arguments: snapshots.indices)
  func snapshot(index: Int) throws {
    let (log, expected) = Self.snapshots[index]
    #expect(try entries(log) == [expected])
    #expect(try entries(log, format: .snapshots) == [expected])
  }

  /// A format, rows, and the rejects.
  static let damaged: [(LogFormat, String, [String])] = [
    (
      .transactions, #"{"amount":-1,"type":"usage"}"#,
      ["missing:1:1: created_at not given; expected a time in every row"]
    ),
    (
      .transactions, #"{"amount":null,"created_at":"2026-11-18T09:30:00Z"}"#,
      ["missing:1:1: amount not given; expected an amount in every row"]
    ),
    (
      .transactions, #"[{"amount":"ten","created_at":"2026-11-18T09:30:00Z"}]"#,
      ["number:1:13: amount is \"ten\"; expected a plain number such as 12.5"]
    ),
    (
      .transactions, #"{"amount":0.0000001,"created_at":"2026-11-18T09:30:00Z"}"#,
      ["range:1:11: amount is finer than a millionth; expected at most six decimals"]
    ),
    (
      .transactions, #"{"amount":-1e13,"created_at":"2026-11-18T09:30:00Z"}"#,
      ["range:1:11: amount is too large to be held exactly; expected at most 9,223,372,036,854"]
    ),
    (
      .transactions, #"{"amount":[1],"created_at":"2026-11-18T09:30:00Z"}"#,
      ["type:1:11: amount is a list; expected a text or a number"]
    ),
    (
      .transactions, #"{"amount":1,"created_at":"1999-12-31T23:59:59Z"}"#,
      ["ancient:1:27: 1999-12-31T23:59:59Z is before 2000; expected a later time"]
    ),
    (
      .transactions, #"{"amount":1,"amount":2,"created_at":"2026-11-18T09:30:00Z"}"#,
      [#"repeated_key:1:13: key "amount" is given twice; expected each key once"#]
    ),
    (
      .transactions, "amount,created_at\n-1,2026-11-18\n-1\nx,2026-11-18T09:30:00Z\n",
      [
        "time:2:14: \"2026-11-18\" is not a time: no T follows the date; expected a time such as"
          + " 2026-11-18T09:30:00Z",
        "columns:3:3: the row has 1 field, the header 2; expected as many fields as the header names",
        "number:4:1: amount is \"x\"; expected a plain number such as 12.5",
      ]
    ),
    (.snapshots, seed + "}", ["missing:1:1: time not given; expected a time in every row"]),
    (
      .snapshots, #"{"balance":null,"time":"2026-11-18T09:30:00Z"}"#,
      ["missing:1:1: balance not given; expected balance, billing_period_used or tier"]
    ),
    (
      .snapshots, #"{"data":{"available_credits":"x"},"time":"2026-11-18T09:30:00Z"}"#,
      ["number:1:31: balance is \"x\"; expected a plain number such as 12.5"]
    ),
    (
      .snapshots, "{\"balance\":1,\n{\"balance\":2,\"time\":\"2026-11-18T09:30:00Z\"}",
      [#"json:2:1: "{" stands where a key belongs; expected a key in quotes"#]
    ),
    (
      .snapshots, "no JSON\n{\"balance\":2,\"time\":\"2026-11-18T09:30:00Z\"}\n5",
      [
        #"json:1:1: "n" stands where a document belongs; expected { or ["#,
        #"json:3:1: "5" stands after the end of the document; expected { or [, or nothing more"#,
      ]
    ),
  ]

  @Test("rows that cannot be used are told with their place", arguments: damaged.indices)
  func damage(index: Int) throws {
    let (format, log, expected) = Self.damaged[index]
    let read = try entries(log, format: format)
    #expect(read.filter { !$0.hasPrefix("snapshot") && !$0.hasPrefix("transaction") } == expected)
  }

  @Test("a row ahead of its time is a reject")
  func future() throws {
    var options = ReadOptions(name: "log")
    options.latest = Instant("2026-11-18T09:30:00Z")
    let log =
      #"{"balance":1,"time":"2026-11-18T09:30:00Z"}"# + "\n"
      + #"{"balance":1,"time":"2026-11-18T09:30:01Z"}"#
    let reader = try LogReader.open(MemorySource(Array(log.utf8)), format: nil, options: options)
    guard case .snapshot = try reader.next(), case .reject(let reject) = try reader.next() else {
      Issue.record("another entry")
      return
    }
    #expect(reject.reason == .future)
    #expect(reject.line == 2 && reject.column == 22)
  }

  @Test("a header without what each row needs is refused")
  func header() {
    #expect(
      refusal("created_at,type\n", format: .transactions)?.hasPrefix(
        "log:1:1: error: no column amount; the columns are created_at, type"
      ) == true
    )
    #expect(
      refusal("balance,tier\n", format: .snapshots)?.hasPrefix(
        "log:1:1: error: no column time; the columns are balance, tier"
      ) == true
    )
    #expect(
      refusal("time,balance,balance\n", format: .snapshots)?.hasPrefix(
        "log:1:14: error: column \"balance\" stands twice in the header"
      ) == true
    )
  }

  @Test("rejected rows are read again by themselves")
  func again() throws {
    let table = "amount,created_at\n-1,x\n"
    #expect(try entriesAgain(table).map { String($0.prefix(4)) } == ["time"])
    let list = #"[{"amount":-1,"type":"usage"},{"amount":"x","created_at":"2026-11-18T09:30:00Z"}]"#
    #expect(
      try entriesAgain(list).map { String($0.prefix { $0 != ":" }) } == ["missing", "number"]
    )
  }

  @Test("times and organisations under other names")
  func mapped() throws {
    #expect(
      try entries(
        #"{"balance":1,"when":"2026-11-18T09:30:00Z","team":"o"}"#,
        mapped: [("timestamp", "when"), ("org_id", "team")]
      ) == ["snapshot 2026-11-18T09:30:00Z 1 org=o"]
    )
  }
}
