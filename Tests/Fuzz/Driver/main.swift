import FuzzTargets
import LibFuzzer

#if canImport(Glibc)
import Glibc
#endif

// fuzz TARGET [libFuzzer's arguments]

/// The function that libFuzzer calls takes nothing with it, so the target is a global.
nonisolated(unsafe) var target = FuzzTarget.ndjson

let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
guard CommandLine.argc > 1, let named = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
  print("fuzz TARGET [libFuzzer's arguments], where TARGET is one of \(names)")
  exit(64)
}
target = named

var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
let status = LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
  do { try target.check(Array(UnsafeBufferPointer(start: bytes, count: count))) } catch {
    print("finding: \(error)")
    fflush(nil)
    abort()
  }
  return 0
}
exit(status)
