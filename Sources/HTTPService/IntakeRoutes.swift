import ByteSources
import CreditCore
import Digests
import HTTPTypes
import Intake
import PriceBooks
import Reports
import RequestLogs
import UsageStore
import Workflows

// What comes in: requests, snapshots, campaigns to be estimated.
extension ServiceDesk {
  private static let ingestLimit = 8 << 20
  private static let unpackedLimit = 32 << 20
  /// That of `creditmeter ingest`: a line that comes both ways is one request.
  private static let usualSource = "log"

  /// Media types of requests, and the format that they are read in; nil is found out.
  private static let logTypes: [(type: String, format: LogFormat?)] = [
    ("application/json", nil), ("application/x-ndjson", .ndjson), ("application/ndjson", .ndjson),
    ("application/jsonl", .ndjson), ("application/json-lines", .ndjson), ("text/csv", .csv),
  ]

  var intakeRoutes: [Route] {
    [
      Route(
        .post,
        "/v1/requests",
        .token(.ingest),
        "Stores requests, every one once; lines that cannot be used are counted as rejected.",
        parameters: [
          Parameter("source", "where they come from; tells equal lines without an id apart")
        ],
        body: Route.Body(
          types: Self.logTypes.map(\.type),
          limit: Self.ingestLimit,
          unpackedLimit: Self.unpackedLimit,
          schema: .any
        ),
        gives: [
          Route.Success(
            "what was stored",
            [("application/json", .document("creditmeter.ingest/1"))]
          )
        ],
        refusals: [409, 503],
        handler: .waiting { try await self.takeRequests($0) }
      ),
      Route(
        .post,
        "/v1/snapshots",
        .token(.ingest),
        "Stores balances at instants: one, or an array.",
        body: Route.Body(
          types: ["application/json", "application/x-ndjson"],
          limit: 256 << 10,
          unpackedLimit: 1 << 20,
          schema: .any
        ),
        gives: [
          Route.Success(
            "what was stored",
            [("application/json", .document("creditmeter.ingest/1"))]
          )
        ],
        refusals: [503],
        handler: .waiting { try await self.takeSnapshots($0) }
      ),
      Route(
        .post,
        "/v1/estimates",
        .token(.read),
        "What a campaign file will cost.",
        parameters: [
          Parameter("plan", "the graph8 plan", planShape),
          Parameter(
            "balance",
            "credits available now, instead of the latest snapshot",
            Self.amount
          ),
        ],
        body: Route.Body(
          types: [
            "application/json", "application/x-yaml", "application/yaml", "text/plain",
            "text/x-yaml", "text/yaml",
          ],
          limit: 256 << 10,
          unpackedLimit: 1 << 20,
          schema: .any
        ),
        gives: [
          Route.Success("estimate", [("application/json", .document("creditmeter.estimate/1"))])
        ],
        handler: reading { desk, call in
          let name = call.contentType == "application/json" ? "campaign.json" : "campaign.yaml"
          let report = try desk.estimate(
            SourceText(name: name, bytes: call.body),
            plan: call.query["plan"],
            balance: try call.query.value(
              "balance",
              expected: "credits, such as 12500",
              Self.credits
            ),
            call
          )
          return Answer(json: try report.rendered(as: .json))
        }
      ),
    ]
  }

  /// Prices a campaign for an organisation, from what is known of it.
  func estimate(
    _ text: SourceText,
    plan: String?,
    balance: Credits?,
    _ call: Call
  ) throws -> EstimateReport {
    let book = try shelf.book(at: call.now)
    var question = EstimateWorkflow.Question(files: [text])
    (question.plan, question.balance) = (plan, balance)
    question.defaults = try EstimateDefaults(store, org: call.org, by: call.now, book: book)
    // Estimates that were kept are everybody's on this machine.
    if call.org != nil { question.defaults?.record = nil }
    return try EstimateWorkflow(book: book).answer(question)
  }

  private func takeRequests(_ call: Call) async throws -> Answer {
    let format = Self.logTypes.first { $0.type == call.contentType }?.format
    return try await once(call) {
      try await self.take(call, format, source: call.query["source"] ?? Self.usualSource)
    }
  }

  private func takeSnapshots(_ call: Call) async throws -> Answer {
    try await once(call) { try await self.take(call, .snapshots, source: Self.usualSource) }
  }

  private func take(_ call: Call, _ format: LogFormat?, source: String) async throws -> Answer {
    let job = IngestQueue.Job(
      bytes: call.body,
      format: format,
      name: "the body",
      source: source,
      org: call.org
    )
    do {
      let report = try await ingest.take(job)
      metrics.count(report.counts)
      if report.counts.accepted + report.counts.updated > 0 { events.tell() }
      return Answer(json: report.json)
    } catch let fault as UnreadableLog { throw fault.cause }
  }

  /// Answers a request that comes again with its Idempotency-Key as it was answered before.
  private func once(
    _ call: Call,
    _ body: () async throws -> Answer
  ) async throws -> Answer {
    guard let access, let key = call.headers.value(of: .idempotencyKey), !key.isEmpty else {
      return try await body()
    }
    if key.utf8.count > 255 {
      throw Fault.badRequest("an Idempotency-Key has at most 255 bytes", field: "Idempotency-Key")
    }
    let org = call.org ?? ""
    let (request, given) = try await run {
      let request = hexText(try sha256(Array(call.path.utf8) + [0] + call.body))
      return (request, try access.answer(org: org, key: key, request: request, at: call.now))
    }
    switch given {
    case .same(let text):
      var answer = Answer(json: Array(text.utf8))
      answer.headers[.idempotentReplay] = "true"
      return answer
    case .other:
      throw Fault(
        .conflict,
        "idempotency_key_used",
        "another request came with this Idempotency-Key",
        field: "Idempotency-Key"
      )
    case nil:
      let answer = try await body()
      let text = String(decoding: answer.bytes, as: UTF8.self)
      try await run { try access.keep(text, org: org, key: key, request: request, at: call.now) }
      return answer
    }
  }
}

extension HTTPField.Name {
  static let idempotencyKey = named("Idempotency-Key")
  static let idempotentReplay = named("Idempotent-Replay")
}

/// The bytes of a body as its Content-Encoding says they are packed.
///
/// Throws ``Fault`` for an encoding that is not known, for bytes that are not so packed, and for
/// more than `limit` unpacked bytes.
func unpacked(_ body: [UInt8], encoding: String?, limit: Int) throws -> [UInt8] {
  guard let encoding, encoding != "identity" else { return body }
  let magic: [String: [UInt8]] = [
    "gzip": [0x1F, 0x8B], "x-gzip": [0x1F, 0x8B], "zstd": [0x28, 0xB5, 0x2F, 0xFD],
  ]
  guard let start = magic[encoding] else {
    throw Fault.unsupported("Content-Encoding is gzip or zstd, not \(printable(encoding))")
  }
  guard body.starts(with: start) else { throw Fault.badRequest("the body is not \(encoding)") }
  let source = try Decompressed.open(MemorySource(body), name: "the body")
  var content: [UInt8] = []
  let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  defer { piece.deallocate() }
  do {
    while true {
      let count = try source.read(into: piece)
      if count == 0 { return content }
      content.append(contentsOf: piece[..<count])
      if content.count > limit { throw Fault.tooLarge }
    }
  } catch let fault as EnvironmentFault { throw Fault.badRequest(fault.description) }
}
