import BundledBytes
public import CreditCore

/// The files of the project that the binary carries: price book, samples, templates.
public enum Bundled {
  /// A file by its path in the project; empty where the binary carries none of that path.
  public static func file(_ path: String) -> SourceText {
    let file = bundled_file_at(path)?.pointee
    let bytes = UnsafeBufferPointer(start: file?.bytes, count: file?.count ?? 0)
    return SourceText(name: path, bytes: Array(bytes))
  }
}
