import CreditCore
import Documents
import Rating

extension BookDecoder {
  private static let eventKeys = [
    "names", "operation", "at", "within", "job_from", "covered_by", "credits_from",
    "quantity_from", "per", "quantity", "source", "confidence", "note",
  ]

  /// The events that tell of charges; those of `base` where the book lists none.
  mutating func events(
    _ fields: Fields,
    _ base: PriceBook?,
    of operations: [Operation]
  ) -> [EventRule] {
    guard let nodes = fields.list("events", into: &faults) else { return base?.events ?? [] }
    var events: [EventRule] = []
    for node in nodes {
      guard let event = event(node, operations) else { continue }
      for name in event.names where events.contains(where: { $0.names.contains(name) }) {
        faults.append(node.diagnostic("event \"\(name)\" stands twice", expected: "it once"))
      }
      events.append(event)
    }
    return events
  }

  private mutating func event(_ node: Node, _ operations: [Operation]) -> EventRule? {
    let what = "an event"
    let fields = Fields(node, of: what, allowed: Self.eventKeys, into: &faults)
    for key in ["names", "operation"] { _ = fields.required(key, of: what, into: &faults) }
    _ = provenance(fields, fallback: Provenance(source: "", confidence: .assumed))
    let names = (fields.list("names", into: &faults) ?? []).compactMap { node in
      attempt { () throws(Diagnostic) in try node.string(of: "the name of an event") }
    }
    guard let id = fields.string("operation", into: &faults), let node = fields["operation"],
      let operation = operation(id, at: node.mark, operations), let join = join(fields)
    else { return nil }
    var event = EventRule(names: names, operation: operation.id, join: join)
    event.times = pointers("at", fields)
    event.credits = pointers("credits_from", fields)
    event.quantities = pointers("quantity_from", fields)
    event.quantity = fields.amount("quantity", into: &faults)
    event.per = fields.amount("per", into: &faults) ?? .one
    if event.per.isZero, let node = fields["per"] {
      faults.append(node.diagnostic("per is 0", expected: "a number above zero"))
      return nil
    }
    if fields["job_from"] != nil {
      event.jobs = [EventRule.Job(operation: operation.id, places: pointers("job_from", fields))]
    }
    for entry in fields.mapping("covered_by", into: &faults) ?? [] {
      let mark = entry.key.mark
      guard let starter = self.operation(entry.key.text, at: mark, operations) else { continue }
      if starter.jobPlaceholder == nil, starter.jobPointers.isEmpty {
        faults.append(
          Diagnostic(
            "\(starter.id) does not say what names its job",
            at: mark,
            expected: "an operation with job_from or job_path"
          )
        )
      }
      event.jobs.append(
        EventRule.Job(operation: starter.id, places: pointers(of: entry.value, "covered_by"))
      )
    }
    return event
  }

  private mutating func join(_ fields: Fields) -> EventRule.Join? {
    if let stray = fields["within"], fields["covered_by"] != nil {
      faults.append(
        stray.diagnostic("within says nothing beside covered_by", expected: "one of them")
      )
    }
    if fields["covered_by"] != nil { return .job }
    _ = fields.required("within", of: "an event without covered_by", into: &faults)
    let span = fields.read("within", into: &faults) { (node) throws(Diagnostic) in
      let text = try node.string(of: "within")
      if let span = Span(text) { return span }
      throw node.diagnostic("within is \"\(text)\"", expected: "a span such as 10m or 1d")
    }
    return span.map { .request(within: $0) }
  }

  private mutating func operation(
    _ id: String,
    at mark: SourceMark,
    _ operations: [Operation]
  ) -> Operation? {
    if let operation = operations.first(where: { $0.id == id }) { return operation }
    faults.append(
      Diagnostic(
        "unknown operation \"\(id)\"",
        at: mark,
        expected: "an operation of the book",
        hint: nearest(to: id, among: operations.map(\.id)).map { "did you mean \($0)?" }
      )
    )
    return nil
  }

  private mutating func pointers(_ key: String, _ fields: Fields) -> [JSONPointer] {
    fields[key].map { pointers(of: $0, key) } ?? []
  }

  private mutating func pointers(of node: Node, _ key: String) -> [JSONPointer] {
    let nodes = attempt { () throws(Diagnostic) in try node.elements(of: key) }
    return (nodes ?? []).compactMap { node in
      attempt { () throws(Diagnostic) in
        let text = try node.string(of: "a place")
        if let pointer = JSONPointer(text) { return pointer }
        throw node.diagnostic(
          "\"\(text)\" is not a JSON Pointer",
          expected: "a pointer into the event such as /data/id"
        )
      }
    }
  }

  /// Refuses a `job_path` that a pattern of the operation does not have.
  mutating func checkJobPath(of operation: Operation, _ fields: Fields) {
    guard let name = operation.jobPlaceholder, let node = fields["job_path"] else { return }
    for pattern in operation.requests where !pattern.segments.contains(.placeholder(name)) {
      faults.append(
        node.diagnostic(
          "\"\(pattern)\" has no placeholder {\(name)}",
          expected: "a name in braces of every path"
        )
      )
    }
  }
}
