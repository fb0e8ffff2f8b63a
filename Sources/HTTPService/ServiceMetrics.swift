import CreditCore
import Synchronization

/// What the service counts while it runs.
final class ServiceMetrics: Sendable {
  let started: Instant

  private struct Counts {
    var requests: [Kind: Int] = [:]
    var latencies: [String: Histogram] = [:]
    var ingest = ImportCounts()
    var faults: [String: Int] = [:]
    var inFlight = 0
  }

  /// Requests that are counted together.
  private struct Kind: Hashable {
    var method: String
    var route: String
    var status: Int

    var labels: String { "method=\"\(method)\",route=\"\(route)\",status=\"\(status)\"" }
  }

  /// How often something took at most so long, in milliseconds.
  struct Histogram: Sendable {
    static let limits = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]
    var counts = Array(repeating: 0, count: limits.count + 1)
    /// In microseconds.
    var sum = 0

    mutating func add(_ microseconds: Int) {
      let place = Self.limits.firstIndex { microseconds <= $0 * 1_000 } ?? Self.limits.count
      counts[place] += 1
      sum += microseconds
    }
  }

  private let counts = Mutex(Counts())

  init(started: Instant) { self.started = started }

  func begin() { counts.withLock { $0.inFlight += 1 } }

  /// `route`: as the table has it, never what a client wrote; nil where none was found.
  func end(_ route: (method: String, path: String)?, _ status: Int, microseconds: Int) {
    let (method, route) = (route?.method ?? "none", route?.path ?? "none")
    counts.withLock { counts in
      counts.inFlight -= 1
      counts.requests[Kind(method: method, route: route, status: status), default: 0] += 1
      counts.latencies[route, default: Histogram()].add(microseconds)
    }
  }

  func count(_ new: ImportCounts) {
    counts.withLock { counts in
      counts.ingest.read += new.read
      counts.ingest.accepted += new.accepted
      counts.ingest.duplicates += new.duplicates
      counts.ingest.rejected += new.rejected
      counts.ingest.unpriced += new.unpriced
    }
  }

  /// Something that runs beside the requests could not be done: `poll`, `alerts`, `reports`.
  func countFault(of part: String) { counts.withLock { $0.faults[part, default: 0] += 1 } }

  var inFlight: Int { counts.withLock { $0.inFlight } }

  /// All of it, in Prometheus' text.
  func write(into text: inout MetricText) {
    let counts = counts.withLock { $0 }
    text.family("creditmeter_http_requests_total", .counter, "Requests that were answered.")
    let requests = counts.requests.map { ($0.key.labels, $0.value) }.sorted { $0.0 < $1.0 }
    for (labels, count) in requests {
      text.sample("creditmeter_http_requests_total", labels, "\(count)")
    }
    text.family("creditmeter_http_requests_in_flight", .gauge, "Requests that are being answered.")
    text.sample("creditmeter_http_requests_in_flight", "", "\(counts.inFlight)")
    text.family(
      "creditmeter_http_request_duration_seconds",
      .histogram,
      "From a request's head to its answer."
    )
    for (route, histogram) in counts.latencies.sorted(by: { $0.key < $1.key }) {
      let labels = "route=\"\(route)\""
      text.histogram("creditmeter_http_request_duration_seconds", labels, histogram)
    }
    text.family("creditmeter_ingested_records_total", .counter, "Records that clients sent.")
    for (outcome, count) in [
      ("accepted", counts.ingest.accepted), ("duplicate", counts.ingest.duplicates),
      ("rejected", counts.ingest.rejected),
    ] {
      text.sample("creditmeter_ingested_records_total", "outcome=\"\(outcome)\"", "\(count)")
    }
    text.family(
      "creditmeter_ingested_unpriced_total",
      .counter,
      "Accepted requests whose price nobody published."
    )
    text.sample("creditmeter_ingested_unpriced_total", "", "\(counts.ingest.unpriced)")
    text.family("creditmeter_faults_total", .counter, "What runs beside requests and failed.")
    for (part, count) in counts.faults.sorted(by: { $0.key < $1.key }) {
      text.sample("creditmeter_faults_total", "part=\"\(part)\"", "\(count)")
    }
  }
}

/// Prometheus' text format, version 0.0.4.
struct MetricText {
  enum Kind: String {
    case counter
    case gauge
    case histogram
  }

  private(set) var text = ""

  mutating func family(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  mutating func sample(_ name: String, _ labels: String, _ value: String) {
    text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
  }

  mutating func histogram(_ name: String, _ labels: String, _ histogram: ServiceMetrics.Histogram) {
    let prefix = labels.isEmpty ? "" : labels + ","
    var total = 0
    for (limit, count) in zip(ServiceMetrics.Histogram.limits, histogram.counts) {
      total += count
      let seconds = ExactDecimal(significand: Int128(limit), scale: 3)
      sample(name + "_bucket", "\(prefix)le=\"\(seconds)\"", "\(total)")
    }
    total += histogram.counts.last ?? 0
    sample(name + "_bucket", "\(prefix)le=\"+Inf\"", "\(total)")
    sample(name + "_sum", labels, "\(ExactDecimal(significand: Int128(histogram.sum), scale: 6))")
    sample(name + "_count", labels, "\(total)")
  }

  /// A value of a label, with what would end it escaped.
  static func label(_ name: String, _ value: String) -> String {
    var escaped = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return "\(name)=\"\(escaped)\""
  }
}
