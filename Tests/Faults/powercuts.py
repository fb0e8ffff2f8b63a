"""Power cuts, replayed from a trace: nothing acknowledged is lost, and nothing is broken.

A file of the log counts as acknowledged when the next one is opened, which is after its commit,
or when the result is told. The control leaves out the syncs that end transactions, as SQLite does
with synchronous = NORMAL, and has to lose something: else the replay would see nothing.
"""

import os
import random
import shutil
import subprocess
import sys
from multiprocessing import Pool

from command import DATABASE
from database import Broken, state
from disk import CALLS, Disk, events
from points import undisturbed
from workload import Workload

STATES = 2_000
CONTROL_STATES = 200
RUNS, FILES = 6, 4
# How many states the command itself goes on from.
CONTINUED = 60
READER = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1]); db.execute("SELECT count(*) FROM series").fetchall()
print("reads", flush=True); time.sleep(3600)
"""


class Trace:
    """What runs did to the disk, and how much they had acknowledged by then."""

    def __init__(self, command, folder, seed):
        self.command, self.folder = command, folder
        self.files = Workload(seed).pieces(folder, RUNS * FILES)
        self.stages = stages(command, folder.with_name("stages"), seed)
        #: Calls, and the number of acknowledged files after each.
        self.calls, self.told = [], []
        for run in range(RUNS):
            self.run(self.files[run * FILES:(run + 1) * FILES], run)

    def run(self, files, number):
        """Traces a run; beside every other one something reads, so that its log is left."""
        database = self.folder / DATABASE
        reader = subprocess.Popen([sys.executable, "-c", READER, database], text=True,
                                  stdout=subprocess.PIPE) if number % 2 else None
        if reader:
            reader.stdout.readline()
        log, told = self.folder / "calls", number * FILES
        undisturbed(self.command.ingest(self.folder, files, before=strace(self.folder, files)))
        if reader:
            reader.kill()
            reader.wait()
        for call in events(log):
            name = os.path.basename(call[1])
            if call[0] == "openat" and name in files:
                told = number * FILES + files.index(name)
            elif call[0] == "write":
                told = (number + 1) * FILES
            self.calls.append(call)
            self.told.append(told)

    def unsynced(self):
        """The calls without the syncs that end transactions.

        A sync of the write-ahead log stays where a new log begins and where its pages are copied
        to the database next: these happen with synchronous = NORMAL too.
        """
        kept, last = [], None
        for place, call in enumerate(self.calls):
            name, path = call[:2]
            if path.endswith("-wal") and name == "pwrite64":
                last = call[3][-1]
            after = next((one for one in self.calls[place + 1:] if one[0] != "openat"), None)
            copies = after and after[0] == "pwrite64" and after[1].endswith(".db")
            ends = name == "fdatasync" and path.endswith("-wal") and last != 0 and not copies
            kept.append(("nothing", *call[1:]) if ends else call)
        return kept


def strace(folder, files):
    """What writes the calls about a database, with all that they write."""
    database = folder / DATABASE
    paths = [folder, folder / "output", database.parent, database, f"{database}-wal",
             f"{database}-journal", *files]
    options = [part for path in paths for part in ("-P", str(path))]
    return ["strace", "-f", "-qqq", "-y", "-xx", "-s", "70000", "-o", str(folder / "calls"),
            *options, "-e", "trace=" + CALLS]


def stages(command, folder, seed):
    """The states after each file, by runs of one file each."""
    folder.mkdir()
    found = [state(folder / DATABASE)]
    for file in Workload(seed).pieces(folder, RUNS * FILES):
        undisturbed(command.ingest(folder, [file]))
        found.append(state(folder / DATABASE))
    return found


def replay(command, folder, seed):
    """Replays power cuts: rows of (what, states, findings)."""
    traced = folder / "traced"
    traced.mkdir(parents=True)
    trace = Trace(command, traced, seed)
    found, lost = cut(trace, trace.calls, STATES, seed, goes_on=True)
    yield f"power cuts of {RUNS * FILES} commits, {lost} lost something", STATES, found
    _, lost = cut(trace, trace.unsynced(), CONTROL_STATES, seed, goes_on=False)
    blind = [] if lost else ["transactions that are not synced seem to lose nothing"]
    yield f"  as with synchronous = NORMAL, {lost} lost something", CONTROL_STATES, blind


def cut(trace, calls, count, seed, goes_on):
    """Findings of power cuts, and how many lost what had been acknowledged."""
    chance = random.Random(seed)
    places = sorted(chance.randrange(len(calls)) for _ in range(count))
    workers = os.cpu_count()
    parts = [(trace, calls, places[part::workers], f"{seed} {part}", goes_on)
             for part in range(workers)]
    with Pool(workers) as pool:
        found = [one for part in pool.starmap(states, parts) for one in part]
    return found, sum("lost" in one for one in found)


def states(trace, calls, places, seed, goes_on):
    """Findings of power cuts at some places of a trace."""
    disk, chance, done, found = Disk(trace.folder), random.Random(seed), 0, []
    often = max(1, len(places) * os.cpu_count() // CONTINUED)
    folder = trace.folder.with_name("state " + seed)
    for number, place in enumerate(places):
        for call in calls[done:place + 1]:
            disk.take(*call)
        done = place + 1
        wrong = checked(trace, folder, disk.after_cut(chance), trace.told[place],
                        goes_on and number % often == 0)
        if wrong:
            found.append(f"after call {place} of {len(calls)}: {wrong}")
    return found


def checked(trace, folder, contents, told, goes_on):
    """What is wrong with a disk after a power cut."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / DATABASE).parent.mkdir(parents=True)
    for path, content in contents.items():
        (folder / os.path.relpath(path, trace.folder)).write_bytes(content)
    if goes_on:
        for file in trace.files:
            shutil.copyfile(trace.folder / file, folder / file)
        result = trace.command.ingest(folder, trace.files)
        if result.code != 0:
            return f"the next run failed: {result}"
    try:
        found = state(folder / DATABASE)
    except Broken as broken:
        return f"broken: {broken}"
    if goes_on:
        return None if found == trace.stages[-1] else "the next run ended otherwise"
    if found in trace.stages[told:]:
        return None
    if found in trace.stages:
        return f"lost {told - trace.stages.index(found)} of {told} acknowledged files"
    return "neither as before nor as after a file"
