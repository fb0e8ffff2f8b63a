import ArgumentParser
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
      discussion: "Also CREDITMETER_DATABASE.",
      valueName: "file"
    )
  )
  var database: String?

  /// The option, else the variable, else `creditmeter.db` in the user's data folder.
  var path: String {
    if let database { return database }
    if let named = Environment["CREDITMETER_DATABASE"] { return named }
    if let data = Environment["XDG_DATA_HOME"] { return data + "/creditmeter/creditmeter.db" }
    if let home = Environment["HOME"] { return home + "/.local/share/creditmeter/creditmeter.db" }
    return "creditmeter.db"
  }
}

/// Variables of the environment; an empty one is as good as none.
enum Environment {
  static subscript(name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
  }
}
