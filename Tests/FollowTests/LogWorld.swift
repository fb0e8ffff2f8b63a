import Foundation
import TestSupport

/// Files that are written and rotated, and what was written to them.
final class LogWorld {
  let folder: URL
  let style: LineStyle
  /// By name; the packed ones end in ".gz".
  private(set) var files: [String: Generation] = [:]
  private(set) var all: [Generation] = []
  /// Deleted ones in whose place nothing was written yet.
  private var deleted: [String: Generation] = [:]
  private var nextLine = 0
  private var written: [String] = []

  init(_ folder: URL, _ style: LineStyle) {
    self.folder = folder
    self.style = style
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  // MARK: Writing

  private func append(_ generation: Generation, _ name: String, _ body: () -> Void) throws {
    let before = generation.bytes.count
    body()
    let handle = fopen(path(name), "a")
    guard let handle else { throw CocoaError(.fileWriteUnknown) }
    let new = Array(generation.bytes[before...])
    fwrite(new, 1, new.count, handle)
    fclose(handle)
  }

  /// The generation that is written at a name; made where there is none.
  private func current(_ name: String) throws -> Generation {
    if let generation = files[name] { return generation }
    return try make(name)
  }

  @discardableResult
  func make(_ name: String) throws -> Generation {
    let generation = Generation()
    files[name] = generation
    all.append(generation)
    deleted.removeValue(forKey: name)?.successor = generation
    try append(generation, name) { if let header = style.header { generation.header(header) } }
    return generation
  }

  func appendLines(_ count: Int, to name: String, _ random: inout SeededRandom) throws {
    for _ in 0..<count {
      let generation = try current(name)
      if generation.hasHalf { return try complete(name) }
      let repeats = !written.isEmpty && random.chance(0.2)
      let text = repeats ? random.pick(written) : newLine()
      let isBad = random.chance(0.08)
      nextLine += isBad ? 1 : 0
      try append(generation, name) {
        generation.line(isBad ? "bad line \(nextLine)" : text, isBad: isBad)
      }
    }
  }

  private func newLine() -> String {
    nextLine += 1
    let text = style.line(nextLine)
    written.append(text)
    return text
  }

  func appendHalf(to name: String, _ random: inout SeededRandom) throws {
    let generation = try current(name)
    if generation.hasHalf { return }
    let text = newLine()
    // So little of a line is never a request.
    try append(generation, name) { generation.half(text, cut: 1 + random.below(18)) }
  }

  func complete(_ name: String) throws {
    guard let generation = files[name], generation.hasHalf else { return }
    try append(generation, name) { generation.complete() }
  }

  // MARK: Rotating

  private func shift(_ name: String) {
    for number in (1...8).reversed() {
      for packing in ["", ".gz"] {
        let (from, to) = ("\(name).\(number)\(packing)", "\(name).\(number + 1)\(packing)")
        guard let generation = files.removeValue(forKey: from) else { continue }
        rename(path(from), path(to))
        files[to] = generation
      }
    }
  }

  func rotate(_ name: String, makesNew: Bool) throws {
    guard let generation = files.removeValue(forKey: name) else { return }
    shift(name)
    rename(path(name), path(name + ".1"))
    files[name + ".1"] = generation
    if makesNew { try make(name) }
  }

  /// Copies the content away, or not, and cuts the file short; the same inode goes on.
  func cut(_ name: String, copies: Bool, sameHead: Bool) throws {
    guard let generation = files[name], !generation.hasHalf || !copies else { return }
    if copies {
      shift(name)
      try Data(generation.bytes).write(to: folder.appending(path: name + ".1"))
      files[name + ".1"] = generation
    } else {
      generation.isGone = true
    }
    generation.isHeld = false
    truncate(path(name), 0)
    files[name] = nil
    let next = try make(name)
    if sameHead, !generation.hasHalf {
      // Written again with the same first lines.
      for line in generation.lines.prefix(2) { try append(next, name) { next.line(line.text) } }
    }
    generation.successor = next
  }

  func delete(_ name: String) {
    guard let generation = files.removeValue(forKey: name) else { return }
    unlink(path(name))
    deleted[name] = generation
    if !generation.isHeld {
      generation.isGone = true
      // One that nobody ever saw is missed by nobody.
      generation.isUnnoticed = generation.seen == 0
    }
  }

  func pack(_ name: String) throws {
    guard !name.hasSuffix(".gz"), let generation = files.removeValue(forKey: name) else { return }
    try Data(gzip(generation.bytes)).write(to: folder.appending(path: name + ".gz"))
    unlink(path(name))
    files[name + ".gz"] = generation
  }

  /// The files and their lines, in short.
  var state: String {
    files.sorted { $0.key < $1.key }.map { name, generation in
      let lines = generation.lines.map { LineStyle.name(of: $0.text) }.joined(separator: " ")
      let half = generation.hasHalf ? " half" : ""
      return "\(name) [\(lines)\(half)] \(generation.seen)/\(generation.bytes.count)"
    }
    .joined(separator: ", ")
  }

  // MARK: What somebody who follows must have

  /// A run looked at everything there is; the first one does not look for what was rotated before.
  func wasSeen(isFirst: Bool) {
    if isFirst {
      for (name, generation) in files where name != "access.log" && name != "other.log" {
        generation.isUnwanted = true
      }
    }
    for generation in files.values {
      (generation.seen, generation.isHeld) = (generation.bytes.count, true)
    }
    for generation in all where generation.isHeld { generation.seen = generation.bytes.count }
  }

  /// No run holds any file open.
  func wasLeft() {
    let there = Set(files.values.map { ObjectIdentifier($0) })
    for generation in all {
      if generation.isHeld, !there.contains(ObjectIdentifier(generation)), !generation.isGone {
        generation.isGone = true
      }
      generation.isHeld = false
    }
  }

  /// How often each line must be stored, and how often at most.
  var expected: [String: (least: Int, most: Int)] {
    var result: [String: (least: Int, most: Int)] = [:]
    for generation in all {
      var (least, most): ([String: Int], [String: Int]) = ([:], [:])
      for line in generation.lines {
        most[line.text, default: 0] += 1
        if generation.mustHave(line.end) { least[line.text, default: 0] += 1 }
      }
      for (text, count) in most {
        let name = LineStyle.name(of: text)
        let limit = style.hasID ? 1 : Int.max
        let old = result[name] ?? (0, 0)
        result[name] = (
          max(old.least, min(least[text] ?? 0, limit)), max(old.most, min(count, limit))
        )
      }
    }
    return result
  }

  /// Texts that must be among the rejects.
  var expectedRejects: Set<String> {
    // Where no line can be read, nobody knows what it should be.
    let read = all.filter { generation in generation.lines.contains { generation.mustHave($0.end) }
    }
    return Set(
      read.flatMap { generation in
        generation.bad.filter { generation.mustHave($0.end) }.map(\.text)
      }
    )
  }

  /// Lines that may be lost without a word.
  var silentlyLost: Set<String> {
    Set(
      all.filter { $0.isUnwanted || $0.isGone && $0.isSilent }.flatMap { generation in
        generation.lines.filter { !generation.mustHave($0.end) }.map { LineStyle.name(of: $0.text) }
      }
    )
  }
}
