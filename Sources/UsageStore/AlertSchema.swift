// What alerts remember, beside the rest of the schema.
//
//   alert_watches                             what the last evaluation saw of an organisation
//   alert_looks                               when that was, and how far imports were
//   alert_states                              rules that are pending, fire or did, by level
//   alert_messages ──< alert_outbox           what was said, and where it is to go
//   alert_silences, closed_destinations       where nobody is told
extension Schema {
  /// Numbers of rules are exact decimals as texts; nil where they are not known.
  static let alerts = """
    CREATE TABLE alert_watches (
      org TEXT PRIMARY KEY,
      evaluated INTEGER NOT NULL,
      snapshot INTEGER NOT NULL,
      at INTEGER,
      balance INTEGER,
      used INTEGER,
      epoch INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE alert_states (
      rule TEXT NOT NULL,
      org TEXT NOT NULL,
      level TEXT NOT NULL,
      state TEXT NOT NULL
        CHECK (state = 'ok' OR state = 'pending' OR state = 'firing' OR state = 'resolved'),
      since INTEGER NOT NULL,
      told INTEGER NOT NULL CHECK (told = 0 OR told = 1),
      last_told INTEGER,
      serial INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      period TEXT NOT NULL,
      severity TEXT NOT NULL,
      value TEXT,
      threshold TEXT,
      unit TEXT NOT NULL,
      data_as_of INTEGER,
      reason TEXT NOT NULL,
      PRIMARY KEY (rule, org, level)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE alert_messages (
      id INTEGER PRIMARY KEY,
      message TEXT NOT NULL UNIQUE,
      rule TEXT NOT NULL,
      org TEXT NOT NULL,
      level TEXT NOT NULL,
      severity TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state = 'firing' OR state = 'resolved'),
      value TEXT,
      threshold TEXT,
      unit TEXT NOT NULL,
      since INTEGER NOT NULL,
      at INTEGER NOT NULL,
      data_as_of INTEGER,
      reason TEXT NOT NULL,
      action TEXT NOT NULL
    ) STRICT;
    CREATE INDEX alert_messages_by_time ON alert_messages (at);

    -- alert is what a message is about: of one alert, messages arrive in their order.
    CREATE TABLE alert_outbox (
      id INTEGER PRIMARY KEY,
      message INTEGER NOT NULL REFERENCES alert_messages,
      destination TEXT NOT NULL,
      alert TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status = 'queued' OR status = 'delivered' OR status = 'failed'
        OR status = 'superseded' OR status = 'digested'),
      attempts INTEGER NOT NULL,
      due INTEGER NOT NULL,
      settled INTEGER,
      error TEXT NOT NULL
    ) STRICT;
    CREATE INDEX alert_outbox_queued ON alert_outbox (destination, alert) WHERE status = 'queued';
    CREATE INDEX alert_outbox_settled ON alert_outbox (destination, settled);

    CREATE TABLE alert_silences (
      id INTEGER PRIMARY KEY,
      rule TEXT NOT NULL,
      org TEXT,
      starts INTEGER NOT NULL,
      ends INTEGER NOT NULL,
      author TEXT NOT NULL,
      reason TEXT NOT NULL
    ) STRICT;

    -- Receivers that said that nothing is ever to be sent there again.
    CREATE TABLE closed_destinations (
      destination TEXT PRIMARY KEY,
      at INTEGER NOT NULL,
      reason TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

  /// By what requests are known to be late.
  static let looks = """
    -- The second of the earliest request that it added.
    ALTER TABLE imports ADD COLUMN first INTEGER;

    -- Of one organisation or, where that is empty, of all; import is the last one that was known.
    CREATE TABLE alert_looks (
      org TEXT PRIMARY KEY,
      at INTEGER NOT NULL,
      import INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX alert_outbox_by_alert ON alert_outbox (alert, destination);
    """
}
