import GRDB

/// A file that is followed: which one it is, and how much of it is stored.
///
/// A file is known by device and inode while it is not written anew, which its bytes tell; and a
/// copy of it, or what a rotation made of it, by its bytes alone.
public struct FollowedFile: Sendable, Equatable {
  /// Its row; nil for one that is not stored yet.
  public var id: Int64?
  /// The path under which it was found first.
  public var path: String
  public var device: Int64
  public var inode: Int64
  /// How its lines are read, once that is known.
  public var format: String?
  /// Of its first bytes.
  public var head: UInt64 = 0
  public var headLength = 0
  /// Of the bytes before ``position``.
  public var tail: UInt64 = 0
  public var tailLength = 0
  /// Bytes from its start whose lines are stored; a line ends there.
  public var position = 0
  /// When it was written last, in nanoseconds since 1970, as far as it was read.
  public var modified: Int64
  /// Its size, once all of it is stored and nothing more is expected.
  public var ended: Int?

  public init(path: String, device: Int64, inode: Int64, modified: Int64) {
    self.path = path
    self.device = device
    self.inode = inode
    self.modified = modified
  }
}

extension ImportWriter {
  /// How many files are remembered of one path.
  private static let followedLimit = 64

  /// The files that were followed at a path, oldest first; of older ones the last few.
  public func followedFiles(at path: String) throws -> [FollowedFile] {
    try beginTransaction()
    try db.execute(
      sql: """
        DELETE FROM followed WHERE path = ?1 AND id NOT IN
          (SELECT id FROM followed WHERE path = ?1 ORDER BY id DESC LIMIT ?2)
        """,
      arguments: [path, Self.followedLimit]
    )
    let rows = try Row.fetchAll(
      db,
      sql: "SELECT * FROM followed WHERE path = ? ORDER BY id",
      arguments: [path]
    )
    return rows.map(Self.followedFile)
  }

  /// The files that were followed in a folder, oldest first.
  public func followedFiles(in folder: String) throws -> [FollowedFile] {
    let rows = try Row.fetchAll(
      db,
      sql: "SELECT * FROM followed WHERE path > ? AND path < ? ORDER BY id",
      // "0" comes after "/".
      arguments: [folder + "/", folder + "0"]
    )
    return rows.map(Self.followedFile)
      .filter { !$0.path.dropFirst(folder.count + 1).contains("/") }
  }

  private static func followedFile(_ row: Row) -> FollowedFile {
    var file = FollowedFile(
      path: row["path"],
      device: row["device"],
      inode: row["inode"],
      modified: row["modified"]
    )
    file.id = row["id"]
    file.format = row["format"]
    file.head = UInt64(bitPattern: row["head"])
    file.headLength = row["head_length"]
    file.tail = UInt64(bitPattern: row["tail"])
    file.tailLength = row["tail_length"]
    file.position = row["position"]
    file.ended = row["ended"]
    return file
  }

  /// Stores how far a file was read, in the transaction of what was read of it, and gives its row.
  public func store(_ file: FollowedFile) throws -> Int64 {
    try beginTransaction()
    try db.execute(
      sql: """
        INSERT INTO followed (id, path, device, inode, format, head, head_length, tail,
          tail_length, position, modified, ended)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET path = excluded.path, device = excluded.device,
          inode = excluded.inode, format = excluded.format, head = excluded.head,
          head_length = excluded.head_length, tail = excluded.tail,
          tail_length = excluded.tail_length, position = excluded.position,
          modified = excluded.modified, ended = excluded.ended
        """,
      arguments: [
        file.id, file.path, file.device, file.inode, file.format, Int64(bitPattern: file.head),
        file.headLength, Int64(bitPattern: file.tail), file.tailLength, file.position,
        file.modified, file.ended,
      ]
    )
    return file.id ?? db.lastInsertedRowID
  }

  /// Forgets a file that is gone.
  public func forget(_ file: FollowedFile) throws {
    guard let id = file.id else { return }
    try beginTransaction()
    try db.execute(sql: "DELETE FROM followed WHERE id = ?", arguments: [id])
  }
}
