"""What the benchmark of `creditmeter ingest` measures: its own rows, and the peers'."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable, NamedTuple

HERE = Path(__file__).resolve().parent

# DuckDB has to keep one request of each id, as creditmeter does. Its progress bar would be
# printed among the results.
DUCKDB_DISTINCT = """
CREATE TABLE requests AS SELECT DISTINCT ON (org_id, request_id) *
FROM read_json('{log}', format = 'newline_delimited')
"""
DUCKDB_KEY = """
CREATE TABLE requests AS FROM read_json('{log}', format = 'newline_delimited') LIMIT 0;
ALTER TABLE requests ADD PRIMARY KEY (org_id, request_id);
INSERT OR IGNORE INTO requests FROM read_json('{log}', format = 'newline_delimited')
"""
DUCKDB_PROGRAM = """
import duckdb, sys
with duckdb.connect(sys.argv[1]) as database:
    database.execute("SET enable_progress_bar = false")
    database.execute(sys.argv[2])
    print(database.execute("SELECT count(*) FROM requests").fetchone()[0])
"""
SQLITE_TABLE = """
PRAGMA journal_mode = WAL;
CREATE TABLE requests (timestamp TEXT, method TEXT, path TEXT, status INTEGER,
  request_id TEXT UNIQUE, org_id TEXT, duration_ms INTEGER, usage TEXT, credits_charged REAL,
  tags TEXT)
"""


class Unavailable(Exception):
    """Why a row has no figures."""


class Row(NamedTuple):
    name: str
    title: str
    command: Callable[[], list]
    # How many requests it took in, from what it printed.
    taken: Callable[[str], int]
    requests: int
    # The row whose CPU seconds it is compared with, and the ratio that is aimed at.
    beside: str = ""
    peer: bool = False
    goal: float = 0
    # What has to run before, unmeasured.
    before: Callable[[], list] | None = None


class Workplace:
    """The folder with the generated logs, the peers installed here, and the databases of a run."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.scratch = folder, folder / "scratch"

    def empty_scratch(self):
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()

    def log(self, form, lines):
        """A generated log, kept from run to run until the generator changes."""
        digest = hashlib.sha256((HERE / "generate").read_bytes()).hexdigest()[:8]
        path = self.folder / f"{lines}-{digest}.{form}"
        if not path.exists():
            for outdated in self.folder.glob(f"{lines}-*.{form}*"):
                outdated.unlink()
            print(f"generating {lines:,} requests as {form}", file=sys.stderr)
            partial = path.with_name(path.name + ".partial")
            command = [HERE / "generate", "--lines", str(lines), "--format", form]
            subprocess.run([*command, "--output", partial], check=True)
            partial.rename(path)
        return path

    def duckdb_python(self):
        """The Python of an environment of its own that has DuckDB, made when it is not there."""
        environment = self.folder / "duckdb"
        python = environment / "bin" / "python"
        if not (environment / "installed").exists():
            print("installing DuckDB from PyPI", file=sys.stderr)
            for command in (
                [sys.executable, "-m", "venv", "--clear", environment],
                [python, "-m", "pip", "install", "--quiet", "duckdb"],
            ):
                if subprocess.run(command, stdout=sys.stderr).returncode != 0:
                    raise Unavailable("DuckDB could not be installed")
            (environment / "installed").touch()
        return python


def found(program):
    if not shutil.which(program):
        raise Unavailable(f"there is no {Path(program).name}")
    return program


def own_rows(creditmeter, workplace, lines):
    database = workplace.scratch / "creditmeter.db"

    def ingest(form="ndjson", requests=lines):
        command = [found(creditmeter), "ingest", "--database", database, "--format", "json"]
        return [*command, workplace.log(form, requests)]

    def accepted(output):
        return json.loads(output)["accepted"]

    def duplicates(output):
        return json.loads(output)["duplicates"]

    large = 10 * lines
    return [
        Row("first", "creditmeter", ingest, accepted, lines),
        Row("again", "creditmeter, the same log again", ingest, duplicates, lines,
            beside="first", goal=0.6, before=ingest),
        Row("csv", "creditmeter, CSV", lambda: ingest("csv"), accepted, lines),
        Row("combined", "creditmeter, combined", lambda: ingest("combined"), accepted, lines),
        Row("large", f"creditmeter, {large:,} requests", lambda: ingest(requests=large), accepted,
            large, beside="first", goal=11),
    ]  # fmt: skip


def peer_rows(workplace, lines):
    scratch = workplace.scratch

    def duckdb(statements):
        python = workplace.duckdb_python()
        sql = statements.format(log=workplace.log("ndjson", lines))
        return [python, "-c", DUCKDB_PROGRAM, scratch / "duck.db", sql]

    def sqlite3():
        program, log = found("sqlite3"), workplace.log("csv", lines)
        load = f'.import --csv --skip 1 "{log}" requests'
        return [program, scratch / "lite.db", SQLITE_TABLE, load]

    def sqlite3_rows(_):
        count = ["sqlite3", scratch / "lite.db", "SELECT count(*) FROM requests"]
        return int(subprocess.run(count, check=True, capture_output=True).stdout)

    def goaccess():
        command = [found("goaccess"), "-o", scratch / "report.html", "--log-format=COMBINED"]
        command += ["--no-global-config", "--no-progress"]
        return [*command, workplace.log("combined", lines)]

    def goaccess_requests(_):
        report = (scratch / "report.html").read_text()
        return int(re.search(r'"valid_requests": (\d+)', report)[1])

    return [
        Row("duckdb", "DuckDB, distinct", lambda: duckdb(DUCKDB_DISTINCT), int, lines,
            beside="first", peer=True, goal=0.4),
        Row("duckdb-key", "DuckDB, primary key", lambda: duckdb(DUCKDB_KEY), int, lines,
            beside="first", peer=True, goal=0.4),
        Row("sqlite3", "sqlite3 .import of CSV", sqlite3, sqlite3_rows, lines,
            beside="csv", peer=True, goal=0.2),
        # It reads access logs alone: the same requests as NDJSON are what it is beside.
        Row("goaccess", "GoAccess, combined to HTML", goaccess, goaccess_requests, lines,
            beside="first", peer=True, goal=0.1),
    ]  # fmt: skip
