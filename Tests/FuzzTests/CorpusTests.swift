import Foundation
import FuzzTargets
import TestSupport
import Testing

@Suite("What the fuzzer found worth keeping, read again")
struct CorpusTests {
  private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fuzz/corpus")

  private static func inputs(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
    let folder = corpus.appending(path: target.rawValue)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
      ($0, Array(try Data(contentsOf: folder.appending(path: $0))))
    }
  }

  @Test("every input of the corpus", arguments: FuzzTarget.allCases)
  func replay(target: FuzzTarget) throws {
    let inputs = try Self.inputs(target)
    #expect(inputs.count >= 10, "\(target.rawValue)")
    for (name, bytes) in inputs {
      do { try target.check(bytes) } catch { Issue.record("\(target.rawValue)/\(name): \(error)") }
    }
  }

  @Test("and damaged, two of them spliced or a byte changed", arguments: FuzzTarget.allCases)
  func damaged(target: FuzzTarget) throws {
    let inputs = try Self.inputs(target).map(\.bytes)
    var random = SeededRandom()
    for count in 1...(target == .book ? 300 : 1_500) {
      var bytes = random.pick(inputs)
      for _ in 0...random.below(3) { random.damage(&bytes, with: random.pick(inputs)) }
      do { try target.check(bytes) } catch {
        Issue.record("\(target.rawValue), seed \(random.seed), input \(count): \(error)\n\(bytes)")
        return
      }
    }
  }
}
