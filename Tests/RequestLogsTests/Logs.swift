import ByteSources
import CreditCore
import RequestLogs

/// What a log holds, as a test reads it: requests in words, rejects as `reason:line:column`.
func entries(
  _ log: String,
  format: LogFormat? = nil,
  logFormat: String? = nil,
  mapped: [(key: String, name: String)] = []
) throws -> [String] {
  try entries(Array(log.utf8), format: format, logFormat: logFormat, mapped: mapped)
}

func entries(
  _ log: [UInt8],
  format: LogFormat? = nil,
  logFormat: String? = nil,
  mapped: [(key: String, name: String)] = []
) throws -> [String] {
  var options = ReadOptions(name: "log")
  options.logFormat = logFormat
  options.mapped = mapped
  let reader = try LogReader.open(MemorySource(log), format: format, options: options)
  var entries: [String] = []
  while let entry = try reader.next() { entries.append(words(entry)) }
  return entries
}

private func words(_ entry: LogEntry) -> String {
  switch entry {
  case .reject(let reject):
    return "\(reject.reason.rawValue):\(reject.line):\(reject.column): \(reject.message)"
  case .snapshot(let snapshot):
    return "snapshot \(snapshot.at) \(snapshot.balance?.description ?? "none")"
  case .transaction(let entry):
    return "transaction \(entry.at) \(entry.amount)"
  case .request(let record):
    var text = "\(record.time) \(record.method.text) \(record.path.text)"
    if !record.query.isAbsent { text += " query=\(record.query.text)" }
    if let status = record.status { text += " status=\(status)" }
    if !record.requestID.isAbsent { text += " id=\(record.requestID.text)" }
    if !record.org.isAbsent { text += " org=\(record.org.text)" }
    if record.replayed { text += " replayed" }
    if let credits = record.creditsCharged { text += " credits=\(credits)" }
    for (unit, quantity) in record.usage { text += " \(unit.rawValue)=\(quantity)" }
    if !record.tags.isAbsent { text += " tags=\(record.tags.text)" }
    if !record.requestBody.isAbsent { text += " request_body=\(record.requestBody.text)" }
    if !record.responseBody.isAbsent { text += " response_body=\(record.responseBody.text)" }
    return text
  }
}

/// The message with which a whole log is refused, or nil where it is read.
func refusal(
  _ log: [UInt8],
  format: LogFormat? = nil,
  logFormat: String? = nil,
  mapped: [(key: String, name: String)] = []
) -> String? {
  do {
    _ = try entries(log, format: format, logFormat: logFormat, mapped: mapped)
    return nil
  } catch let bad as BadInput {
    return bad.brief
  } catch {
    return "\(error)"
  }
}

func refusal(
  _ log: String,
  format: LogFormat? = nil,
  logFormat: String? = nil,
  mapped: [(key: String, name: String)] = []
) -> String? {
  refusal(Array(log.utf8), format: format, logFormat: logFormat, mapped: mapped)
}
