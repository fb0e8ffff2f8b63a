// What services keep beside the rest of the schema.
//
//   events ──< event_jobs                     what the provider told in signed events, for ever
//   scheduled_reports                         reports that were due, and how far they came
extension Schema {
  /// `key` is the SHA-256 of what tells an event from others.
  ///
  /// `charge` is the one that it made (`own`), or that of the request that it tells of (`joined`),
  /// which may have been made from `earliest` on.
  static let services = """
    CREATE TABLE events (
      id INTEGER PRIMARY KEY,
      key BLOB NOT NULL UNIQUE,
      org TEXT NOT NULL,
      name TEXT NOT NULL,
      at INTEGER NOT NULL,
      received INTEGER NOT NULL,
      state TEXT NOT NULL
        CHECK (state = 'seen' OR state = 'own' OR state = 'joined' OR state = 'covered'),
      operation TEXT,
      earliest INTEGER,
      charge INTEGER UNIQUE
    ) STRICT;
    CREATE INDEX own_events ON events (at) WHERE state = 'own';

    CREATE TABLE event_jobs (
      job TEXT NOT NULL,
      org TEXT NOT NULL,
      event INTEGER NOT NULL REFERENCES events,
      PRIMARY KEY (job, org, event)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX jobs_of_events ON event_jobs (event);

    CREATE INDEX jobs_by_charge ON jobs (charge) WHERE charge IS NOT NULL;

    CREATE TABLE scheduled_reports (
      id INTEGER PRIMARY KEY,
      schedule TEXT NOT NULL,
      period TEXT NOT NULL,
      destination TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status = 'queued' OR status = 'delivered' OR status = 'failed'
        OR status = 'skipped'),
      attempts INTEGER NOT NULL,
      due INTEGER NOT NULL,
      settled INTEGER,
      error TEXT NOT NULL,
      UNIQUE (schedule, period, destination)
    ) STRICT;
    """
}
