import Foundation
import Testing

@Suite("A long run shows how far it is")
struct ProgressTests {
  /// Runs the command with its messages on a terminal of its own; prints what came there.
  private static let terminal = """
    import os, pty, subprocess, sys, time
    master, slave = pty.openpty()
    feeds = int(sys.argv[1])
    run = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    text = open("a.log", "rb").read()
    for _ in range(feeds):
        run.stdin.write(text)
        run.stdin.flush()
        # Longer than a run may take without showing anything.
        time.sleep(0.8)
    run.stdin.close()
    shown = b""
    while True:
        try: part = os.read(master, 1000)
        except OSError: break
        if not part: break
        shown += part
    sys.stdout.buffer.write(shown)
    sys.exit(run.wait())
    """

  private func run(_ arguments: [String], feeds: Int) throws -> Command.Result {
    let scratch = try Scratch()
    // As many lines as are read between two looks at the clock, and some.
    try scratch.write("a.log", Requests.lines((0..<9_000).map { $0 % 3_600 }, id: true))
    try scratch.write("terminal.py", Self.terminal)
    return try Command.run(
      executable: URL(filePath: "/usr/bin/env"),
      ["python3", "terminal.py", "\(feeds)", Command.binary.path, "ingest", "--database", "u.db"]
        + arguments,
      in: scratch.folder
    )
  }

  @Test("on a terminal: bytes and rate on one line, which is gone in the end")
  func terminal() throws {
    let result = try run(["-", "--format", "json"], feeds: 3)
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\r").filter { $0.contains("MB, ") }
    #expect(lines.contains { $0.hasSuffix("/s") || $0.contains("/s ") }, "\(result.output)")
    #expect(result.output.hasSuffix(" \r"), "\(result.output.suffix(20))")
    #expect(!result.output.contains("\n") && !result.output.contains("\u{1B}"))
  }

  @Test("of files, the part and the time left too")
  func files() throws {
    let result = try run(["-", "a.log"], feeds: 2)
    #expect(result.status == 0)
    #expect(!result.output.contains("%"), "of a pipe nobody knows the end")
  }

  @Test("where there is no terminal, nothing")
  func pipe() throws {
    let scratch = try Scratch()
    let command = try RunningCommand(["ingest", "-", "--database", "u.db"], in: scratch.folder)
    usleep(800_000)
    try command.feed(Requests.lines((0..<9_000).map { $0 % 3_600 }, id: true))
    let result = try command.end()
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
  }
}
