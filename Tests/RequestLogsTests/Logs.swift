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
    let used = snapshot.billingPeriodUsed
    return "snapshot \(snapshot.at) \(snapshot.balance?.description ?? "none")"
      + (used.map { " used=\($0)" } ?? "") + (snapshot.tier.map { " tier=\($0)" } ?? "")
      + (snapshot.org.map { " org=\($0)" } ?? "")
  case .transaction(let entry):
    let texts = [
      ("id", entry.id), ("org", entry.org), ("type", entry.type), ("service", entry.service),
      ("quantity", entry.quantity?.description), ("tier", entry.llmTier), ("for", entry.details),
    ]
    return "transaction \(entry.at) \(entry.amount)"
      + texts.compactMap { name, text in text.map { " \(name)=\($0)" } }.joined()
  case .known(let passage): return "known \(passage.requests)"
  case .passageEnd(let lines): return "end of \(lines) lines"
  case .request(let record):
    var text = "\(record.time) \(record.method.text) \(record.path.text)"
    if !record.query.isAbsent { text += " query=\(record.query.text)" }
    if let status = record.status { text += " status=\(status)" }
    if !record.requestID.isAbsent { text += " id=\(record.requestID.text)" }
    if !record.org.isAbsent { text += " org=\(record.org.text)" }
    if !record.idempotencyKey.isAbsent { text += " key=\(record.idempotencyKey.text)" }
    if record.replayed { text += " replayed" }
    if let credits = record.creditsCharged { text += " credits=\(credits)" }
    for (unit, quantity) in record.usage { text += " \(unit.rawValue)=\(quantity)" }
    if !record.tags.isAbsent { text += " tags=\(record.tags.text)" }
    if !record.requestBody.isAbsent { text += " request_body=\(record.requestBody.text)" }
    if !record.responseBody.isAbsent { text += " response_body=\(record.responseBody.text)" }
    return text
  }
}

/// A log without the mark ▸ in it, and the line and column of that mark.
func marked(_ log: String) -> (log: String, place: String) {
  let parts = log.split(separator: "▸", omittingEmptySubsequences: false)
  let lines = parts[0].split(separator: "\n", omittingEmptySubsequences: false)
  let column = (lines.last?.unicodeScalars.count ?? 0) + 1
  return (parts.joined(), "\(lines.count):\(column)")
}

/// What a log holds, read in pieces of `step` bytes.
func entries(_ log: String, inPiecesOf step: Int, format: LogFormat? = nil) throws -> [String] {
  let source = SlowSource(Array(log.utf8), step: step)
  let reader = try LogReader.open(source, format: format, options: ReadOptions(name: "log"))
  var entries: [String] = []
  while let entry = try reader.next() { entries.append(words(entry)) }
  return entries
}

/// What is read where each reject of a log is read again as it is.
func entriesAgain(_ log: String, format: LogFormat? = nil) throws -> [String] {
  let options = ReadOptions(name: "log")
  let source = MemorySource(Array(log.utf8))
  let reader = try LogReader.open(source, format: format, options: options)
  var again = ""
  while let entry = try reader.next() {
    guard case .reject(let reject) = entry else { continue }
    let raw = String(decoding: jsonQuoted(reject.raw.utf8), as: UTF8.self)
    again +=
      #"{"file":"x","line":1,"column":1,"reason":"\#(reject.reason.rawValue)","message":"m","#
      + #""raw":\#(raw)}"# + "\n"
  }
  return try entries(again)
}

private func jsonQuoted(_ bytes: some Sequence<UInt8>) -> [UInt8] {
  [0x22]
    + bytes.flatMap { byte -> [UInt8] in
      switch byte {
      case 0x22, 0x5C: [0x5C, byte]
      case 0x0A: Array(#"\n"#.utf8)
      case 0x0D: Array(#"\r"#.utf8)
      case 0x09: Array(#"\t"#.utf8)
      default: [byte]
      }
    } + [0x22]
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
