"""The command under test: run plainly, under strace, and in a folder of its own."""

import json
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

# Far above what any run takes on a busy machine; a run that reaches it hangs.
PATIENCE = 300
# Freed memory is overwritten, so that what uses it after all does not get away with it.
SURROUNDINGS = {"PATH": os.environ["PATH"], "LC_ALL": "C", "MALLOC_PERTURB_": "165",
                "SWIFT_BACKTRACE": "enable=no"}
DATABASE = "data/usage.db"
# The calls that change files, and those that change folders.
CALLS = "pwrite64,write,fdatasync,fsync,ftruncate,fallocate,unlink,unlinkat,rename,openat,mkdir"


class Result:
    """How a run ended: its exit code, negative for a signal, and what it wrote."""

    def __init__(self, code, output, errors):
        # strace tells of a signal as a shell does.
        self.code = 128 - code if code > 128 else code
        self.output, self.errors = output, errors

    @property
    def summary(self):
        """The JSON that the run printed but for its duration, or None."""
        try:
            summary = json.loads(self.output)
        except ValueError:
            return None
        summary.pop("seconds")
        return summary

    def __str__(self):
        return f"exit {self.code}, {self.errors.strip() or 'no message'}"


class Command:
    """The binary under test."""

    def __init__(self, binary):
        self.binary = str(Path(binary).resolve())
        text = self.run(Path("/"), "--help").output
        #: Whether it checks databases, and shows what they hold.
        self.checks, self.reads = "\n  db " in text, "\n  usage " in text

    def start(self, folder, *arguments, before=(), **streams):
        """Starts a run without waiting for its end."""
        streams = {"stdout": subprocess.PIPE, "stdin": subprocess.DEVNULL} | streams
        return subprocess.Popen(
            [*before, self.binary, *arguments], cwd=folder, text=True, errors="replace",
            stderr=subprocess.PIPE, env=SURROUNDINGS | {"HOME": str(folder)}, **streams)

    def run(self, folder, *arguments, before=(), **streams):
        """Runs to the end; `before` is what runs the command, such as strace."""
        process = self.start(folder, *arguments, before=before, **streams)
        try:
            output, errors = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return Result(process.returncode, output, errors)

    def ingest(self, folder, files, before=()):
        """Ingests files of `folder` into its database; the result goes through a file, so that
        strace knows it by its name."""
        with open(folder / "output", "w+") as output:
            result = self.run(folder, "ingest", *files, "--database", folder / DATABASE, "--format",
                              "json", before=before, stdout=output)
            output.seek(0)
            result.output = output.read()
        return result


def strace(folder, *options):
    """What runs a command under strace: the calls about the database and the result go to
    `calls` in the folder, and only they count."""
    database = folder / DATABASE
    files = [folder, folder / "output", database.parent, database]
    files += [f"{database}{end}" for end in ("-wal", "-shm", "-journal", ".lock")]
    paths = [part for file in files for part in ("-P", str(file))]
    return ["strace", "-f", "-qq", "-y", "-s", "0", "-o", str(folder / "calls"), *paths, "-e",
            "trace=" + CALLS, *options]


def memory():
    """A folder in memory where there is room: runs that sync a lot take long on a disk."""
    folder = Path("/dev/shm")
    has_room = folder.is_dir() and shutil.disk_usage(folder).free > 2 << 30
    return folder if has_room and os.access(folder, os.W_OK) else None


@contextmanager
def scratch():
    """A folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="creditmeter-faults-", dir=memory())).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
