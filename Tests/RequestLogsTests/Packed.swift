import ByteSources
import CreditCore
import Foundation
import RequestLogs

/// What a command writes when it is given `bytes`.
func piped(_ bytes: [UInt8], through command: String) throws -> [UInt8] {
  let process = Process()
  process.executableURL = URL(filePath: "/bin/sh")
  process.arguments = ["-c", command]
  let (input, output) = (Pipe(), Pipe())
  process.standardInput = input
  process.standardOutput = output
  try process.run()
  // Written beside the reading: neither side waits for the other for ever.
  let writer = Thread {
    try? input.fileHandleForWriting.write(contentsOf: Data(bytes))
    try? input.fileHandleForWriting.close()
  }
  writer.start()
  let result = try output.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return Array(result)
}

/// A source that gives few bytes at a time, as a pipe may.
final class SlowSource: ByteSource {
  private let bytes: [UInt8]
  private var offset = 0
  private let step: Int

  init(_ bytes: [UInt8], step: Int) {
    self.bytes = bytes
    self.step = step
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(step, buffer.count, bytes.count - offset)
    buffer.copyBytes(from: bytes[offset..<(offset + count)])
    offset += count
    return count
  }
}

/// What comes out of compressed bytes, and the message of the fault that ends it.
func unpacked(_ bytes: [UInt8], step: Int = .max) -> (content: [UInt8], fault: String?) {
  var content: [UInt8] = []
  do {
    let source = try Decompressed.open(SlowSource(bytes, step: step), name: "log.gz")
    var buffer = [UInt8](repeating: 0, count: 10_000)
    while true {
      let count = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
      if count == 0 { return (content, nil) }
      content += buffer[..<count]
    }
  } catch let fault as EnvironmentFault {
    return (content, fault.description)
  } catch let bad as BadInput {
    return (content, bad.brief)
  } catch {
    return (content, "\(error)")
  }
}
