import CreditCore
import Documents
import Rating

extension BookDecoder {
  private static let learnedKeys = [
    "request", "steps_of", "count_from", "job", "started_by", "credits_from", "quantity_from",
  ]

  /// The answers that tell about other requests; those of `base` where the book lists none.
  mutating func learned(
    _ fields: Fields,
    _ base: PriceBook?,
    of operations: [Operation]
  ) -> [LearnedFact] {
    guard let nodes = fields.list("learned", into: &faults) else { return base?.learned ?? [] }
    return nodes.compactMap { learnedFact($0, operations) }
  }

  private mutating func learnedFact(_ node: Node, _ operations: [Operation]) -> LearnedFact? {
    let what = "a learned answer"
    let fields = Fields(node, of: what, allowed: Self.learnedKeys, into: &faults)
    guard let requestNode = fields.required("request", of: what, into: &faults),
      let request = pattern(requestNode)
    else { return nil }
    let isSteps = fields["steps_of"] != nil
    if isSteps == (fields["job"] != nil) {
      faults.append(
        node.diagnostic(
          isSteps ? "\(what) names steps_of and job" : "\(what) names neither steps_of nor job",
          expected: "one of them: a placeholder of the path"
        )
      )
      return nil
    }
    let key = isSteps ? "steps_of" : "job"
    for other in isSteps ? ["started_by", "credits_from", "quantity_from"] : ["count_from"] {
      guard let stray = fields[other] else { continue }
      faults.append(
        stray.diagnostic("\(other) says nothing beside \(key)", expected: "no such key")
      )
    }
    guard let placeholder = fields.string(key, into: &faults), let place = fields[key] else {
      return nil
    }
    guard request.segments.contains(.placeholder(placeholder)) else {
      faults.append(
        place.diagnostic(
          "the request has no placeholder {\(placeholder)}",
          expected: "a name in braces of its path"
        )
      )
      return nil
    }
    guard let subject = isSteps ? steps(fields) : job(fields, operations) else { return nil }
    return LearnedFact(request: request, placeholder: placeholder, subject: subject)
  }

  private mutating func steps(_ fields: Fields) -> LearnedFact.Subject? {
    _ = fields.required("count_from", of: "steps_of", into: &faults)
    return .steps(from: places("count_from", fields))
  }

  private mutating func job(_ fields: Fields, _ operations: [Operation]) -> LearnedFact.Subject? {
    for key in ["started_by", "credits_from"] {
      _ = fields.required(key, of: "job", into: &faults)
    }
    guard let id = fields.string("started_by", into: &faults), let node = fields["started_by"]
    else { return nil }
    guard let operation = operations.first(where: { $0.id == id }) else {
      let near = nearest(to: id, among: operations.map(\.id))
      faults.append(
        node.diagnostic(
          "unknown operation \"\(id)\"",
          expected: "an operation of the book",
          hint: near.map { "did you mean \($0)?" }
        )
      )
      return nil
    }
    if operation.jobPointers.isEmpty {
      faults.append(
        node.diagnostic(
          "\(id) does not say where its answer names the job",
          expected: "an operation with job_from"
        )
      )
      return nil
    }
    return .job(
      startedBy: id,
      credits: places("credits_from", fields),
      quantity: places("quantity_from", fields)
    )
  }

  private mutating func places(_ key: String, _ fields: Fields) -> [BodyPointer] {
    (fields.list(key, into: &faults) ?? []).compactMap { bodyPointer($0)?.0 }
  }
}
