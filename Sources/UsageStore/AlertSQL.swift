/// The questions that alerts ask of the database.
enum AlertSQL {
  static let states = """
    SELECT rule, org, level, state, since, told, last_told, serial, epoch, period, severity, value,
      threshold, unit, data_as_of, reason FROM alert_states
    """
  static let watches = """
    SELECT org, evaluated, snapshot, at, balance, used, epoch FROM alert_watches
    """
  static let silences = """
    SELECT rule, org, starts, ends, author, reason, id FROM alert_silences
    WHERE ends > ? ORDER BY id
    """
  static let addSilence = """
    INSERT INTO alert_silences (rule, org, starts, ends, author, reason) VALUES (?, ?, ?, ?, ?, ?)
    """
  static let endSilence = """
    UPDATE alert_silences SET ends = ? WHERE id = ? AND ends > ? AND (? IS NULL OR org = ?)
    """
  static let keepState = """
    INSERT INTO alert_states VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET state = excluded.state, since = excluded.since,
      told = excluded.told, last_told = excluded.last_told, serial = excluded.serial,
      epoch = excluded.epoch, period = excluded.period, severity = excluded.severity,
      value = excluded.value, threshold = excluded.threshold, unit = excluded.unit,
      data_as_of = excluded.data_as_of, reason = excluded.reason
    """
  static let keepWatch = """
    INSERT INTO alert_watches VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET evaluated = excluded.evaluated, snapshot = excluded.snapshot,
      at = excluded.at, balance = excluded.balance, used = excluded.used, epoch = excluded.epoch
    """
  static let keepLook = """
    INSERT INTO alert_looks VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET at = excluded.at, import = excluded.import
    """
  /// The last time that an organisation, or all, were looked at.
  static let look = """
    SELECT at, import FROM alert_looks WHERE org = '' OR org = ?
    ORDER BY import DESC, at DESC LIMIT 1
    """
  static let earliestAdded = "SELECT min(first) FROM imports WHERE id > ? AND id <= ?"
  /// Without what a look at the organisation alone knew, be it the one that owns what is nameless.
  static let lateRequests = """
    SELECT series.org, min(charges.id), max(charges.id)
    FROM charges JOIN series ON series.id = charges.series
      LEFT JOIN alert_looks AS look ON look.org = iif(series.org = '', ?4, series.org)
    WHERE charges.id >= ?1 AND charges.id < ?2
      AND charges.import > max(?3, coalesce(look.import, 0)) AND charges.import <= ?5
    GROUP BY series.org
    """

  /// The latest of the last organisation come first.
  static let balances = """
    SELECT id, at, balance, billing_period_used, tier, org FROM snapshots
    WHERE org < ? ORDER BY org DESC, at DESC
    """
  static let latestBalance = """
    SELECT id, at, balance, billing_period_used, tier FROM snapshots
    WHERE org = ? AND at <= ? AND balance IS NOT NULL ORDER BY at DESC, id DESC LIMIT 1
    """
  static let lateBalances = """
    SELECT id, at, balance, billing_period_used, tier,
      (SELECT min(next.at) FROM snapshots AS next
        WHERE next.org = ?1 AND next.at > snapshots.at AND next.balance IS NOT NULL)
    FROM snapshots
    WHERE org = ?1 AND id > ?2 AND at <= ?3 AND balance IS NOT NULL ORDER BY at, id
    """
  static let newestQuarters = """
    SELECT org, quarter FROM quarter_hour_rollups WHERE quarter < ? AND requests > 0
    ORDER BY quarter DESC
    """
  static let spenders = "SELECT count(DISTINCT org) FROM series"
  static let organisation = "SELECT org FROM series WHERE id = ?"

  static let queue = """
    INSERT INTO alert_outbox (message, destination, alert, status, attempts, due, error)
    VALUES (?, ?, ?, 'queued', ?, ?, '')
    """
  /// Where the last message about an alert says that it fires; of one that was given up, nobody
  /// knows whether it was heard.
  static let toldFiring = """
    SELECT destination FROM (
      SELECT destination, state, max(alert_outbox.id) FROM alert_outbox
      JOIN alert_messages AS message ON message.id = alert_outbox.message
      WHERE alert = ? GROUP BY destination)
    WHERE state = 'firing' AND destination NOT IN (SELECT destination FROM closed_destinations)
    """
  /// Those of the arguments' id, or all, that nothing later about the same alert followed.
  static let retry = """
    UPDATE alert_outbox SET status = 'queued', attempts = 0, due = ?1, settled = NULL
    WHERE status = 'failed'
      AND (?2 IS NULL OR message = (SELECT id FROM alert_messages WHERE message = ?2))
      AND destination NOT IN (SELECT destination FROM closed_destinations)
      AND NOT EXISTS (SELECT 1 FROM alert_outbox AS later WHERE later.alert = alert_outbox.alert
        AND later.destination = alert_outbox.destination AND later.id > alert_outbox.id)
    RETURNING id
    """
  static let outbox = """
    SELECT alert_outbox.id, destination, alert, status, attempts, due, settled, error,
      message.message, rule, org, level, severity, state, value, threshold, unit, since, message.at,
      data_as_of, reason, action
    FROM alert_outbox JOIN alert_messages AS message ON message.id = alert_outbox.message
    """
}
