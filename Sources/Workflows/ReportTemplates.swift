import CreditCore
import LocalFiles
public import Reports

extension Templates {
  /// The templates of a folder, or the shipped ones.
  public static func inFolder(_ folder: String?) -> Templates {
    guard let folder else { return .shipped }
    return Templates { (name) throws(EnvironmentFault) in
      String(decoding: try Files.read(folder + "/" + name).bytes, as: UTF8.self)
    }
  }
}
