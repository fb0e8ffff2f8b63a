import PriceBooks
import Rating
import Testing

@Suite("The shipped book against the inventory of endpoints")
struct InventoryTests {
  /// What the inventory calls metered and the book leaves to the destination.
  static let exceptions = ["audience.push": "unpriced"]

  /// Rows of unknown class that are a known row under another name of its placeholder, so that
  /// no book could tell the two apart.
  static let twins: Set<String> = [
    "GET /api/v1/appointments/bookings/{uid}",
    "POST /api/v1/appointments/bookings/{uid}/reschedule",
    "GET /api/v1/appointments/event-types/{id}",
    "GET /api/v1/appointments/routing-forms/{id}",
    "GET /api/v1/appointments/routing-forms/{id}/responses",
    "GET /api/v1/appointments/schedules/{id}",
    "GET /api/v1/appointments/schedules/{id}/availability",
    "GET /api/v1/appointments/workflows/{id}",
    "GET /api/v1/audience-syncs/{id}/errors",
    "POST /api/v1/audience-syncs/{id}/trigger",
    "GET /api/v1/radar/competitors/{id}",
    "GET /api/v1/radar/competitors/{id}/ads",
    "GET /api/v1/radar/competitors/{id}/battle-card",
    "GET /api/v1/radar/competitors/{id}/discover-pages",
    "GET /api/v1/radar/competitors/{id}/engagers",
    "GET /api/v1/radar/competitors/{id}/pages",
    "GET /api/v1/radar/competitors/{id}/posts",
    "POST /api/v1/radar/competitors/{id}/scan",
    "GET /api/v1/radar/competitors/{id}/traffic",
    "GET /api/v1/radar/snapshots/{id}/compare",
    "GET /api/v1/sequences/{id}/analytics",
    "GET /api/v1/sequences/{id}/preview",
  ]

  @Test("the inventory has 814 rows: 501 free, 69 metered, 244 unknown")
  func counts() throws {
    let rows = try Inventory.shipped().rows
    #expect(rows.count == 814)
    #expect(rows.count { $0.kind == "free" } == 501)
    #expect(rows.count { $0.kind == "metered" } == 69)
    #expect(rows.count { $0.kind == "unknown" } == 244)
  }

  @Test("every row resolves to an operation of its class, and every unknown row to none")
  func agrees() throws {
    let failures = try Inventory.shipped().failures(
      in: shippedBook(),
      exceptions: Self.exceptions,
      except: Self.twins
    )
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
  }

  @Test("exactly 22 unknown rows are known routes under another placeholder name")
  func namesTwins() throws {
    let book = try shippedBook()
    let rows = try Inventory.shipped().rows
    let resolved = rows.filter { row in
      row.kind == "unknown" && row.failure(in: book, exceptions: [:]) != nil
    }
    #expect(Set(resolved.map(\.description)) == Self.twins)
    #expect(Self.twins.count == 22)
    let knownRoutes = Set(rows.filter { $0.kind != "unknown" }.map(\.route))
    for row in resolved { #expect(knownRoutes.contains(row.route), "\(row)") }
  }

  @Test("a row of whole families stands for its collection, its items and what it names besides")
  func expandsFamilies() {
    func requests(_ method: String, _ path: String) -> [String] {
      Inventory.Row(method: method, path: path, kind: "free").requests.map { "\($0) \($1)" }
    }
    #expect(
      requests("*", "/api/v1/contacts (all CRUD)") == [
        "GET /api/v1/contacts", "POST /api/v1/contacts", "GET /api/v1/contacts/a1b2",
        "PATCH /api/v1/contacts/a1b2", "PUT /api/v1/contacts/a1b2",
        "DELETE /api/v1/contacts/a1b2",
      ]
    )
    let quotes = requests("*", "/api/v1/quotes/* (CRUD, send is free)")
    #expect(quotes.count == 7)
    #expect(quotes.last == "POST /api/v1/quotes/a1b2/send")
    #expect(requests("*", "/api/v1/pages/* (CRUD+publish)").last?.hasSuffix("/publish") == true)
    #expect(requests("*", "/webhooks/* (mgmt+delivery)").last?.hasSuffix("/deliveries") == true)
    #expect(requests("GET", "/intent/* (reads)") == ["GET /intent/a", "GET /intent/a/b"])
    #expect(requests("GET", "/public/visitors/*").count == 2)
    #expect(requests("POST", "/v?provider=a|b") == ["POST /v?provider=a", "POST /v?provider=b"])
    #expect(requests("BACKGROUND", "a (b, c)") == ["BACKGROUND a (b, c)"])
  }

  static let named: [(method: String, path: String, operation: String)] = [
    ("BACKGROUND", "intent signal processing", "intent.process"),
    ("BACKGROUND", "event-stream ingest at scale", "events.ingest"),
    ("SDK", "g8.copilot.ask", "copilot.chat"),
    ("STUDIO", "Studio AI generation (brief, brand kit, intelligence)", "studio.generate"),
  ]

  @Test("what has no path is found by its name", arguments: named)
  func resolvesNames(method: String, path: String, operation: String) throws {
    let row = try #require(try Inventory.shipped().rows.first { $0.path == path })
    #expect(row.method == method)
    let book = try shippedBook()
    let match = try #require(book.matcher.match(method: method, target: path))
    #expect(book.operations[match.operation].id == operation)
  }

  static let faults: [(override: String, row: String)] = [
    (
      "{id: contacts.manage, metering: metered, price: 1, rounding: exact, source: SEED, confidence: published}",
      "/api/v1/contacts"
    ),
    ("{id: meeting.book, metering: free}", "/api/v1/appointments/bookings"),
    ("{id: voice.outbound, requests: [POST /voice/calls]}", "/voice/dialer/sessions/"),
    ("{id: intent.process, requests: []}", "intent signal processing"),
    ("{id: ads.read, requests: ['POST /ad-campaigns/{id}/ads/batch']}", "/ads/batch"),
    (
      "{id: audience.push, metering: metered, price: 1, rounding: exact, source: SEED, confidence: published}",
      "/trigger"
    ),
  ]

  @Test("a book with one planted fault fails the check, at that row", arguments: faults)
  func findsPlantedFault(override: String, row: String) throws {
    let book = try overriding("operations: [\(override)]")
    let failures = try Inventory.shipped().failures(
      in: book,
      exceptions: Self.exceptions,
      except: Self.twins
    )
    #expect(failures.contains { $0.contains(row) }, "\(failures)")
  }
}

extension Inventory.Row {
  /// The row without the names of its placeholders.
  fileprivate var route: String { method + " " + path.replacing(/\{[^}]*\}/, with: "{}") }
}
