import GRDB

// Who may use the service, in a file of its own beside the database, so that tokens can be made
// and revoked while the service writes.
//
//   tokens      one row a token; of its secret only the SHA-256
//   audit       what was done with tokens and by whom; each row holds the SHA-256 of the one before
//   answers     what was answered to requests with an Idempotency-Key
enum AccessSchema {
  /// Marks a file as creditmeter's: "crma".
  static let applicationID = 0x6372_6D61

  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in try db.execute(sql: tables) }
    return migrator
  }()

  private static let tables = """
    CREATE TABLE tokens (
      id TEXT PRIMARY KEY,
      digest TEXT NOT NULL CHECK (length(digest) = 64),
      org TEXT NOT NULL,
      scopes TEXT NOT NULL,
      name TEXT,
      created INTEGER NOT NULL,
      expires INTEGER NOT NULL,
      revoked INTEGER,
      last_used INTEGER
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE audit (
      number INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      action TEXT NOT NULL,
      subject TEXT NOT NULL,
      org TEXT NOT NULL,
      details TEXT NOT NULL,
      digest TEXT NOT NULL CHECK (length(digest) = 64)
    ) STRICT;
    CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
      BEGIN SELECT raise(ABORT, 'the audit log is not changed'); END;
    CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
      BEGIN SELECT raise(ABORT, 'the audit log is not changed'); END;

    CREATE TABLE answers (
      org TEXT NOT NULL,
      key TEXT NOT NULL,
      request TEXT NOT NULL CHECK (length(request) = 64),
      at INTEGER NOT NULL,
      content TEXT NOT NULL,
      PRIMARY KEY (org, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX answers_by_time ON answers (at);
    """
}
