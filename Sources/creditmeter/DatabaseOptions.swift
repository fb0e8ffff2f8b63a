import ArgumentParser
import Settings
import Workflows

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Which database a run uses.
struct DatabaseOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The database.",
      discussion: "Also CREDITMETER_DATABASE, and database in creditmeter.yaml.",
      valueName: "file"
    )
  )
  var database: String?

  /// The option, else the variable, else the settings, else `creditmeter.db` in the user's data
  /// folder.
  ///
  /// Throws ``BadInput`` for settings with faults, and ``EnvironmentFault``.
  var path: String { get throws { try path(TeamSettings.current()) } }

  /// The same, by settings that were read already.
  func path(_ settings: @autoclosure () throws -> Settings) rethrows -> String {
    if let named = database ?? Environment["CREDITMETER_DATABASE"] { return named }
    if let named = try settings().database { return named }
    if let data = Environment["XDG_DATA_HOME"] { return data + "/creditmeter/creditmeter.db" }
    if let home = Environment["HOME"] { return home + "/.local/share/creditmeter/creditmeter.db" }
    return "creditmeter.db"
  }
}

/// Variables of the environment; an empty one is as good as none.
enum Environment {
  /// All that there are, sorted.
  static var names: [String] {
    var names: [String] = []
    var entry = environ
    while let text = entry.pointee {
      names.append(String(String(cString: text).prefix { $0 != "=" }))
      entry += 1
    }
    return names.sorted()
  }

  static subscript(name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
  }
}
