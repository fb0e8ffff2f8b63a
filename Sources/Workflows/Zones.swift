public import CreditCore
import LocalFiles

/// Time zones as the system keeps them.
public enum Zones {
  private static let folders = [
    "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/var/db/timezone/zoneinfo",
  ]

  /// The zone of an IANA name such as `Europe/Berlin`.
  ///
  /// Throws ``BadInput`` for a name that no zone has, and ``EnvironmentFault`` where the system
  /// has no zones.
  public static func named(_ name: String) throws -> Zone {
    if name == "UTC" || name == "Z" { return .utc }
    guard let folder = folders.first(where: Files.isDirectory) else {
      throw EnvironmentFault("this system has no time zones in \(folders[0]): install tzdata")
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isName = parts.allSatisfy { part in
      !part.isEmpty
        && part.utf8.allSatisfy {
          $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || [0x2B, 0x2D, 0x5F].contains($0)
        }
    }
    let path = "\(folder)/\(name)"
    guard isName, Files.exists(path), !Files.isDirectory(path) else {
      throw unknown(name, in: folder)
    }
    guard let zone = Zone(name: name, file: try Files.read(path).bytes) else {
      throw unknown(name, in: folder)
    }
    return zone
  }

  /// What is wrong with a zone's name that a file gives; nil where there is such a zone.
  public static func fault(_ name: String, at mark: SourceMark) -> Diagnostic? {
    do { _ = try named(name) } catch let error as BadInput {
      return error.diagnostics.first.map {
        Diagnostic($0.message, at: mark, expected: $0.expected, hint: $0.hint)
      }
    } catch {
      return Diagnostic("time zone \(printable(name)): \(error)", at: mark)
    }
    return nil
  }

  private static func unknown(_ name: String, in folder: String) -> BadInput {
    let area = name.contains("/") ? String(name.prefix { $0 != "/" }) + "/" : ""
    let isArea = area.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 == 0x2F }
    let names = isArea ? (try? Files.names(in: "\(folder)/\(area)")) ?? [] : []
    let near = nearest(to: String(name.dropFirst(area.count)), among: names)
    return BadInput(
      Diagnostic(
        "unknown time zone \"\(name)\"",
        at: SourceMark(
          source: SourceText(name: "--timezone", bytes: Array(name.utf8)),
          line: 1,
          column: 1,
          width: name.unicodeScalars.count
        ),
        expected: "a name such as Europe/Berlin or UTC",
        hint: near.map { "did you mean \(area)\($0)?" }
      )
    )
  }
}

extension Instant {
  /// Reads RFC 3339; or, in a zone, also a day (its first instant) or a time without an offset.
  public init?(_ text: String, in zone: Zone?) {
    if let instant = Instant(text) {
      self = instant
      return
    }
    guard let zone else { return nil }
    if let date = CivilDate(text) {
      self = zone.start(of: date)
    } else if let shown = Instant(text + "Z") ?? Instant(text + ":00Z") {
      let (date, microsecond) = Zone.utc.local(shown)
      self = zone.instant(of: date, microsecond: microsecond)
    } else {
      return nil
    }
  }
}
