"""Two runs that write at once, and what reads meanwhile."""

import os
import shutil
import signal
import sqlite3
from contextlib import closing

import blocks
from command import DATABASE, strace
from database import Broken, state
from points import Scenario, calls, undisturbed

CROWD, CROWDS = 6, 5


def at_once(command, folder, seed):
    """Holds a database with one run, and comes to it with others."""
    scenario = Scenario(command, folder / "writers", seed, is_fresh=False)
    place = scenario.copy("held")
    os.mkfifo(place / "pipe")
    holder = command.start(place, "ingest", "pipe", "--database", place / DATABASE)
    with open(place / "pipe", "w") as pipe:
        # The pipe opens once the log is read, which is after the database was taken.
        checks = {
            "the second writer": refused(scenario, place, holder.pid),
            "a reader beside the writer": read(command, place, scenario),
        }
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
        pipe.close()
    checks["a reader after kill -9"] = read(command, place, scenario)
    checks["the lock after kill -9"] = scenario.mended(place)
    checks["a command that reads"] = writes_nothing(command, place)
    found = [f"{what}: {wrong}" for what, wrong in checks.items() if wrong]
    yield "one writes, another comes, something reads", len(checks), found
    found = [wrong for number in range(CROWDS) if (wrong := crowd(command, folder, seed, number))]
    yield f"{CROWD} imports at once into a new database", CROWDS, found


def refused(scenario, place, pid):
    """What is wrong with how a second writer is answered."""
    result = scenario.ingest(place)
    named = f"being written by creditmeter ingest, process {pid};"
    return None if result.code == 1 and named in result.errors else str(result)


def read(command, place, scenario):
    """What is wrong with what a reader sees."""
    with closing(sqlite3.connect(f"file:{place / DATABASE}?mode=ro", uri=True)) as db:
        blocks.spread(db)
        count = db.execute("SELECT count(*) FROM charges").fetchone()[0]
    result = command.run(place, "usage", "--database", place / DATABASE, "--format", "json")
    base = len((place / "base.ndjson").read_text().splitlines()) - 1
    if count != base:
        return f"sees {count} charges of {base}"
    return None if result.code == 0 and f'"requests":{base}' in result.output else str(result)


def writes_nothing(command, place):
    """What a command that only reads changes in a database."""
    result = command.run(place, "usage", "--database", place / DATABASE, before=strace(place))
    changes = [str(call) for call in calls(place / "calls")
               if call.name != "openat" and not call.file.endswith("-shm")]
    return str(result) if result.code else "; ".join(changes[:3]) or None


def crowd(command, folder, seed, number):
    """What is wrong after several imports started at once: each is whole or refused."""
    scenario = Scenario(command, folder / f"crowd-{number}", seed, is_fresh=True)
    place = scenario.copy("crowd")
    runs = [command.start(place, "ingest", *scenario.files, "--database", place / DATABASE)
            for _ in range(CROWD)]
    ends = [(run, *run.communicate()) for run in runs]
    odd = [errors for run, _, errors in ends
           if run.returncode and not (run.returncode == 1 and "is being written by" in errors)]
    wrong = odd[0] if odd else None
    if all(run.returncode for run, _, _ in ends):
        wrong = "every one was refused"
    return wrong or scenario.left(place) or scenario.mended(place)
