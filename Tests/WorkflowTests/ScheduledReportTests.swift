import CreditCore
import Foundation
import Notifications
import Settings
import TestSupport
import Testing
import Transport
import UsageStore

@testable import Workflows

@Suite("Reports go out when their time has come, each once")
struct ScheduledReportTests {
  private let desk: Desk

  init() throws { desk = try Desk() }

  private func instant(_ text: String) throws -> Instant { try #require(Instant(text)) }

  // MARK: Times

  @Test("a time of the week is found as the zone's clocks show it")
  func times() throws {
    let berlin = try Zones.named("Europe/Berlin")
    for (every, now, last, next) in [
      ("monday 08:00", "2026-11-18T10:00:00Z", "2026-11-16T07:00:00Z", "2026-11-23T07:00:00Z"),
      ("monday 08:00", "2026-11-16T07:00:00Z", "2026-11-16T07:00:00Z", "2026-11-23T07:00:00Z"),
      ("monday 08:00", "2026-11-16T06:59:59Z", "2026-11-09T07:00:00Z", "2026-11-16T07:00:00Z"),
      // Clocks go back on 25 October, and forward on 29 March.
      ("monday 08:00", "2026-10-22T00:00:00Z", "2026-10-19T06:00:00Z", "2026-10-26T07:00:00Z"),
      ("08:00", "2026-10-24T23:00:00Z", "2026-10-24T06:00:00Z", "2026-10-25T07:00:00Z"),
      ("02:30", "2026-03-29T12:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"),
      ("02:30", "2026-10-25T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
      ("02:30", "2026-10-25T01:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
      ("00:00", "2026-12-31T23:00:00Z", "2026-12-31T23:00:00Z", "2027-01-01T23:00:00Z"),
    ] {
      let time = try #require(WeeklyTime(every))
      #expect(time.last(upTo: try instant(now), in: berlin) == (try instant(last)), "\(now)")
      #expect(time.next(after: try instant(now), in: berlin) == (try instant(next)), "\(now)")
    }
  }

  // MARK: What is sent

  /// What standard output got.
  private final class Output {
    var texts: [String] = []
    var isBroken = false

    struct Broken: Error {}
  }

  private func report(
    _ every: String,
    _ period: Settings.ScheduledReport.Period = .weekly,
    _ format: String = "table",
    to: String...
  ) throws -> Settings.ScheduledReport {
    let time = try #require(WeeklyTime(every))
    let source = SourceText(name: "creditmeter.yaml", bytes: Array("send_to".utf8))
    let recipients = to.enumerated().map { place, name in
      Settings.ScheduledReport.Recipient(
        name: name,
        mark: SourceMark(source: source, line: 1, column: place + 1)
      )
    }
    return Settings.ScheduledReport(every: time, period: period, format: format, sendTo: recipients)
  }

  private func reports(
    _ reports: [Settings.ScheduledReport],
    _ destinations: [Destination] = [Destination(name: "log", kind: .stdout)],
    output: Output = Output()
  ) throws -> ScheduledReports {
    let sinks = Sinks(
      variable: { $0 == "HOOK_SECRET" ? "canary" : nil },
      write: { text in
        if output.isBroken { throw Output.Broken() }
        output.texts.append(text)
      }
    )
    var scheduled = ScheduledReports(reports, to: destinations, sinks, desk.shelf) { 0.5 }
    scheduled.zone = try Zones.named("Europe/Berlin")
    return scheduled
  }

  /// Has been at work for a week, with a meeting in it.
  private func begin(_ scheduled: ScheduledReports, at time: String = "2026-11-10T12:00:00Z") throws
  {
    desk.now = try instant(time)
    _ = try scheduled.step(desk.store, now: desk.now)
    try desk.ingest([desk.line("POST /appointments/bookings", age: 0, id: "r1")])
  }

  private func step(_ scheduled: ScheduledReports, _ time: String) throws -> ScheduledReports.Step {
    try scheduled.step(desk.store, now: try instant(time))
  }

  @Test("each period once, over restarts and whatever the clock does")
  func once() throws {
    let output = Output()
    let scheduled = try reports([try report("monday 08:00", to: "log")], output: output)
    try begin(scheduled)
    // What was due before anybody scheduled it is not sent.
    #expect(output.texts.isEmpty)
    #expect(try step(scheduled, "2026-11-16T06:59:59Z").sent.isEmpty)
    let due = try step(scheduled, "2026-11-16T07:00:00Z")
    #expect(due.sent == ["weekly table 2026-W46 to log"])
    #expect(due.next == (try instant("2026-11-23T07:00:00Z")))
    #expect(output.texts[0].hasPrefix("Weekly report 2026-W46: 9 to 15 November 2026"))
    #expect(output.texts[0].contains("credits    20"))
    for time in ["2026-11-16T07:00:01Z", "2026-11-16T06:00:00Z", "2026-11-12T00:00:00Z"] {
      try desk.reopen()
      #expect(try step(scheduled, time).sent.isEmpty, "\(time)")
    }
    // Three weeks of nothing: the last one is sent.
    #expect(try step(scheduled, "2026-12-09T00:00:00Z").sent == ["weekly table 2026-W49 to log"])
    #expect(try step(scheduled, "2026-12-09T00:00:01Z").sent.isEmpty)
    // Another time of the week is no other report.
    let moved = try reports([try report("wednesday 06:00", to: "log")], output: output)
    #expect(try step(moved, "2026-12-09T12:00:00Z").sent.isEmpty)
    #expect(try step(moved, "2026-12-16T05:00:00Z").sent == ["weekly table 2026-W50 to log"])
    #expect(output.texts.count == 3)
  }

  @Test("days and months have reports of their own, a month one however often it is asked for")
  func kinds() throws {
    let scheduled = try reports([
      try report("08:00", .daily, to: "log"), try report("monday 08:00", .monthly, to: "log"),
    ])
    try begin(scheduled, at: "2026-11-28T12:00:00Z")
    #expect(try step(scheduled, "2026-11-29T07:00:00Z").sent == ["daily table 2026-11-28 to log"])
    #expect(try step(scheduled, "2026-11-30T07:00:00Z").sent == ["daily table 2026-11-29 to log"])
    let december = try step(scheduled, "2026-12-07T07:00:00Z").sent
    #expect(december == ["daily table 2026-12-06 to log", "monthly table 2026-11 to log"])
    #expect(try step(scheduled, "2026-12-14T07:00:00Z").sent == ["daily table 2026-12-13 to log"])
  }

  @Test("what does not arrive is tried again later and later, and stays visible when given up")
  func retries() throws {
    let output = Output()
    output.isBroken = true
    let scheduled = try reports([try report("monday 08:00", to: "log")], output: output)
    try begin(scheduled)
    var now = try instant("2026-11-16T07:00:00Z")
    let first = try scheduled.step(desk.store, now: now)
    #expect(first.faults.count == 1)
    #expect(first.queued == 1)
    #expect(first.next.microseconds - now.microseconds == 5_000_000)
    // Not before its time.
    let waiting = try step(scheduled, "2026-11-16T07:00:04Z")
    #expect(waiting.faults.isEmpty)
    #expect(waiting.trouble == "report weekly table 2026-W46 to log: Broken()")
    now = first.next
    var faults: [String] = []
    var last = now
    for _ in 0..<9 {
      let step = try scheduled.step(desk.store, now: now)
      faults += step.faults
      (last, now) = (now, step.next)
      try desk.reopen()
    }
    #expect(faults.count == 9)
    #expect(faults[8].hasPrefix("report weekly table 2026-W46 to log: given up: "))
    let failed = try #require(try desk.store.scheduledReports(.failed).first)
    #expect(failed.attempts == 10)
    #expect(failed.error.contains("Broken"))
    let after = try scheduled.step(desk.store, now: last)
    #expect(after.trouble?.contains("was given up: Broken()") == true)
    output.isBroken = false
    #expect(try step(scheduled, "2026-11-23T07:00:00Z").sent == ["weekly table 2026-W47 to log"])
    #expect(output.texts.count == 1)
    #expect(try step(scheduled, "2026-11-23T07:00:01Z").trouble == nil)
  }

  @Test("a destination that is not there is told")
  func unknownDestination() throws {
    let scheduled = try reports([try report("monday 08:00", to: "log", "nowhere")])
    let unknown = try #require(scheduled.unknownDestinations.first)
    #expect(scheduled.unknownDestinations.count == 1)
    #expect(unknown.summary.hasPrefix("creditmeter.yaml:1:2: error: \"nowhere\" is no destination"))
    try begin(scheduled)
    let step = try step(scheduled, "2026-11-16T07:00:00Z")
    #expect(step.sent.count == 1)
    #expect(step.faults.count == 1)
    #expect(step.faults.first?.contains("no such destination") == true)
  }

  @Test("a webhook gets the report as JSON, signed, under the same id on every attempt")
  func webhook() throws {
    let server = try LoopbackServer("Servers/web-server")
    func destination(_ code: String) -> Destination {
      let url = Destination.Address.literal(server.origin + "/hook/\(code)")
      return Destination(name: "hook", kind: .webhook(url, secretVariable: "HOOK_SECRET"))
    }
    let schedule = try report("monday 08:00", .weekly, "html", to: "hook")
    try begin(try reports([schedule], [destination("503")]))
    let busy = try reports([schedule], [destination("503")])
    let failed = try step(busy, "2026-11-16T07:00:00Z")
    #expect(failed.sent.isEmpty)
    let well = try reports([schedule], [destination("204")])
    #expect(try step(well, "2026-11-16T07:00:10Z").sent == ["weekly html 2026-W46 to hook"])
    let posts = try posts(server)
    try #require(posts.count == 2)
    #expect(posts[0].headers["webhook-id"] == posts[1].headers["webhook-id"])
    for post in posts {
      let id = try #require(post.headers["webhook-id"])
      let time = try #require(post.headers["webhook-timestamp"])
      let code = try hmac("\(id).\(time).\(post.body)")
      #expect(post.headers["webhook-signature"] == "v1,\(code)")
      let json = try JSONSerialization.jsonObject(with: Data(post.body.utf8)) as? [String: Any]
      #expect(json?["schema"] as? String == "creditmeter.report/1")
      #expect((json?["totals"] as? [String: Any])?["credits"] as? Double == 20)
    }
  }

  @Test("a chat gets a few lines")
  func slack() throws {
    let server = try LoopbackServer("Servers/web-server")
    let url = Destination.Address.literal(server.origin + "/hook/200")
    let scheduled = try reports(
      [try report("monday 08:00", .weekly, "markdown", to: "team")],
      [Destination(name: "team", kind: .slack(url))]
    )
    try begin(scheduled)
    #expect(try step(scheduled, "2026-11-16T07:00:00Z").sent.count == 1)
    let post = try #require(try posts(server).first)
    let json = try JSONSerialization.jsonObject(with: Data(post.body.utf8)) as? [String: String]
    let text = try #require(json?["text"])
    #expect(text.hasPrefix("*Weekly report 2026-W46: "))
    #expect(text.contains("\n20 credits, after none in 2026-W45."))
    #expect(text.count < 1_000)
  }

  @Test(
    "a mail has the page with the text beside it, or the summary with a file",
    arguments: ["html", "csv", "json", "table", "markdown"]
  )
  func mail(format: String) throws {
    let file = desk.folder.appending(path: "mails")
    let server = try LoopbackServer("Servers/mail-server", [file.path])
    let mailbox = Destination.Mailbox(
      host: "127.0.0.1",
      port: server.port,
      from: "credits@example.com",
      to: ["growth@example.com"]
    )
    let scheduled = try reports(
      [try report("monday 08:00", .weekly, format, to: "mail")],
      [Destination(name: "mail", kind: .smtp(mailbox))]
    )
    try begin(scheduled)
    let step = try step(scheduled, "2026-11-16T07:00:00Z")
    #expect(step.sent == ["weekly \(format) 2026-W46 to mail"], "\(step.faults)")
    let parsed = try parse(file)
    #expect(parsed.subject.hasPrefix("Weekly report 2026-W46: "))
    let types = [
      "html": ["text/plain", "text/html"], "csv": ["text/plain", "text/csv"],
      "json": ["text/plain", "application/json"], "table": ["text/plain"],
      "markdown": ["text/plain"],
    ]
    #expect(parsed.parts.map(\.type) == types[format])
    #expect(parsed.defects.isEmpty)
    #expect(parsed.parts[0].text.contains("20"))
    if format == "html" {
      #expect(parsed.parts[1].text.hasPrefix("<!doctype html>"))
      #expect(parsed.parts[0].text.contains("By day\n"))
    }
    if format == "csv" { #expect(parsed.parts[1].name?.hasSuffix(".csv") == true) }
  }

  // MARK: What arrived

  private struct Post: Decodable {
    var headers: [String: String]
    var body: String
  }

  private func posts(_ server: LoopbackServer) throws -> [Post] {
    let address = try WebAddress(server.origin + "/posts")
    let request = HTTPRequest(.get, address, policy: .loopbackOnly)
    return try JSONDecoder().decode([Post].self, from: Data(Connection().send(request).body))
  }

  private func hmac(_ text: String) throws -> String {
    try run(
      "import base64,hashlib,hmac,sys;m=sys.stdin.buffer.read();"
        + "print(base64.b64encode(hmac.new(b'canary',m,hashlib.sha256).digest()).decode(),end='')",
      input: text
    )
  }

  private struct ParsedMail: Decodable {
    struct Part: Decodable {
      var type: String
      var name: String?
      var text: String
    }

    var subject: String
    var parts: [Part]
    var defects: [String]
  }

  /// As Python's reader of mail has it.
  private func parse(_ file: URL) throws -> ParsedMail {
    let json = try run(
      """
      import email, email.policy, json, sys
      lines = open(sys.argv[1]).read().splitlines()
      assert len(lines) == 1, lines
      mail = email.message_from_string(json.loads(lines[0])["content"], policy=email.policy.default)
      parts = [part for part in mail.walk() if not part.is_multipart()]
      print(json.dumps({
          "subject": mail["Subject"],
          "parts": [{
              "type": part.get_content_type(), "name": part.get_filename(),
              "text": part.get_payload(decode=True).decode().replace("\\r\\n", "\\n"),
          } for part in parts],
          "defects": [str(defect) for part in mail.walk() for defect in part.defects],
      }))
      """,
      file.path
    )
    return try JSONDecoder().decode(ParsedMail.self, from: Data(json.utf8))
  }

  private func run(_ script: String, _ arguments: String..., input: String = "") throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script] + arguments
    let (output, given) = (Pipe(), Pipe())
    (process.standardOutput, process.standardInput) = (output, given)
    try process.run()
    given.fileHandleForWriting.write(Data(input.utf8))
    try given.fileHandleForWriting.close()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}
