import GRDB

// What the database holds. Charges are the facts; everything marked * is derived from them and
// can be rebuilt (`creditmeter db check` does, and compares).
//
//   books ──< series ──< charges >── imports ──< rejects
//               │  └───< daily_rollups*, quarter_hour_rollups*
//               │
//   a series is everything that requests have in common: organisation, operation, route, status,
//   basis, book, plan, tags. A charge is one request of a series. A day of a series is one daily
//   rollup, a quarter of an hour of an organisation another: what a report asks of any span is in
//   the days within it and in the charges of the parts of days at its ends.
//
//   charge_blocks, daily_blocks*           many charges or daily rollups each; WalkedTable.swift
//                                          makes rows of them
//   identity_runs* ──< identity_blocks*    which request was seen within a day, sorted by hash
//   passages                               which parts of logs were read, by their digests
//   totals*                                one row: sums over all charges
//   snapshots, ledger                      what the provider says of the balance
//   sequence_steps, sequence_charges       steps that answers told, and charges that pay for them
//   jobs                                   what jobs charged, and the charges that started them
//   estimates                              estimates kept to be compared with what happened
//   reports ──< reported_usage             what reports said of periods that were over
//   followed                               files that are followed, and where reading stopped
//   alert_…                                see AlertSchema.swift
//   events, scheduled_reports              see EventSchema.swift
//
// Credits and quantities are integers of millionths. Instants are microseconds since 1970, UTC.
enum Schema {
  /// Marks a file as a database of creditmeter: "crm1".
  static let applicationID = 0x6372_6D31

  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      for part in [requests, identities, balances, learned, reports] { try db.execute(sql: part) }
    }
    migrator.registerMigration("2") { db in try db.execute(sql: alerts) }
    migrator.registerMigration("3") { db in try db.execute(sql: services) }
    migrator.registerMigration("4") { db in try db.execute(sql: looks) }
    migrator.registerMigration("5") { db in try ChargeBlocks.replaceTable(db) }
    migrator.registerMigration("6") { db in try db.execute(sql: identityKey + lookups) }
    migrator.registerMigration("7") { db in try DailyBlocks.replaceTable(db) }
    return migrator
  }()

  private static let requests = """
    CREATE TABLE settings (
      name TEXT PRIMARY KEY,
      value ANY
    ) STRICT;

    CREATE TABLE books (
      id INTEGER PRIMARY KEY,
      provider TEXT NOT NULL,
      version TEXT NOT NULL,
      effective INTEGER NOT NULL,
      content TEXT NOT NULL,
      UNIQUE (provider, version)
    ) STRICT;

    CREATE TABLE imports (
      id INTEGER PRIMARY KEY,
      started INTEGER NOT NULL,
      finished INTEGER,
      file TEXT NOT NULL,
      source TEXT NOT NULL,
      read INTEGER NOT NULL DEFAULT 0,
      accepted INTEGER NOT NULL DEFAULT 0,
      duplicates INTEGER NOT NULL DEFAULT 0,
      updated INTEGER NOT NULL DEFAULT 0,
      rejected INTEGER NOT NULL DEFAULT 0,
      secrets INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TABLE series (
      id INTEGER PRIMARY KEY,
      fingerprint INTEGER NOT NULL UNIQUE,
      org TEXT NOT NULL,
      operation TEXT NOT NULL,
      metering TEXT NOT NULL 
        CHECK (metering = 'metered' OR metering = 'free' OR metering = 'unpriced'),
      unit TEXT NOT NULL,
      method TEXT NOT NULL,
      route TEXT NOT NULL,
      status INTEGER,
      replayed INTEGER NOT NULL CHECK (replayed = 0 OR replayed = 1),
      basis TEXT NOT NULL 
        CHECK (basis = 'measured' OR basis = 'counted' OR basis = 'assumed' OR basis = 'unpriced'),
      book INTEGER NOT NULL REFERENCES books,
      plan TEXT NOT NULL,
      tags TEXT NOT NULL,
      origin INTEGER REFERENCES series
    ) STRICT;

    -- id is the second of the request, then 31 bits of its identity: new requests of a log that
    -- is in order go to the end. arguments fill the placeholders of the series' route.
    CREATE TABLE charges (
      id INTEGER PRIMARY KEY,
      identity INTEGER NOT NULL,
      microsecond INTEGER NOT NULL,
      series INTEGER NOT NULL,
      quantity INTEGER,
      credits INTEGER,
      arguments TEXT,
      import INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE daily_rollups (
      day INTEGER NOT NULL,
      series INTEGER NOT NULL,
      requests INTEGER NOT NULL,
      quantity INTEGER NOT NULL,
      credits INTEGER NOT NULL,
      PRIMARY KEY (day, series)
    ) STRICT, WITHOUT ROWID;

    -- Every zone is a multiple of 15 minutes away from UTC.
    CREATE TABLE quarter_hour_rollups (
      quarter INTEGER NOT NULL,
      org TEXT NOT NULL,
      requests INTEGER NOT NULL,
      credits INTEGER NOT NULL,
      PRIMARY KEY (quarter, org)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE totals (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      requests INTEGER NOT NULL,
      quantity INTEGER NOT NULL,
      credits INTEGER NOT NULL
    ) STRICT;
    INSERT INTO totals VALUES (1, 0, 0, 0);

    CREATE TABLE rejects (
      id INTEGER PRIMARY KEY,
      fingerprint INTEGER NOT NULL UNIQUE,
      import INTEGER NOT NULL REFERENCES imports,
      file TEXT NOT NULL,
      line INTEGER NOT NULL,
      "column" INTEGER NOT NULL,
      reason TEXT NOT NULL,
      message TEXT NOT NULL,
      raw TEXT NOT NULL
    ) STRICT;
    """

  private static let identities = """
    CREATE TABLE identity_runs (
      id INTEGER PRIMARY KEY,
      day INTEGER NOT NULL,
      entries INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX identity_runs_by_day ON identity_runs (day);

    -- id is the run, then 16 bits for the block.
    CREATE TABLE identity_blocks (
      id INTEGER PRIMARY KEY,
      entries BLOB NOT NULL
    ) STRICT;
    """

  /// A key that is there stays: identities are hashed under it.
  private static let identityKey = """
    INSERT OR IGNORE INTO settings VALUES ('identity_key', hex(randomblob(16)));
    """

  private static let lookups = """
    CREATE INDEX sequence_charges_by_charge ON sequence_charges (charge);

    -- Runs of lines that need not be read again: all of their requests are stored.
    CREATE TABLE passages (
      digest BLOB PRIMARY KEY CHECK (length(digest) = 16),
      lines INTEGER NOT NULL CHECK (lines >= requests),
      requests INTEGER NOT NULL CHECK (requests > 0),
      first INTEGER NOT NULL,
      last INTEGER NOT NULL CHECK (last >= first)
    ) STRICT, WITHOUT ROWID;
    """

  private static let balances = """
    CREATE TABLE snapshots (
      id INTEGER PRIMARY KEY,
      org TEXT NOT NULL,
      at INTEGER NOT NULL,
      balance INTEGER,
      billing_period_used INTEGER,
      tier TEXT,
      source TEXT NOT NULL,
      UNIQUE (org, at, balance, billing_period_used, tier)
    ) STRICT;

    CREATE TABLE ledger (
      id INTEGER PRIMARY KEY,
      fingerprint INTEGER NOT NULL UNIQUE,
      org TEXT NOT NULL,
      entry TEXT,
      at INTEGER NOT NULL,
      type TEXT,
      amount INTEGER NOT NULL,
      service TEXT,
      quantity INTEGER,
      llm_tier TEXT,
      description TEXT
    ) STRICT;
    CREATE INDEX ledger_by_time ON ledger (org, at);
    """

  private static let reports = """
    -- org is that of the report; without one it is of all organisations. last_import, accepted and
    -- updated say how far imports were.
    CREATE TABLE reports (
      id INTEGER PRIMARY KEY,
      org TEXT,
      start INTEGER NOT NULL,
      until INTEGER NOT NULL,
      made INTEGER NOT NULL,
      last_import INTEGER NOT NULL,
      accepted INTEGER NOT NULL,
      updated INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX reports_by_period ON reports (start, until);

    CREATE TABLE reported_usage (
      report INTEGER NOT NULL REFERENCES reports,
      operation TEXT NOT NULL,
      book TEXT NOT NULL,
      requests INTEGER NOT NULL,
      credits INTEGER NOT NULL,
      PRIMARY KEY (report, operation, book)
    ) STRICT, WITHOUT ROWID;
    """

  private static let learned = """
    CREATE TABLE sequence_steps (
      org TEXT NOT NULL,
      sequence TEXT NOT NULL,
      at INTEGER NOT NULL,
      steps INTEGER NOT NULL,
      PRIMARY KEY (org, sequence, at)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE sequence_charges (
      org TEXT NOT NULL,
      sequence TEXT NOT NULL,
      charge INTEGER NOT NULL,
      factor INTEGER NOT NULL,
      PRIMARY KEY (org, sequence, charge)
    ) STRICT, WITHOUT ROWID;

    -- applied says that the charge has the credits that the job told.
    CREATE TABLE jobs (
      org TEXT NOT NULL,
      job TEXT NOT NULL,
      charge INTEGER,
      told INTEGER,
      credits INTEGER,
      quantity INTEGER,
      applied INTEGER NOT NULL DEFAULT 0 CHECK (applied = 0 OR applied = 1),
      PRIMARY KEY (org, job)
    ) STRICT, WITHOUT ROWID;

    -- content is the estimate as JSON; actual is what then happened, as it was known at compared.
    CREATE TABLE estimates (
      name TEXT PRIMARY KEY,
      saved INTEGER NOT NULL,
      low INTEGER NOT NULL,
      expected INTEGER NOT NULL,
      high INTEGER NOT NULL,
      content TEXT NOT NULL,
      actual INTEGER,
      compared INTEGER
    ) STRICT;

    -- A row is one file, wherever it was moved to; a path that is rotated has several.
    CREATE TABLE followed (
      id INTEGER PRIMARY KEY,
      path TEXT NOT NULL,
      device INTEGER NOT NULL,
      inode INTEGER NOT NULL,
      format TEXT,
      head INTEGER NOT NULL,
      head_length INTEGER NOT NULL,
      tail INTEGER NOT NULL,
      tail_length INTEGER NOT NULL,
      position INTEGER NOT NULL,
      modified INTEGER NOT NULL,
      ended INTEGER
    ) STRICT;
    CREATE INDEX followed_by_path ON followed (path);
    """
}
