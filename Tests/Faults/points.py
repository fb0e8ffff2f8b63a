"""The places at which a run can be killed or a call can fail: its calls that change files."""

import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from command import DATABASE, strace
from database import Broken, copied, state
from workload import Workload

LINE = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+|\?)(.*)$")
PATH = re.compile(r'<([^>]*)>|"([^"]*)"')


class Call(NamedTuple):
    """The n-th call of its name in a run, the file that it is about, and its whole text."""

    name: str
    ordinal: int
    file: str
    text: str

    def __str__(self):
        return f"{self.name} {self.ordinal} ({self.file})"


def calls(log):
    """The calls that strace wrote to a file."""
    counts = {}
    for line in log.read_text(errors="replace").splitlines():
        found = LINE.match(line)
        if not found:
            continue
        name, text = found[1], found[2]
        counts[name] = counts.get(name, 0) + 1
        paths = [one or other for one, other in PATH.findall(text)]
        # openat names the folder before the file; what is written stands after its file.
        path = paths[-1 if name == "openat" else 0] if paths else ""
        yield Call(name, counts[name], os.path.basename(path), text + found[4])


class Scenario:
    """An import into a database that holds something or is not there yet.

    `stages` are the states that the database may be in: before, and after each of the files.
    """

    def __init__(self, command, folder, seed, is_fresh):
        self.command = command
        self.origin = folder / "origin"
        self.origin.mkdir(parents=True)
        self.files = Workload(seed).write(self.origin)
        if is_fresh:
            self.files.insert(0, "base.ndjson")
        else:
            undisturbed(command.ingest(self.origin, ["base.ndjson"]))
        done = self.copy("done")
        self.stages = [state(done / DATABASE)]
        for file in self.files:
            undisturbed(command.ingest(done, [file]))
            self.stages.append(state(done / DATABASE))
        traced = self.copy("traced")
        self.summary = undisturbed(self.ingest(traced, strace(traced))).summary
        self.calls = list(calls(traced / "calls"))

    def copy(self, name):
        """A folder with the database as it is before the import."""
        return shutil.copytree(self.origin, self.origin.with_name(name))

    def ingest(self, folder, before=()):
        """The import, with all of its files."""
        return self.command.ingest(folder, self.files, before)

    def left(self, folder):
        """What is wrong with the database that a disturbed run left."""
        try:
            found = state(copied(folder / DATABASE, folder / "copy"))
        except Broken as broken:
            return f"left broken: {broken}"
        return None if found in self.stages else "left neither as before nor as after a file"

    def mended(self, folder):
        """What is wrong once the import has run again, undisturbed."""
        result = self.ingest(folder)
        if result.code != 0:
            return f"the next run failed: {result}"
        try:
            if state(folder / DATABASE) != self.stages[-1]:
                return "the next run did not end as an undisturbed one"
        except Broken as broken:
            return f"broken after the next run: {broken}"
        echo = self.command.ingest(folder, ["echo.ndjson"])
        if echo.code != 0 or echo.summary["duplicates"] != echo.summary["read"]:
            return f"the same requests two seconds later are not known: {echo} {echo.output}"
        return checked(self.command, folder)


def checked(command, folder):
    """What the command itself finds wrong with a database."""
    if not command.checks:
        return None
    check = command.run(folder, "db", "check", "--database", folder / DATABASE)
    return None if check.code == 0 else f"db check: {check.output.strip()} {check}"


def undisturbed(result):
    """The result of a run that nothing disturbs, which has to end well."""
    if result.code != 0 or result.summary is None:
        raise SystemExit(f"an undisturbed run failed: {result}")
    return result


def side_by_side(job, items):
    """What a job finds for each item, None left out; as many at once as there are processors."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [found for found in pool.map(job, items) if found]
