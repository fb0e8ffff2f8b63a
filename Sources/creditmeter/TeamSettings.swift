import LocalFiles
import Settings
import Workflows

/// The settings of the folder that a run starts in, else the user's own.
enum TeamSettings {
  /// The file that `CREDITMETER_CONFIG` names, else `creditmeter.yaml` here, else in the user's
  /// configuration folder; without any, settings that say nothing.
  ///
  /// Throws ``BadInput`` for a file with faults, and ``EnvironmentFault`` for one that cannot be
  /// read.
  static func current() throws -> Settings {
    guard let path = Environment["CREDITMETER_CONFIG"] ?? places.first(where: Files.exists) else {
      return Settings()
    }
    return try read(path)
  }

  /// The settings of one file; throws as ``current()`` does.
  static func read(_ path: String) throws -> Settings {
    try SettingsReader.settings(try Files.read(path), zoneFault: Zones.fault)
  }

  private static var places: [String] {
    let folder = Environment["XDG_CONFIG_HOME"] ?? Environment["HOME"].map { $0 + "/.config" }
    return ["creditmeter.yaml"] + (folder.map { [$0 + "/creditmeter/creditmeter.yaml"] } ?? [])
  }
}
