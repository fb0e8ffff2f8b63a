#!/usr/bin/env python3
"""What a database keeps in blocks, as ordinary tables: charges, and the sums of days.

    blocks.py DATABASE SQL    runs statements, in which `charges` and `daily_rollups` are tables
"""

import sqlite3
import struct
import sys
from contextlib import closing
from itertools import groupby

CHARGES = """
    CREATE TEMP TABLE charges (id INTEGER PRIMARY KEY, identity, microsecond, series, quantity,
      credits, arguments, import)"""
DAYS = """
    CREATE TEMP TABLE daily_rollups (day, series, requests, quantity, credits,
      PRIMARY KEY (day, series))"""
CHARGE_COLUMNS = 9
CHARGES_PER_BLOCK = 100
DAY_COLUMNS = 4
# A block has the sums of series whose numbers differ in the last bits only.
SERIES_BITS = 8
BLOCK_BITS = 16
PADDING = bytes(8)


class Damaged(Exception):
    """Bytes that are no block."""


def spread(db):
    """Makes the tables of what is in the blocks."""
    db.execute(CHARGES)
    for first, entries in db.execute("SELECT id, entries FROM charge_blocks ORDER BY id"):
        rows = list(charges(entries))
        if [row[0] for row in rows] != sorted({row[0] for row in rows}) or rows[0][0] != first:
            raise Damaged(f"block {first} is out of order")
        db.executemany("INSERT INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    db.execute(DAYS)
    for key, sums in db.execute("SELECT id, sums FROM daily_blocks ORDER BY id"):
        rows = list(days(key, sums))
        if [row[1] for row in rows] != sorted({row[1] for row in rows}):
            raise Damaged(f"block {key} is out of order")
        db.executemany("INSERT INTO daily_rollups VALUES (?, ?, ?, ?, ?)", rows)


def gathered(db):
    """Makes blocks of what is in the tables, and drops these."""
    rows = list(db.execute("SELECT * FROM temp.charges ORDER BY id"))
    db.execute("DELETE FROM charge_blocks")
    for start in range(0, len(rows), CHARGES_PER_BLOCK):
        part = rows[start:start + CHARGES_PER_BLOCK]
        db.execute("INSERT INTO charge_blocks VALUES (?, ?)", [part[0][0], of_charges(part)])
    rows = db.execute("SELECT * FROM temp.daily_rollups ORDER BY day, series").fetchall()
    db.execute("DELETE FROM daily_blocks")
    for key, part in groupby(rows, lambda row: row[0] << BLOCK_BITS | row[1] >> SERIES_BITS):
        db.execute("INSERT INTO daily_blocks VALUES (?, ?)", [key, of_days(list(part))])
    db.execute("DROP TABLE temp.charges")
    db.execute("DROP TABLE temp.daily_rollups")


def charges(entries):
    """The rows of a block of charges."""
    columns, place = decoded(entries, CHARGE_COLUMNS)
    if place + sum(columns[-1]) + len(PADDING) != len(entries):
        raise Damaged(f"a block of {len(entries)} bytes")
    for key, identity, microsecond, series, known, quantity, credits, source, length in zip(*columns):
        text = entries[place:place + length].decode()
        place += length
        yield (key, identity, microsecond, series, quantity if known & 1 else None,
               credits if known & 2 else None, text or None, source)


def days(key, sums):
    """The rows of a block of sums of a day."""
    columns, place = decoded(sums, DAY_COLUMNS)
    if place + len(PADDING) != len(sums):
        raise Damaged(f"a block of {len(sums)} bytes")
    day, series = key >> BLOCK_BITS, (key & (1 << BLOCK_BITS) - 1) << SERIES_BITS
    for number, *rest in zip(*columns):
        yield (day, series | number, *rest)


def decoded(entries, count):
    """The columns of a block, and where they end."""
    try:
        number, = struct.unpack_from("<H", entries)
        place, columns = 2, []
        for _ in range(count):
            least, width = struct.unpack_from("<qB", entries, place)
            place += 9
            cells = [entries[place + width * row:place + width * (row + 1)] for row in range(number)]
            columns.append([signed(least + int.from_bytes(cell, "little")) for cell in cells])
            place += width * number
    except struct.error as error:
        raise Damaged(str(error)) from error
    return columns, place


def signed(number):
    return (number + 2 ** 63) % 2 ** 64 - 2 ** 63


def of_charges(rows):
    """Charges as a block."""
    texts = [(row[6] or "").encode() for row in rows]
    return encoded(len(rows), [
        *([row[place] for row in rows] for place in range(4)),
        [(row[4] is not None) | (row[5] is not None) << 1 for row in rows],
        *([row[place] or 0 for row in rows] for place in (4, 5, 7)),
        [len(text) for text in texts],
    ]) + b"".join(texts) + PADDING


def of_days(rows):
    """Sums of a day as a block."""
    return encoded(len(rows), [
        [row[1] & (1 << SERIES_BITS) - 1 for row in rows],
        *([row[place] for row in rows] for place in (2, 3, 4)),
    ]) + PADDING


def encoded(number, columns):
    """Columns as a block has them."""
    entries = struct.pack("<H", number)
    for column in columns:
        least = min(column)
        width = ((max(column) - least).bit_length() + 7) // 8
        entries += struct.pack("<qB", least, width)
        entries += b"".join((value - least).to_bytes(width, "little") for value in column)
    return entries


def run(database, sql):
    """Runs statements on a database."""
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        spread(db)
        db.executescript(sql)
        gathered(db)


if __name__ == "__main__":
    run(*sys.argv[1:])
