import CreditCore
import Intake
import LocalFiles
import Workflows

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One line on the terminal that tells how far a long run is; nothing where there is no terminal.
///
/// It is drawn with spaces and carriage returns only, so that every terminal can show it.
final class ProgressLine {
  private static let firstAfter = 500
  private static let between = 200

  private let isShown = isatty(STDERR_FILENO) == 1
  private let started = ContinuousClock.now
  private var drawnAt = Int.min / 2
  private var width = 0

  /// Wall clock since the run began.
  var milliseconds: Int {
    let elapsed = (ContinuousClock.now - started).components
    return Int(elapsed.seconds) * 1_000 + Int(elapsed.attoseconds / 1_000_000_000_000_000)
  }

  /// How much was read, how fast, and how long the rest will take.
  func show(_ meter: ReadMeter) {
    let now = milliseconds
    guard isDue(now) else { return }
    let rate = meter.bytes * 1_000 / max(now, 1)
    var text = Self.size(meter.bytes)
    if let total = meter.total, total > 0, total >= meter.bytes {
      text += " of \(Self.size(total)), \(meter.bytes * 100 / total) %"
    }
    text += ", \(Self.size(rate))/s"
    if let total = meter.total, total >= meter.bytes, rate > 0 {
      text += ", \(Self.time((total - meter.bytes + rate - 1) / rate)) left"
    }
    draw(text, now)
  }

  /// What was stored of logs that are followed.
  func show(following counts: ImportCounts) {
    let now = milliseconds
    guard isDue(now) else { return }
    draw(
      "following: \(counts.read) read, \(counts.accepted) accepted, \(counts.rejected) rejected",
      now
    )
  }

  /// How far something is that is told in words.
  func show(_ text: String) {
    let now = milliseconds
    if isDue(now) { draw(text, now) }
  }

  /// Gives the line back, before anything else is written.
  func erase() {
    if width > 0 { write("\r" + String(repeating: " ", count: width) + "\r") }
    width = 0
  }

  private func isDue(_ now: Int) -> Bool {
    isShown && now >= Self.firstAfter && now - drawnAt >= Self.between
  }

  private func draw(_ text: String, _ now: Int) {
    var size = winsize()
    let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    let shown = text.prefix(known ? Int(size.ws_col) - 1 : 79)
    write("\r" + shown + String(repeating: " ", count: max(0, width - shown.count)))
    (width, drawnAt) = (shown.count, now)
  }

  private func write(_ text: String) {
    try? Files.write(Array(text.utf8), to: STDERR_FILENO, named: "standard error")
  }

  private static func size(_ bytes: Int) -> String {
    var (amount, unit) = (bytes * 10 / 1_000, "kB")
    for larger in ["MB", "GB", "TB"] where amount >= 10_000 {
      (amount, unit) = (amount / 1_000, larger)
    }
    return "\(amount / 10).\(amount % 10) \(unit)"
  }

  private static func time(_ seconds: Int) -> String {
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3_600 { return "\(seconds / 60) min \(seconds % 60) s" }
    return "\(seconds / 3_600) h \(seconds / 60 % 60) min"
  }
}
