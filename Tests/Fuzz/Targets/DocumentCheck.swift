import Foundation
import RequestLogs

/// A document without a reject is JSON.
enum DocumentCheck {
  static func check(_ bytes: [UInt8], _ format: LogFormat) throws {
    let reading = try LogCheck.reading(bytes, format)
    if reading.refusal != nil || !reading.rejects.isEmpty || reading.entries.isEmpty { return }
    if Lines.hasRejects(bytes) { return }
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    do { _ = try JSONOracle.value(text) } catch {
      // Documents one a line.
      for line in text.split(separator: 0x0A) where line.contains(where: { $0 > 0x20 }) {
        _ = try JSONOracle.value(Array(line))
      }
    }
  }
}
