import CreditCore
import Digests
import Settings
import Testing
import UsageStore

@testable import Intake

@Suite("Whom a webhook is from")
struct WebhookSignatureTests {
  private let desk: Desk
  private let body: String

  init() throws {
    desk = try Desk()
    body = desk.event("test", "{}", id: "e1")
  }

  private func code(_ text: String, _ secret: String = Desk.secret) throws -> String {
    hexText(try hmacSHA256(key: secret.utf8, text.utf8))
  }

  private func refusal(_ outcome: WebhookOutcome) -> WebhookRefusal? {
    if case .refused(let refusal) = outcome { refusal } else { nil }
  }

  private func take(
    _ intake: WebhookIntake,
    _ body: String,
    _ headers: [(name: String, value: String)]
  ) throws -> WebhookRefusal? {
    refusal(try intake.take(Array(body.utf8), headers, into: desk.store, now: desk.now))
  }

  @Test("a signature over the body is 64 hexadecimal digits, in any case, with or without sha256=")
  func forms() throws {
    let right = try code(body)
    for value in [right, "sha256=" + right, right.uppercased(), "sha256=" + right.uppercased()] {
      #expect(try take(desk.intake(), body, [("x-g8-signature", value)]) == nil)
    }
  }

  @Test("what is no signature, or of something else, is refused and leaves nothing")
  func wrong() throws {
    let right = try code(body)
    let base64 = base64Text(try hmacSHA256(key: Desk.secret.utf8, body.utf8))
    let cases: [([String], WebhookRefusal)] = [
      ([], .noSignature), ([""], .malformedSignature), ([right, right], .manySignatures),
      ([String(right.dropLast())], .malformedSignature), ([right + "0"], .malformedSignature),
      ([right + ", " + right], .malformedSignature), (["sha1=" + right], .malformedSignature),
      (["SHA256=" + right], .malformedSignature), ([base64], .malformedSignature),
      ([" " + right], .malformedSignature), ([String(right.dropLast()) + "g"], .malformedSignature),
      ([try code(body + " ")], .wrongSignature), ([try code(body, "other")], .wrongSignature),
      ([String(repeating: "0", count: 64)], .wrongSignature),
    ]
    for (values, expected) in cases {
      let headers = values.map { (name: "x-g8-signature", value: $0) }
      #expect(try take(desk.intake(), body, headers) == expected, "\(values)")
    }
    let other = body.replacing("e1", with: "e2")
    #expect(try take(desk.intake(), other, [("x-g8-signature", right)]) == .wrongSignature)
    #expect(try desk.store.eventCounts(of: "org_1", since: Instant(microseconds: 0)).isEmpty)
  }

  @Test("two secrets hold while one takes over from the other, and without any nothing does")
  func secrets() throws {
    let old = [(name: "x-g8-signature", value: try code(body))]
    let new = [(name: "x-g8-signature", value: try code(body, "hook-secret-2"))]
    let both = desk.intake(secrets: "hook-secret-2, \(Desk.secret)")
    #expect(try take(both, body, old) == nil)
    #expect(try take(both, body, new) == nil)
    #expect(try take(desk.intake(secrets: "hook-secret-2"), body, old) == .wrongSignature)
    let empty = [(name: "x-g8-signature", value: try code(body, ""))]
    for secrets in [nil, "", ",", " , "] {
      #expect(try take(desk.intake(secrets: secrets), body, empty) == .noSecret)
    }
    #expect(WebhookRefusal.noSecret.kind == .unavailable)
    #expect(WebhookRefusal.stale.kind == .unauthorised)
    #expect(WebhookRefusal.notAnEvent("").kind == .badRequest)
  }

  @Test("a signed time of the body may be 15 minutes old and 5 ahead, and not a second more")
  func freshness() throws {
    for (age, expected) in [
      (900, nil), (901, .stale), (31_536_000, .stale), (-300, nil), (-301, .ahead),
    ] as [(Int64, WebhookRefusal?)] {
      let body = desk.event("test", "{}", id: "age \(age)", age: age)
      #expect(refusal(try desk.send(body)) == expected, "\(age)")
    }
    let seconds = desk.now.microseconds / 1_000_000
    for (time, expected) in [
      ("\(seconds)", nil), ("\(seconds - 901)", .stale), (#""abc""#, .noTime), ("-5", .noTime),
      ("9223372036854775808", .noTime), ("\(seconds)000", .ahead), (#""2026-11-18""#, .noTime),
      ("null", nil),
    ] as [(String, WebhookRefusal?)] {
      let body = #"{"event":"test","timestamp":\#(time)}"#
      #expect(refusal(try desk.send(body)) == expected, "\(time)")
    }
  }

  @Test("with a signed timestamp, the time is the header's, in seconds")
  func timestamped() throws {
    let seconds = desk.now.microseconds / 1_000_000
    let intake = desk.intake(.timestamped)
    func headers(_ time: String) throws -> [(name: String, value: String)] {
      [
        ("x-studio-timestamp", time),
        ("x-studio-signature", "sha256=" + (try code("\(time).\(body)"))),
      ]
    }
    for (time, expected) in [
      ("\(seconds)", nil), ("\(seconds - 900)", nil), ("\(seconds - 901)", .stale),
      ("\(seconds + 300)", nil), ("\(seconds + 301)", .ahead), ("\(seconds)000", .noTime),
      ("-5", .noTime), ("abc", .noTime), ("", .noTime), ("9223372036854775808", .noTime),
      ("+\(seconds)", .noTime), ("\(desk.now)", .noTime),
    ] as [(String, WebhookRefusal?)] {
      #expect(try take(intake, body, try headers(time)) == expected, "\(time)")
    }
    let right = try headers("\(seconds)")
    #expect(try take(intake, body, [right[1]]) == .noTime)
    #expect(try take(intake, body, right + [right[0]]) == .noTime)
    #expect(try take(intake, body, right + [right[1]]) == .manySignatures)
    let moved = [("x-studio-timestamp", "\(seconds + 1)"), right[1]]
    #expect(try take(intake, body, moved) == .wrongSignature)
    let plain = [right[0], (name: "x-g8-signature", value: try code(body))]
    #expect(try take(intake, body, plain) == .noSignature)
  }

  @Test("a captured signature over timestamp and body signs no event by itself")
  func crossScheme() throws {
    let forged = "\(desk.now.microseconds / 1_000_000).\(body)"
    let refusal = try take(desk.intake(), forged, [("x-g8-signature", try code(forged))])
    #expect(refusal?.kind == .badRequest)
    #expect(try desk.store.eventCounts(of: "org_1", since: Instant(microseconds: 0)).isEmpty)
  }

  @Test(
    "what is signed but no event of this organisation is refused",
    arguments: [
      ("", WebhookRefusal.Kind.badRequest), ("{", .badRequest), ("[]", .badRequest),
      ("null", .badRequest), (#"{"data":{}}"#, .badRequest), (#"{"event":""}"#, .badRequest),
      (#"{"event":7}"#, .badRequest), (#"{"event":"a","event":"b"}"#, .badRequest),
      (#"{"event":"a"} {}"#, .badRequest), ("event: a", .badRequest),
      (#"{"event":"a","org_id":"org_2"}"#, .unauthorised),
      (#"{"event":"a","org_id":"ORG_1"}"#, .unauthorised),
      (#"{"event":"a","org_id":1}"#, .unauthorised),
    ]
  )
  func bodies(body: String, expected: WebhookRefusal.Kind) throws {
    #expect(refusal(try desk.send(body))?.kind == expected)
    #expect(try desk.store.eventCounts(of: "org_1", since: Instant(microseconds: 0)).isEmpty)
  }
}
