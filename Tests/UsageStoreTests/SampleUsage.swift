import CreditCore
import Foundation
import TestSupport
import UsageStore

/// Random requests in memory, and the same in a database.
struct SampleUsage {
  struct Call {
    var identity: UInt64
    /// Microseconds since 1970.
    var at: Int64
    var series: Series
    var arguments: [String]
    var quantity: Int64?
    var credits: Int64?
    var source: String

    var time: Instant { Instant(microseconds: at) }

    /// The route with its arguments, by a way of its own.
    var path: String {
      var rest = arguments
      let parts = series.route.split(separator: "/").map { part -> String in
        switch part {
        case "{}": rest.removeFirst()
        case "**": rest.joined(separator: "/")
        default: String(part)
        }
      }
      return series.route.isEmpty ? "" : "/" + parts.joined(separator: "/")
    }
  }

  /// 2026-03-20T00:00:00Z, nine days before clocks change in Europe.
  static let start: Int64 = 1_773_964_800_000_000
  static let day: Int64 = 86_400_000_000
  static let bookName = "sample 1"

  var calls: [Call]

  init(calls: [Call]) { self.calls = calls }

  init(count: Int, days: Int64, _ random: inout SeededRandom) {
    var calls: [Call] = []
    for _ in 0..<count { calls.append(Self.call(days: days, &random)) }
    self.calls = calls.sorted {
      ($0.at / 1_000_000, $0.identity >> 33) < ($1.at / 1_000_000, $1.identity >> 33)
    }
  }

  private static func call(days: Int64, _ random: inout SeededRandom) -> Call {
    let (operation, method, route, unit) = random.pick([
      ("sequence.enroll", "POST", "/sequences/{}/contacts", Unit.step),
      ("voice.outbound", "POST", "/voice/calls", .minute),
      ("crm.contacts", "GET", "/contacts/{}", .request),
      ("audience.push", "POST", "/audience-syncs/{}/trigger", .record),
      ("unknown", "GET", "/nowhere/**", .request), ("intent.process", "", "", .event),
    ])
    let status = random.pick([200, 200, 201, 404, 429, 500, nil])
    let replayed = random.chance(0.1)
    let isCharged = !replayed && (status ?? 200) < 300
    let basis = isCharged ? random.pick(Basis.allCases) : .counted
    let campaign = random.pick(["spring", "=cmd", "a\"b\\c", ""])
    // The two teams look alike and are different bytes.
    let tags = random.pick([
      "{}", #"{"campaign":\#(quoted(campaign))}"#, "{\"team\":\"\u{E9}\"}",
      "{\"campaign\":\(quoted(campaign)),\"team\":\"\u{E9}\"}", "{\"team\":\"e\u{301}\"}",
    ])
    let series = Series(
      org: random.pick(["north", "south", "", "s\u{FC}d", "su\u{308}d"]),
      operation: operation,
      metering: random.pick(Metering.allCases),
      unit: unit,
      method: method,
      route: route,
      status: status,
      replayed: replayed,
      basis: basis,
      book: 1,
      plan: random.pick(["platform", "payg"]),
      tags: tags
    )
    // Some lie at the very edge of a day, an hour or a second.
    var at = start + Int64(random.next() % UInt64(days * day))
    if random.chance(0.2) { at -= at % random.pick([1_000_000, 3_600_000_000, day]) }
    let arguments: [String] =
      switch route {
      case "/nowhere/**": random.pick([[], ["x"], ["x", "y_1"]])
      case let route where route.contains("{}"): [random.pick(["a_1", "b_2", "c"])]
      default: []
      }
    return Call(
      identity: random.next(),
      at: at,
      series: series,
      arguments: arguments,
      quantity: isCharged ? random.pick([nil, 1_000_000, 2_500_000, 7]) : 0,
      credits: !isCharged ? 0 : basis == .unpriced ? nil : Int64(random.below(50_000_000)),
      source: random.pick(["log", "gateway"])
    )
  }

  static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// A new database that holds them, opened to be read.
  func store(in folder: URL) throws -> UsageStore {
    let path = try fill(folder)
    return try UsageStore(path: path, .reading)
  }

  /// Makes a database that holds them; its path.
  func fill(_ folder: URL) throws -> String {
    let path = folder.appending(path: "usage.db").path
    do {
      try add(to: UsageStore(path: path, .writing(holder: "a test")))
    }
    return path
  }

  /// Adds them to what a database holds, by a writer that is kept.
  func add(to store: UsageStore) throws {
    for source in ["log", "gateway"] {
      let started = Instant(microseconds: Self.start)
      let description = ImportDescription(file: source, source: source, started: started)
      try store.importing(description, keepsWriter: true) { writer in
        _ = try writer.book(provider: "sample", version: "1", effective: started, content: "")
        for call in calls where call.source == source { try add(call, to: writer) }
      }
    }
  }

  private func add(_ call: Call, to writer: ImportWriter) throws {
    let request = NewRequest(
      identity: call.identity,
      hasID: true,
      time: call.time,
      series: try writer.number(of: call.series),
      quantity: call.quantity,
      credits: call.credits,
      line: 1
    )
    let arguments = Array(call.arguments.joined(separator: "/").utf8)
    try arguments.withUnsafeBufferPointer {
      try writer.add(request, arguments: call.arguments.isEmpty ? .absent : $0, raw: .absent)
    }
  }
}

/// A folder of its own that goes away with the value.
final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}
