"""What a database holds, and whether all that is derived from it agrees."""

import hashlib
import shutil
import sqlite3
from contextlib import closing

# Made from other tables, or numbered as they come.
DERIVED = {"charges", "series", "books", "imports", "settings", "daily_rollups",
           "quarter_hour_rollups", "totals", "identity_runs", "identity_blocks"}
# Differ from one undisturbed import to the next: keyed hashes, and numbers of other rows.
NUMBERED = {"id", "fingerprint", "import"}

CHARGES = """
    SELECT charges.id >> 31, microsecond, org, method, route, arguments, operation, metering, unit,
      status, replayed, basis, provider, version, plan, tags, quantity, credits
    FROM charges JOIN series ON series.id = charges.series JOIN books ON books.id = series.book
"""
# What is stored beside what charges add up to; each gives the rows that differ.
SUMS = {
    "daily_rollups": """
        SELECT day, series, sum(requests), sum(quantity), sum(credits) FROM (
          SELECT day, series, requests, quantity, credits FROM daily_rollups UNION ALL
          SELECT (id >> 31) / 86400, series, -1, -coalesce(quantity, 0), -coalesce(credits, 0)
          FROM charges)
        GROUP BY day, series HAVING sum(requests) OR sum(quantity) OR sum(credits)""",
    "quarter_hour_rollups": """
        SELECT quarter, org, sum(requests), sum(credits) FROM (
          SELECT quarter, org, requests, credits FROM quarter_hour_rollups UNION ALL
          SELECT (charges.id >> 31) / 900, org, -1, -coalesce(credits, 0)
          FROM charges JOIN series ON series.id = charges.series)
        GROUP BY quarter, org HAVING sum(requests) OR sum(credits)""",
    "totals": """
        SELECT requests, quantity, credits FROM totals EXCEPT
        SELECT count(*), coalesce(sum(quantity), 0), coalesce(sum(credits), 0) FROM charges""",
    "imports": """
        SELECT imports.id, accepted, count(charges.id) FROM imports
        LEFT JOIN charges ON charges.import = imports.id
        GROUP BY imports.id HAVING count(charges.id) NOT IN (0, accepted)""",
    "charges": """
        SELECT charges.id FROM charges LEFT JOIN series ON series.id = charges.series
        LEFT JOIN books ON books.id = series.book WHERE books.id IS NULL""",
}


class Broken(Exception):
    """A database that cannot be opened, is corrupt, or contradicts itself."""


def state(path):
    """A digest of what a database holds; throws Broken.

    Two databases that hold the same have the same digest, whatever their keys and numbers.
    Opening recovers what a crash left, so a state that the command shall recover is copied first.
    """
    if not path.exists():
        return "nothing"
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            return examined(db)
    except sqlite3.Error as error:
        raise Broken(f"{type(error).__name__}: {error}") from error


def state_of_copy(path, folder):
    """The state of a database, which is left as a crash left it."""
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for suffix in ("", "-wal", "-journal"):
        if path.with_name(path.name + suffix).exists():
            shutil.copyfile(path.with_name(path.name + suffix), folder / ("copy.db" + suffix))
    return state(folder / "copy.db")


def examined(db):
    """The digest, once everything agrees."""
    integrity = [row[0] for row in db.execute("PRAGMA integrity_check")]
    if integrity != ["ok"]:
        raise Broken("; ".join(integrity[:3]))
    names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "charges" not in names:
        return "nothing"
    for row in db.execute("PRAGMA foreign_key_check"):
        raise Broken(f"a row without what it refers to: {row}")
    for table, query in SUMS.items():
        for row in db.execute(query):
            raise Broken(f"{table} differ from the charges: {row}")
    content = contents(db, names)
    if not any(content.values()):
        return "nothing"
    digest = hashlib.sha256()
    for table in sorted(content):
        digest.update(repr((table, sorted(map(repr, content[table])))).encode())
    return digest.hexdigest()


def contents(db, names):
    """Every row that means something, by table."""
    content = {"charges": list(db.execute(CHARGES))}
    for table in names - DERIVED:
        if table.startswith(("sqlite_", "grdb_")):
            continue
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        shown = [f'"{one}" >> 31' if one == "charge" else f'"{one}"'
                 for one in columns if one not in NUMBERED]
        content[table] = list(db.execute(f"SELECT {', '.join(shown)} FROM {table}"))
    return content
