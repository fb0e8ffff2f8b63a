"""What a database holds, and whether all that is derived from it agrees."""

import hashlib
import shutil
import sqlite3
from contextlib import closing

from blocks import Damaged, spread

# Rows that are stored many together.
BLOCKS = {"charge_blocks", "daily_blocks"}
# Made from other tables, or numbered as they come.
DERIVED = BLOCKS | {"series", "books", "imports", "settings", "quarter_hour_rollups", "totals",
                    "identity_runs", "identity_blocks"}
# Differ from one undisturbed import to the next: keyed hashes, and numbers of other rows.
NUMBERED = {"id", "fingerprint", "import"}

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
# The state of a database in which there is nothing, or that is not there.
NOTHING = "nothing"
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
    """
    return examined(path, digest)


def examined(path, look=lambda db, tables: "something"):
    """What `look` gives for a database once all that is in it agrees; throws Broken.

    Opening recovers what a crash left: what the command shall recover itself is copied first.
    """
    if not path.exists():
        return NOTHING
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            tables = {name for name, in db.execute(TABLES)}
            if BLOCKS <= tables:
                spread(db)
            check(db, tables)
            return look(db, tables) if BLOCKS <= tables else NOTHING
    except (sqlite3.Error, Damaged) as error:
        raise Broken(f"{type(error).__name__}: {error}") from error


def copied(path, folder):
    """A copy of a database as a crash left it."""
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for suffix in ("", "-wal", "-journal"):
        if path.with_name(path.name + suffix).exists():
            shutil.copyfile(path.with_name(path.name + suffix), folder / ("copy.db" + suffix))
    return folder / "copy.db"


def check(db, tables):
    """Throws Broken for a database that is corrupt or contradicts itself."""
    integrity = [row[0] for row in db.execute("PRAGMA integrity_check")]
    if integrity != ["ok"]:
        raise Broken("; ".join(integrity[:3]))
    for row in db.execute("PRAGMA foreign_key_check"):
        raise Broken(f"a row without what it refers to: {row}")
    for table, query in SUMS.items() if BLOCKS <= tables else ():
        for row in db.execute(query):
            raise Broken(f"{table} differ from the charges: {row}")


def digest(db, tables):
    """A digest of every row that means something."""
    content = contents(db, tables)
    if not any(content.values()):
        return NOTHING
    found = hashlib.sha256()
    for table in sorted(content):
        found.update(repr((table, sorted(map(repr, content[table])))).encode())
    return found.hexdigest()


def contents(db, tables):
    """Every row that means something, by table."""
    content = {"charges": list(db.execute(CHARGES))}
    for table in tables - DERIVED:
        if table.startswith(("sqlite_", "grdb_")):
            continue
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        shown = [f'"{one}" >> 31' if one == "charge" else f'"{one}"'
                 for one in columns if one not in NUMBERED]
        content[table] = list(db.execute(f"SELECT {', '.join(shown)} FROM {table}"))
    return content
