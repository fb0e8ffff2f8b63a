public import CreditCore

/// One stored request, as it is shown.
public struct ListedRequest: Sendable {
  public var time: String
  public var org: String
  public var operation: String
  public var metering: Metering
  public var method: String
  public var path: String
  public var status: Int?
  public var replayed: Bool
  public var unit: Unit
  /// Nil when nothing tells.
  public var quantity: ExactDecimal?
  /// Nil when no rate is known.
  public var credits: Credits?
  public var basis: Basis
  public var book: String
  public var plan: String
  public var source: String
  public var tags: [(name: String, value: String)]

  public init(
    time: String,
    org: String,
    operation: String,
    metering: Metering,
    method: String,
    path: String,
    status: Int?,
    replayed: Bool,
    unit: Unit,
    quantity: ExactDecimal?,
    credits: Credits?,
    basis: Basis,
    book: String,
    plan: String,
    source: String,
    tags: [(name: String, value: String)]
  ) {
    self.time = time
    self.org = org
    self.operation = operation
    self.metering = metering
    self.method = method
    self.path = path
    self.status = status
    self.replayed = replayed
    self.unit = unit
    self.quantity = quantity
    self.credits = credits
    self.basis = basis
    self.book = book
    self.plan = plan
    self.source = source
    self.tags = tags
  }
}

/// Writes a list of requests in pieces, so that it may be longer than memory; a table, whose
/// columns are as wide as what they hold, is written at the end.
public struct RequestListWriter {
  public enum Format: Sendable {
    case table
    case json
    case csv
    /// One JSON object a line, without totals.
    case ndjson
  }

  private static let pieceSize = 1 << 16

  private let format: Format
  private let deliver: ([UInt8]) throws -> Void
  private var json = JSONWriter()
  private var csv = CSV()
  private var table = TextTable([
    ("time", .left), ("org", .left), ("operation", .left), ("request", .left), ("status", .right),
    ("quantity", .right), ("", .left), ("credits", .right), ("basis", .left),
  ])
  private var count = 0

  /// Times are shown in the zone; `deliver` takes the pieces.
  public init(_ format: Format, zone: String, deliver: @escaping ([UInt8]) throws -> Void) {
    self.format = format
    self.deliver = deliver
    switch format {
    case .table: break
    case .ndjson: json = JSONWriter(openDepth: -1)
    case .json: json.beginList(zone: zone)
    case .csv:
      csv.add(
        [
          "time", "org", "operation", "metering", "method", "path", "status", "replayed", "unit",
          "quantity", "credits", "basis", "book", "plan", "source", "tags",
        ].map(CSV.Cell.text)
      )
    }
  }

  public mutating func add(_ request: ListedRequest) throws {
    count += 1
    switch format {
    case .table:
      table.add([
        request.time, request.org, request.operation,
        request.method.isEmpty ? "" : request.method + " " + request.path,
        (request.status.map(String.init) ?? "") + (request.replayed ? " replay" : ""),
        request.quantity?.grouped() ?? "",
        request.quantity.map { request.unit.words(for: $0) } ?? "",
        request.credits?.decimal.grouped() ?? "unknown", request.basis.rawValue,
      ])
    case .json:
      json.element { $0.write(request) }
      if json.bytes.count > Self.pieceSize { try deliver(json.piece()) }
    case .ndjson:
      json.line { $0.write(request) }
      if json.bytes.count > Self.pieceSize { try deliver(json.piece()) }
    case .csv:
      csv.add(request.cells)
      if csv.text.utf8.count > Self.pieceSize { try deliver(csv.piece()) }
    }
  }

  /// Writes what is left; the totals are of all requests that were asked for, shown or not.
  public mutating func finish(totals: UsageSums, page: ListPage? = nil) throws {
    switch format {
    case .table:
      let all = ExactDecimal(significand: totals.requests, scale: 0).grouped()
      let requests = totals.requests == 1 ? "request" : "requests"
      var text = table.text + "\n"
      text +=
        Int128(count) < totals.requests
        ? "\(ExactDecimal(count).grouped()) of \(all) requests; all of them: "
        : "\(all) \(requests): "
      text += "\(totals.creditsDecimal.grouped()) credits\n" + totals.unpricedSentence
      try deliver(Array(text.utf8))
    case .json:
      json.endList(totals, page)
      try deliver(json.finished())
    case .ndjson: try deliver(json.piece())
    case .csv: try deliver(csv.piece())
    }
  }
}

extension ListedRequest {
  /// The tags as a JSON object.
  private var tagText: String {
    var json = JSONWriter(openDepth: -1)
    json.tags(tags)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  fileprivate var cells: [CSV.Cell] {
    [
      .text(time), .text(org), .text(operation), .text(metering.rawValue), .text(method),
      .text(path), .number(status.map(String.init)), .text(replayed ? "true" : "false"),
      .text(unit.rawValue), .number(quantity?.description), .number(credits?.description),
      .text(basis.rawValue), .text(book), .text(plan), .text(source), .text(tagText),
    ]
  }
}

extension JSONWriter {
  fileprivate mutating func write(_ request: ListedRequest) {
    object { json in
      json.field("time", request.time)
      json.field("org", request.org)
      json.field("operation", request.operation)
      json.field("metering", request.metering.rawValue)
      json.field("method", request.method.isEmpty ? nil : request.method)
      json.field("path", request.path.isEmpty ? nil : request.path)
      json.field("status", request.status.map { ExactDecimal($0) })
      json.field("replayed", request.replayed)
      json.field("unit", request.unit.rawValue)
      json.field("quantity", request.quantity)
      json.field("credits", request.credits)
      json.field("basis", request.basis.rawValue)
      json.field("book", request.book)
      json.field("plan", request.plan)
      json.field("source", request.source)
      json.field("tags") { $0.tags(request.tags) }
    }
  }

  fileprivate mutating func tags(_ tags: [(name: String, value: String)]) {
    object { json in
      for tag in tags { json.field(named: tag.name) { $0.text(tag.value) } }
    }
  }

  fileprivate mutating func beginList(zone: String) {
    begin("{")
    field("schema", "creditmeter.usage/1")
    field("by") { $0.list { _ in } }
    field("timezone", zone)
    key("rows")
    begin("[")
  }

  fileprivate mutating func endList(_ totals: UsageSums, _ page: ListPage?) {
    end("]")
    field("totals") { $0.object { $0.numbers(totals) } }
    if let page { field(page) }
    end("}")
  }
}
