"""Files that are no database of ours, or were one: an answer, and never a crash or a hang."""

import os
import random
import shutil
import sqlite3
import subprocess
from contextlib import closing

from command import DATABASE
from points import Scenario, side_by_side

MUTATIONS = 300
EXTREMES = [0, 1, -1, 2 ** 31, -2 ** 31 - 1, 2 ** 40, 2 ** 63 - 1, -2 ** 63, None, "", "x", b"",
            b"\x00" * 12, b"\xff" * 13, "\U0001F4A9" * 3000, 1.5]
FOREIGN = [
    "CREATE TRIGGER t AFTER INSERT ON charge_blocks BEGIN DELETE FROM totals; END",
    "CREATE TRIGGER t BEFORE UPDATE ON totals BEGIN SELECT raise(IGNORE); END",
    "CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
    "ALTER TABLE charge_blocks RENAME TO c; CREATE VIEW charge_blocks AS SELECT * FROM c",
    "INSERT INTO grdb_migrations VALUES ('9999')",
    "DELETE FROM grdb_migrations",
    "PRAGMA application_id = 1", "PRAGMA application_id = 0", "PRAGMA user_version = 99",
    "ALTER TABLE series RENAME COLUMN org TO organisation", "DROP TABLE totals",
    "DROP TABLE identity_runs", "ALTER TABLE charge_blocks RENAME COLUMN entries TO e",
    "ALTER TABLE charge_blocks ADD COLUMN more TEXT", "DELETE FROM totals", "DELETE FROM settings",
    "UPDATE settings SET value = 'no key'", "DELETE FROM books", "DELETE FROM series",
    "PRAGMA encoding = 'UTF-16'", "DROP INDEX identity_runs_by_day",
    "CREATE TABLE other (x); DROP TABLE imports", "UPDATE identity_blocks SET entries = x'00'",
    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET type = NULL WHERE name = 'books'",
    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '');"
    "PRAGMA writable_schema = RESET; UPDATE charge_blocks SET entries = NULL",
    "UPDATE identity_runs SET entries = 9223372036854775807",
    "UPDATE identity_runs SET entries = -5", "UPDATE identity_blocks SET entries = zeroblob(99999)",
]


def databases(command, folder, seed):
    """Uses databases that were tampered with."""
    scenario = Scenario(command, folder / "hostile", seed, is_fresh=True)
    whole = scenario.copy("whole")
    scenario.ingest(whole)
    chance = random.Random(seed)
    kinds = [flip, flip, shorten, page_size, value, value, value, block, block, beside]
    mutations = [*FOREIGN, empty, directory, pipe, device, loop]
    mutations += [chance.choice(kinds) for _ in range(MUTATIONS - len(mutations))]
    numbered = [(kind, f"{seed} {number}") for number, kind in enumerate(mutations)]
    found = side_by_side(lambda one: used(command, whole, *one), numbered)
    yield "files that are no database, or were one", len(mutations), found


def used(command, whole, kind, seed):
    """What is wrong with how commands answer to a mutated database."""
    place = shutil.copytree(whole, whole.with_name("hostile " + seed))
    database, chance = place / DATABASE, random.Random(seed)
    what = kind if isinstance(kind, str) else f"{kind.__name__} {kind(database, chance) or ''}"
    if isinstance(kind, str):
        execute(database, kind)
    try:
        for arguments in commands(command):
            result = command.run(place, *arguments, "--database", database)
            if result.code not in (0, 1, 3):
                return f"{what}: {arguments[0]} ended with {result}"
            if result.code == 1 and str(place) not in result.errors:
                return f"{what}: {arguments[0]} names no path: {result}"
            if "TRIGGER" in what and "INSTEAD" not in what and result.code == 0:
                return f"{what}: {arguments[0]} took it"
    except subprocess.TimeoutExpired:
        return f"{what}: hangs"
    finally:
        shutil.rmtree(place)
    return None


def commands(command):
    """Commands that read and write databases."""
    yield from (["usage"], ["burn"])
    yield from ([["db", "check"]] if command.checks else [])
    yield from (["ingest", "echo.ndjson"], ["ingest", "d.ndjson", "c.csv", "a.ndjson"])


def execute(database, sql):
    """Changes a database by SQL; what SQLite itself does not take is no mutation."""
    with closing(sqlite3.connect(database)) as db:
        try:
            db.executescript(sql)
        except sqlite3.Error:
            pass


def flip(database, chance):
    """Some bytes anywhere, or in the header, are others."""
    content = bytearray(database.read_bytes())
    end = chance.choice([100, 8192, len(content), len(content)])
    for _ in range(chance.choice([1, 2, 8, 64, 512])):
        content[chance.randrange(end)] = chance.randrange(256)
    database.write_bytes(content)


def shorten(database, chance):
    """The end is missing, or filled with nothing."""
    content = database.read_bytes()
    end = chance.choice([chance.randrange(len(content)), chance.randrange(40) * 8192])
    database.write_bytes(content[:end] + bytes(chance.choice([0, len(content) - end])))


def page_size(database, chance):
    """The header tells another size of pages."""
    content = bytearray(database.read_bytes())
    content[16:18] = chance.choice([0, 1, 512, 1000, 4096, 16384, 32768, 65535]).to_bytes(2, "big")
    database.write_bytes(content)


def value(database, chance):
    """One value of one table is an extreme one, in one row or in all."""
    with closing(sqlite3.connect(database)) as db:
        tables = [row[0] for row in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        table = chance.choice(tables)
        column = chance.choice([row[1] for row in db.execute(f"PRAGMA table_info({table})")])
        extreme = chance.choice(EXTREMES)
        db.execute("PRAGMA ignore_check_constraints = 1")
        for limit in chance.sample(["", "WHERE rowid = 1"], 2):
            try:
                db.execute(f'UPDATE {table} SET "{column}" = ? {limit}', [extreme])
                db.commit()
                return f"{table}.{column} = {extreme!r:.20} {limit}"
            except sqlite3.Error:
                pass
    return None


def block(database, chance):
    """Some bytes of blocks are others, or missing."""
    table, column = chance.choice([("charge_blocks", "entries"), ("daily_blocks", "sums")])
    with closing(sqlite3.connect(database)) as db:
        for key, entries in list(db.execute(f"SELECT id, {column} FROM {table}")):
            content = bytearray(entries)
            for _ in range(chance.choice([0, 1, 1, 3])):
                content[chance.randrange(len(content))] = chance.choice([0, 1, 8, 255])
            del content[chance.choice([len(content)] * 3 + [chance.randrange(len(content))]):]
            db.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", [content, key])
        db.commit()


def beside(database, chance):
    """A log lies beside it that is not its own."""
    name = database.name + chance.choice(["-wal", "-journal", "-shm"])
    content = chance.randbytes(chance.choice([0, 32, 600, 20_000]))
    if chance.random() < 0.5:
        header = "377f0682002de21800002000" if name.endswith("wal") else "d9d505f920a163d7"
        content = bytes.fromhex(header) + content
    database.with_name(name).write_bytes(content)
    return name


def empty(database, _):
    """Nothing is in it."""
    database.write_bytes(b"")


def directory(database, _):
    """It is a folder."""
    database.unlink()
    database.mkdir()


def pipe(database, _):
    """It is a pipe that nobody writes to."""
    database.unlink()
    os.mkfifo(database)


def device(database, _):
    """It is a device."""
    database.unlink()
    database.symlink_to("/dev/zero")


def loop(database, _):
    """It is a link to itself."""
    database.unlink()
    database.symlink_to(database)
