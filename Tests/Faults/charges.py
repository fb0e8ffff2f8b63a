#!/usr/bin/env python3
"""The charges of a database as an ordinary table, although they are stored in blocks.

    charges.py DATABASE SQL    runs statements, in which `charges` is that table
"""

import sqlite3
import struct
import sys
from contextlib import closing

TABLE = """
    CREATE TEMP TABLE charges (id INTEGER PRIMARY KEY, identity, microsecond, series, quantity,
      credits, arguments, import)"""
COLUMNS = 9
PER_BLOCK = 100
PADDING = bytes(8)


class Damaged(Exception):
    """Bytes that are no block of charges."""


def spread(db):
    """Makes the table of what is in the blocks."""
    db.execute(TABLE)
    for first, entries in db.execute("SELECT id, entries FROM charge_blocks ORDER BY id"):
        rows = list(decoded(entries))
        if [row[0] for row in rows] != sorted({row[0] for row in rows}) or rows[0][0] != first:
            raise Damaged(f"block {first} is out of order")
        db.executemany("INSERT INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def gathered(db):
    """Makes blocks of what is in the table, and drops it."""
    rows = list(db.execute("SELECT * FROM temp.charges ORDER BY id"))
    db.execute("DELETE FROM charge_blocks")
    for start in range(0, len(rows), PER_BLOCK):
        part = rows[start:start + PER_BLOCK]
        db.execute("INSERT INTO charge_blocks VALUES (?, ?)", [part[0][0], encoded(part)])
    db.execute("DROP TABLE temp.charges")


def decoded(entries):
    """The rows of a block."""
    try:
        count, = struct.unpack_from("<H", entries)
        place, columns = 2, []
        for _ in range(COLUMNS):
            least, width = struct.unpack_from("<qB", entries, place)
            place += 9
            cells = [entries[place + width * row:place + width * (row + 1)] for row in range(count)]
            columns.append([signed(least + int.from_bytes(cell, "little")) for cell in cells])
            place += width * count
    except struct.error as error:
        raise Damaged(str(error)) from error
    if place + sum(columns[-1]) + len(PADDING) != len(entries):
        raise Damaged(f"a block of {len(entries)} bytes")
    for key, identity, microsecond, series, known, quantity, credits, source, length in zip(*columns):
        text = entries[place:place + length].decode()
        place += length
        yield (key, identity, microsecond, series, quantity if known & 1 else None,
               credits if known & 2 else None, text or None, source)


def signed(number):
    return (number + 2 ** 63) % 2 ** 64 - 2 ** 63


def encoded(rows):
    """Rows as a block."""
    texts = [(row[6] or "").encode() for row in rows]
    columns = [
        *([row[place] for row in rows] for place in range(4)),
        [(row[4] is not None) | (row[5] is not None) << 1 for row in rows],
        *([row[place] or 0 for row in rows] for place in (4, 5, 7)),
        [len(text) for text in texts],
    ]
    entries = struct.pack("<H", len(rows))
    for column in columns:
        least = min(column)
        width = ((max(column) - least).bit_length() + 7) // 8
        entries += struct.pack("<qB", least, width)
        entries += b"".join((value - least).to_bytes(width, "little") for value in column)
    return entries + b"".join(texts) + PADDING


def run(database, sql):
    """Runs statements on a database."""
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        spread(db)
        db.executescript(sql)
        gathered(db)


if __name__ == "__main__":
    run(*sys.argv[1:])
