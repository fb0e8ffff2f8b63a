import Foundation
import Testing

/// Compares a result with the file that holds what it should be.
///
/// `UPDATE_GOLDEN=1` rewrites the files and fails the run, so that nobody lands it unread.
func expectGolden(
  _ actual: String,
  _ file: URL,
  _ comment: Comment? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
    let before = try? String(contentsOf: file, encoding: .utf8)
    try Data(actual.utf8).write(to: file)
    if before != actual {
      Issue.record("rewrote \(file.lastPathComponent)", sourceLocation: sourceLocation)
    }
    return
  }
  let expected = try String(contentsOf: file, encoding: .utf8)
  #expect(actual == expected, comment, sourceLocation: sourceLocation)
}

/// The files in a folder, by name.
func files(in folder: URL, endingWith endings: [String]) -> [URL] {
  let all =
    (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil))
    ?? []
  return all.filter { endings.contains($0.pathExtension) }
    .sorted { $0.lastPathComponent < $1.lastPathComponent }
}
