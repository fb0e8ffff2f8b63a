"""Makes pages with the binary."""

import json
import subprocess
import sys
from pathlib import Path

from hostile import HOSTILE, plain

PROJECT = Path(__file__).resolve().parents[2]
AS_OF = "2026-11-23T08:00:00Z"


class Maker:
    """Makes pages with the binary."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.database = str(folder / "sample.db")

    def run(self, *arguments):
        result = subprocess.run([self.binary, *arguments], cwd=PROJECT, capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"{' '.join(arguments)}: {result.stderr}")

    def report(self, database, name, *arguments):
        page = self.folder / f"{name}.html"
        self.run("report", "--database", database, "--as-of", AS_OF, "--format", "html",
                 "--output", str(page), *arguments)  # fmt: skip
        return page

    def alerts(self, database, config="samples/alerts.yaml"):
        self.run("alerts", "check", "--config", str(config), "--database", database,
                 "--as-of", AS_OF)  # fmt: skip

    def sample(self):
        database = self.database
        self.run("ingest", "samples/history.ndjson.gz", "samples/history-balance.ndjson",
                 "--database", database)  # fmt: skip
        self.alerts(database)
        page = self.folder / "estimate.html"
        self.run("estimate", "samples/large.yaml", "--fit", "balance", "--format", "html",
                 "--output", str(page))  # fmt: skip
        return [
            page, self.report(database, "weekly"), self.report(database, "daily", "daily"),
            self.report(database, "monthly", "monthly", "--by", "family"),
            self.report(database, "empty", "--period", "2020-W01"),
        ]

    def dashboard(self, database, name, text=None):
        """The pages of a dashboard in a folder of their own; `text` fills every field of them."""
        pages = self.folder / name
        pages.mkdir(exist_ok=True)
        arguments = [self.binary.parent / "PageWriter", database, pages, AS_OF]
        if text is not None:
            file = pages / "text"
            file.write_bytes(text.encode("utf-8"))
            arguments.append(file)
        result = subprocess.run(arguments, cwd=PROJECT, capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"PageWriter, {name}: {result.stderr}")
        return pages

    def hostile_databases(self):
        """Databases in which hostile texts are paths, tags, organisations, plans and rules."""
        for number, start in enumerate(range(0, len(HOSTILE), 20)):
            texts = HOSTILE[start : start + 20]
            database = self.folder / f"hostile{number}.db"
            if not database.exists():
                self.ingest(self.requests(texts), f"hostile{number}", database)
                self.ingest(self.balances(texts), f"hostile{number}-balance", database)
                rules = [{"name": text, "when": {"balance_below": 5000}} for text in texts if plain(text)]
                config = self.folder / f"hostile{number}.yaml"
                plan = {"destinations": {"log": {"stdout": {}}}, "rules": rules}
                config.write_text(json.dumps(plan, ensure_ascii=False), "utf-8")
                self.alerts(str(database), config)
            yield texts, str(database)

    def ingest(self, rows, name, database):
        log = self.folder / f"{name}.ndjson"
        log.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        self.run("ingest", str(log), "--database", str(database))

    @staticmethod
    def requests(texts):
        for place, text in enumerate(texts):
            for day in (11, 18):
                yield {
                    "timestamp": f"2026-11-{day}T10:00:{place:02}Z", "method": "POST",
                    "path": "/appointments/bookings", "org_id": text,
                    "request_id": f"a{place}-{day}-{text}",
                    "tags": {"campaign": text, f"tag {text}": "x"} if place % 4 == 0
                    else {"campaign": text},
                }  # fmt: skip
                yield {
                    "timestamp": f"2026-11-{day}T11:00:{place:02}Z", "method": "GET",
                    "path": "/" + text.replace("\n", " "), "org_id": "org",
                    "request_id": f"b{place}-{day}",
                }  # fmt: skip

    @staticmethod
    def balances(texts):
        for place, text in enumerate(texts):
            yield {
                "timestamp": f"2026-11-{17 + place % 5}T00:00:00Z", "org_id": text,
                "balance": 1000 + place, "billing_period_used": place, "tier": text[:20],
            }  # fmt: skip

    def hostile(self):
        """Reports by what hostile texts are."""
        for texts, database in self.hostile_databases():
            for by in ("path", "org", "tag:campaign"):
                name = f"{Path(database).stem}-{by.replace(':', '-')}"
                yield texts, by, self.report(database, name, "--by", by)
