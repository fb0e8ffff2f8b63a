"""One set of requests in any order and any pieces gives one database."""

import random
import shutil
import sqlite3
from contextlib import closing

from blocks import spread
from command import DATABASE
from database import CHARGES, Broken, state
from points import undisturbed
from workload import Workload, line, text

REQUESTS = 5_000
ORDERS = 8


def log(seed):
    """Pairs of (lines that may come in any order, lines that come after them)."""
    work = Workload(seed)
    requests = [work.request(told=0.6) for _ in range(REQUESTS)]
    chance = work.rng
    lines, later = [], []
    for one in requests:
        one.pop("idempotency_key", None)
        lines.append(line(one))
        if chance.random() < 0.1:
            lines.append(line(one))
        if one["status"] in (200, 201) and chance.random() < 0.1:
            lines.append(line(one | {"credits_charged": chance.randint(1, 40)}))
        if chance.random() < 0.02:
            later.append(line(one | {"method": "DELETE", "path": "/api/v1/lists/l1"}))
    lines += [f"no JSON {number}" for number in range(20)]
    return lines, later


def any_order(command, folder, seed):
    """Ingests the set whole, and in pieces and orders of all kinds."""
    folder.mkdir(parents=True)
    lines, later = log(seed)
    expected, found = None, []
    for number in range(ORDERS):
        chance = random.Random(f"{seed} {number}")
        ordered = [*lines, *later]
        if number:
            chance.shuffle(lines)
            chance.shuffle(later)
            ordered = [*lines, *later]
        pieces = chance.randint(2, 12) if number else 1
        cuts = sorted(chance.sample(range(1, len(ordered)), pieces - 1))
        content, wrong = ingested(command, folder / str(number), ordered, cuts)
        expected = expected or content
        if wrong or content != expected:
            found.append(f"order {number}, {pieces} runs: {wrong or difference(expected, content)}")
    yield f"{len(lines) + len(later):,} lines in any order and pieces", ORDERS, found


def ingested(command, folder, lines, cuts):
    """What a database holds after a run for each piece, and what is wrong with it."""
    folder.mkdir()
    for start, end in zip([0, *cuts], [*cuts, len(lines)]):
        (folder / "piece.ndjson").write_text(text(lines[start:end]))
        undisturbed(command.ingest(folder, ["piece.ndjson"]))
    try:
        state(folder / DATABASE)
        with closing(sqlite3.connect(folder / DATABASE)) as db:
            spread(db)
            # The line number of a reject depends on the piece that it came in.
            rejects = db.execute("SELECT DISTINCT reason, message, raw FROM rejects")
            return sorted(map(repr, [*db.execute(CHARGES), *rejects])), None
    except Broken as broken:
        return [], f"broken: {broken}"
    finally:
        shutil.rmtree(folder)


def difference(one, other):
    """The first row that only one of two lists has."""
    only = sorted(set(one) ^ set(other))
    return f"{len(only)} rows differ, such as {only[0]}, {only[1] if only[1:] else ''}"
