import CreditCore
import Digests
import RequestLogs
import UsageStore

/// Knows the passages of logs that were read before in the same way, so that a log that is read
/// again and again costs only what is new in it.
///
/// A passage is kept when all of its requests have ids and say all about themselves: none of them
/// was refused, had to be counted among equal lines, or depends on another request or tells of one.
final class LogMemory: PassageMemory {
  /// Rises when requests are read or rated in another way.
  private static let edition = 1

  private let writer: ImportWriter
  private let digest: KeyedDigest
  /// Of everything besides its bytes that decides what a line comes to.
  private let terms: [UInt8]
  /// The passage that is being read.
  private var current: (digest: [UInt8], counts: ImportCounts)?
  private var notes = Notes()

  /// What the requests of a passage are like.
  private struct Notes {
    var isPlain = true
    var first = Instant(microseconds: .max)
    var last = Instant(microseconds: .min)
  }

  /// Nil where this machine's libcrypto cannot tell passages apart.
  ///
  /// `terms`: everything besides its bytes that decides what a line comes to.
  init?(_ writer: ImportWriter, terms: [String]) throws {
    let key = try hmacSHA256(key: writer.hash.keyBytes, "passages".utf8)
    guard let digest = KeyedDigest(key: key) else { return nil }
    (self.writer, self.digest) = (writer, digest)
    let text = ([String(Self.edition)] + terms).map { "\($0.utf8.count) \($0)" }
    self.terms = try sha256(text.joined(separator: " ").utf8)
  }

  func known(_ passage: Bytes) throws(EnvironmentFault) -> KnownPassage? {
    let digest = try terms.withUnsafeBufferPointer { (terms) throws(EnvironmentFault) in
      try self.digest(terms, passage)
    }
    if let known = try writer.passage(digest) { return known }
    current = (digest, writer.counts)
    notes = Notes()
    return nil
  }

  /// Takes note of a request that was added, and whether it is the same whenever it is read.
  @inline(__always)
  func note(_ record: LogRecord, isSelfContained: Bool) {
    if record.requestID.isAbsent || !isSelfContained { notes.isPlain = false }
    if record.time < notes.first { notes.first = record.time }
    if record.time > notes.last { notes.last = record.time }
  }

  /// The passage that is being read is at its end.
  func end(lines: Int) {
    guard let (digest, before) = current else { return }
    current = nil
    let counts = writer.counts.since(before)
    guard notes.isPlain, counts.read > 0, counts.rejected == 0, counts.secrets == 0 else { return }
    writer.add(
      KnownPassage(lines: lines, requests: counts.read, first: notes.first, last: notes.last),
      digest
    )
  }
}
