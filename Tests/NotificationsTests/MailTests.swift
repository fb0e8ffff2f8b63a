import CreditCore
import Foundation
import TestSupport
import Testing
import Transport

@testable import Notifications

@Suite("A mail server takes the mails")
struct MailTests {
  struct Taken: Decodable {
    var from: String
    var to: [String]
    var content: String
  }

  /// Sends a message and gives what came of it, and what the server took.
  private func send(
    _ message: AlertMessage,
    _ arguments: [String] = [],
    times: Int = 1,
    change: (inout MailServer) -> Void = { _ in }
  ) throws -> (outcome: DeliveryOutcome, taken: [Taken]) {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    let server = try LoopbackServer("Servers/mail-server", [file.path] + arguments)
    var mail = MailServer(host: "127.0.0.1", port: server.port)
    change(&mail)
    let to = ["growth@example.com", "ops@example.com"]
    let sink = MailSink(mail, from: "credits@example.com", to: to)
    var outcome = DeliveryOutcome.delivered
    for _ in 0..<times { outcome = sink.deliver(message, at: Samples.now) }
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    let taken = try text.split(separator: "\n").map {
      try JSONDecoder().decode(Taken.self, from: Data($0.utf8))
    }
    return (outcome, taken)
  }

  @Test("a mail has headers that mailboxes want, and all that the message says")
  func mail() throws {
    var message = try Samples.message()
    message.rule = "Guthaben für den März ist knapp: weniger als 5.000 übrig – bald leer"
    message.reason = String(repeating: "ein langer Satz mit ü. ", count: 60)
    let (outcome, taken) = try send(message, times: 2)
    #expect(outcome == .delivered)
    #expect(taken.count == 2)
    let mail = try #require(taken.first)
    #expect(mail.from == "credits@example.com")
    #expect(mail.to == ["growth@example.com", "ops@example.com"])
    let parts = mail.content.components(separatedBy: "\r\n\r\n")
    #expect(parts.count == 2)
    #expect(mail.content.utf8.allSatisfy { $0 < 0x80 })
    let headers = parts[0].replacing("\r\n ", with: " ").components(separatedBy: "\r\n")
    for header in [
      "From: credits@example.com", "To: growth@example.com, ops@example.com",
      "Message-ID: <msg_2f1c@example.com>", "Date: Fri, 20 Nov 2026 12:02:03 +0000",
      "Auto-Submitted: auto-generated",
    ] {
      #expect(headers.contains(header), "\(header) is not in \(headers)")
    }
    let subject = try #require(headers.first { $0.hasPrefix("Subject: ") }?.dropFirst(9))
    let words = try subject.split(separator: " ").map { word in
      #expect(word.count <= 75 && word.hasPrefix("=?utf-8?B?") && word.hasSuffix("?="))
      let data = try #require(Data(base64Encoded: String(word.dropFirst(10).dropLast(2))))
      return try #require(String(data: data, encoding: .utf8))
    }
    #expect(words.joined() == message.headline)
    let lines = parts[1].components(separatedBy: "\r\n")
    #expect(lines.allSatisfy { $0.count <= 76 })
    let data = try #require(Data(base64Encoded: lines.joined()))
    let text = try #require(String(data: data, encoding: .utf8))
    #expect(text.contains(message.reason.trimmingCharacters(in: .whitespaces)))
    #expect(text.contains("by data as of 2026-11-20T11:59:00Z"))
    // A second attempt is the same mail.
    #expect(taken[1].content == mail.content)
  }

  @Test("a rule's name brings no header along")
  func injection() throws {
    var message = try Samples.message()
    message.rule = "x\r\nBcc: thief@example.com\r\n\r\nbody"
    message.id = "id\r\nX: y"
    let mail = try #require(try send(message).taken.first)
    #expect(!mail.content.contains("\r\nBcc"))
    #expect(!mail.content.contains("\r\nX: y"))
    #expect(mail.to == ["growth@example.com", "ops@example.com"])
  }

  @Test("a server that wants a login gets it")
  func login() throws {
    let message = try Samples.message()
    let arguments = ["--login", "meter:canary"]
    let (outcome, taken) = try send(message, arguments) {
      $0.login = (name: "meter", password: Secret("canary"))
    }
    #expect(outcome == .delivered && taken.count == 1)
    let wrong = try send(message, arguments) {
      $0.login = (name: "meter", password: Secret("canary2"))
    }
    guard case .refused(let reason) = wrong.outcome else {
      Issue.record("\(wrong.outcome)")
      return
    }
    #expect(!reason.contains("canary"))
  }

  @Test("a mail that is deferred is tried again, one that is refused is not")
  func answers() throws {
    guard case .retry = try send(try Samples.message(), ["--answer", "451 later"]).outcome else {
      Issue.record("451 is not tried again")
      return
    }
    guard case .refused = try send(try Samples.message(), ["--answer", "550 nobody"]).outcome
    else {
      Issue.record("550 is tried again")
      return
    }
  }

  @Test("mail for another machine goes by TLS only")
  func secure() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    let server = try LoopbackServer("Servers/mail-server", [file.path])
    var mail = MailServer(host: "127.0.0.1", port: server.port)
    #expect(mail.security == .none)
    #expect(MailServer(host: "mail.example.com", port: 587).security == .upgraded)
    #expect(MailServer(host: "mail.example.com", port: 465).security == .immediate)
    mail.security = .upgraded
    let sink = MailSink(mail, from: "a@example.com", to: ["b@example.com"])
    guard case .retry = sink.deliver(try Samples.message(), at: Samples.now) else {
      Issue.record("sent without TLS")
      return
    }
    #expect(!FileManager.default.fileExists(atPath: file.path))
  }

  @Test("addresses that would say more than one thing are refused")
  func addresses() throws {
    for address in ["a@example.com>\r\nRCPT TO:<b@example.com", "a b@example.com", "<a@b>"] {
      let mail = MailServer(host: "127.0.0.1", port: 1)
      let sink = MailSink(mail, from: "a@example.com", to: [address])
      guard case .refused = sink.deliver(try Samples.message(), at: Samples.now) else {
        Issue.record("\(address) was sent to")
        continue
      }
    }
  }
}
