#!/usr/bin/env python3
"""Random request logs in every format, and what each of them adds up to, in exact fractions.

    usage.py generate --seed N --out DIR [--size N] [--only NAME] [--booking CREDITS]
        [--weeks-earlier N] [--reports]

writes the logs and `expected.json`: for each log its file, its format, the summary of a run
that takes it into an empty database, and the totals of each grouping; with --reports also what
reports say of it. It knows the rules of requests and prices and none of the code.
"""

import argparse
import gzip
import shutil
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

# Modules beside this file leave nothing behind in the project.
sys.dont_write_bytecode = True

import usage_formats as formats
import usage_traces as traces
from usage_events import Log
from usage_ledger import GROUPINGS, Ledger, seen_through
from usage_rates import METERED
from usage_reports import reports

# Name, file, value of --input, what the format can carry, writer.
LOGS = [
    ("ndjson", "requests.ndjson", "ndjson", "ndjson", formats.ndjson),
    ("array", "requests.json", "json", "ndjson", formats.array),
    ("data", "data.json", "json", "ndjson", formats.data),
    ("csv", "requests.csv", "csv", "ndjson", formats.csv),
    ("wide csv", "wide.csv", "csv", "ndjson", formats.wide_csv),
    ("combined", "access.log", "combined", "combined", formats.combined),
    ("common", "common.log", "combined", "common", formats.common),
    ("har", "capture.har", "har", "har", traces.har),
    ("otlp", "traces.json", "otlp", "otlp", traces.otlp),
    ("otlp lines", "traces.jsonl", "otlp", "otlp", traces.otlp_lines),
]
# Which logs are also written compressed, and how.
COMPRESSED = {
    "ndjson": ["gz", "zst"], "csv": ["zst"], "combined": ["gz"], "har": ["zst"],
    "otlp lines": ["gz"],
}
# Of logs that do not name one.
ORG = "org_north"


def gzipped(text):
    """Two members, as a rotated log that was appended to."""
    half = len(text) // 2
    return b"".join(gzip.compress(part, 6, mtime=0) for part in (text[:half], text[half:]))


def zstandard(text):
    """Two frames, as two compressed files put together."""
    half = len(text) // 2
    parts = [
        subprocess.run(["zstd", "-q", "-c"], input=part, stdout=subprocess.PIPE, check=True)
        for part in (text[:half], text[half:])
    ]
    return b"".join(part.stdout for part in parts)


COMPRESSORS = {"gz": gzipped}
if shutil.which("zstd"):
    COMPRESSORS["zst"] = zstandard


def counted(records, rates):
    ledger = Ledger(rates)
    for record in records:
        ledger.take(record)
    return records, ledger, [ledger.usage(by) for by in GROUPINGS]


# Weeks, days and months of the five weeks as they are written, and of those 30 weeks earlier: they
# have a day of 25 hours in Berlin and one of 23.
REPORTS = {
    0: [
        ("weekly", "2026-W43", "UTC"), ("weekly", "2026-W43", "Europe/Berlin"),
        ("weekly", "2026-W44", "Europe/Berlin", 6), ("daily", "2026-10-25", "Europe/Berlin"),
        ("monthly", "2026-10", "America/New_York"), ("weekly", "2026-W42", "Asia/Kathmandu"),
        ("daily", "2026-10-14", "UTC"), ("monthly", "2026-11", "Europe/Berlin"),
    ],
    30: [
        ("weekly", "2026-W13", "Europe/Berlin"), ("daily", "2026-03-29", "Europe/Berlin"),
        ("monthly", "2026-03", "Europe/Berlin"), ("weekly", "2026-W12", "UTC"),
        ("weekly", "2026-W15", "Australia/Lord_Howe"),
    ],
}


def generate(seed, out, size, only, booking, weeks_earlier, with_reports):
    records = Log(seed, size).lines()
    shift = weeks_earlier * 7 * 86_400_000
    records = [replace(record, time=record.time - shift) for record in records]
    rates = dict(METERED)
    rates["meeting.book"] = replace(rates["meeting.book"], credits=booking)
    expected, known = [], {}
    for name, file, option, carried, write in LOGS:
        if only not in (None, name):
            continue
        if carried not in known:
            known[carried] = counted(list(seen_through(carried, records, ORG)), rates)
        seen, ledger, usage = known[carried]
        text, bad_lines = write(seen, seed)
        content = text.encode()
        (out / file).write_bytes(content)
        log = {
            "name": name, "file": file, "input": option,
            "options": ["--org", ORG] if option == "combined" else [],
            "summary": ledger.summary(bad_lines),
            "usage": usage,
        }
        if with_reports:
            log["reports"] = reports(ledger.entries, REPORTS[weeks_earlier])
        expected.append(log)
        for kind in COMPRESSED.get(name, []):
            if kind in COMPRESSORS:
                packed = f"{file}.{kind}"
                (out / packed).write_bytes(COMPRESSORS[kind](content))
                expected.append(log | {"name": f"{name} {kind}", "file": packed})
    result = formats.to_json({"seed": seed, "logs": expected}, spaced=True)
    (out / "expected.json").write_text(result + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    command = parser.add_subparsers(dest="command", required=True).add_parser("generate")
    command.add_argument("--seed", type=int, required=True)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--size", type=int, default=20_000, help="how many requests a log has")
    command.add_argument("--only", help="the name of the one log to write")
    command.add_argument("--booking", type=Fraction, default=Fraction(20), metavar="CREDITS",
                         help="what a booked meeting costs, to see that a fault is noticed")
    command.add_argument("--weeks-earlier", type=int, default=0, choices=REPORTS, metavar="N")
    command.add_argument("--reports", action="store_true")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    generate(given.seed, given.out, given.size, given.only, given.booking, given.weeks_earlier,
             given.reports)


main()
