"""Logs that make an import do everything it can: some 200 lines in files of several formats."""

import json
import random
from datetime import datetime, timedelta, timezone

START = datetime(2026, 3, 2, 8, tzinfo=timezone.utc)
ORGS = ["org_north", "org_south"]

# What is asked for: method, path, usage that a log may tell.
CALLS = [
    ("GET", "/api/v1/contacts/con_{}", None),
    ("PATCH", "/api/v1/deals/deal_{}", None),
    ("POST", "/api/v1/search/contacts", None),
    ("POST", "/api/v1/enrichment/verify-email?provider=zerobounce", {"verifications": 1}),
    ("POST", "/api/v1/public/copilot/chat", {"tokens": 2300}),
    ("POST", "/api/v1/sequences/seq_{}/contacts", {"steps": 12}),
    ("POST", "/api/v1/voice/dialer/sessions/ses_{}/resume", {"minutes": 3}),
    ("POST", "/api/v1/appointments/bookings", None),
    ("POST", "/api/v1/audience-syncs/aud_{}/trigger", None),
    ("POST", "/api/v1/nowhere/{}", None),
]
BAD = ['{"timestamp":"2026-03-04T08:00:00Z","method":"GET","path":"/con', "no JSON at all",
       '{"timestamp":"2026-02-30T10:00:00Z","method":"GET","path":"/lists"}',
       '{"method":"GET","path":"/contacts","request_id":"bad_1"}']


class Workload:
    """A log that is there before (`base`), and files that come after it (`files`), by name."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.time = START
        base = [self.request(told=0.2) for _ in range(40)]
        news = [self.request(told=0.6) for _ in range(90)]
        # A table that tells nothing of usage.
        plain = [self.request(told=0) for _ in range(40)]
        poor = [one for one in base if one["path"].endswith("/contacts") and "usage" not in one]
        better = [one | {"credits_charged": 7} for one in poor[:6]]
        clash = [one | {"method": "DELETE", "path": "/api/v1/lists/l1"} for one in news[:3]]
        retry = [self.request(idempotency_key=one["idempotency_key"], call=one["call"])
                 for one in base if "idempotency_key" in one][:3]
        twin = self.request(request_id=None)
        lines = [*map(line, news[40:90]), *map(line, better), *map(line, retry), line(twin),
                 line(twin)]
        self.rng.shuffle(lines)
        self.base = {"base.ndjson": text([*map(line, base), *BAD[:1]])}
        self.files = {
            "a.ndjson": text([*map(line, news[:40]), *map(line, base[:5]), *BAD[1:]]),
            "b.ndjson": text(lines),
            "c.csv": table(plain),
            "d.ndjson": text([*map(line, clash), *map(line, news[60:75]), *told_later()]),
            "e.json": json.dumps({"data": ledger()}),
        }
        #: The same requests as another log saw them, two seconds later.
        self.echo = text(line(later(one)) for one in base + news + plain if "request_id" in one)

    def request(self, told=0.5, call=None, **fields):
        """A request some minutes after the one before."""
        rng = self.rng
        self.time += timedelta(seconds=rng.randint(1, 4000), microseconds=rng.randint(0, 999_999))
        method, path, usage = call = call or rng.choice(CALLS)
        one = {
            "timestamp": self.time.isoformat().replace("+00:00", "Z"), "method": method,
            "path": path.format(f"{rng.randrange(16 ** 6):06x}"),
            "status": rng.choice([200, 200, 200, 201, 404, 429]),
            "request_id": f"req_{rng.randrange(16 ** 12):012x}", "org_id": rng.choice(ORGS),
            "tags": {"campaign": rng.choice(["spring", "autumn"])}, "call": call,
        }
        if usage and rng.random() < told:
            one["usage"] = usage
        if method == "POST" and rng.random() < 0.2:
            one["idempotency_key"] = f"key_{rng.randrange(16 ** 8):08x}"
        return {name: value for name, value in (one | fields).items() if value is not None}

    def pieces(self, folder, count):
        """Writes a log in so many small files, some of which tell more of requests before them."""
        known = []
        for number in range(count):
            news = [self.request(told=0.4) for _ in range(10)]
            better = [one | {"credits_charged": number} for one in known[-3:]]
            lines = [*map(line, better), *map(line, news), f"no JSON {number}"]
            (folder / f"piece-{number}.ndjson").write_text(text(lines))
            known += news
        return [f"piece-{number}.ndjson" for number in range(count)]

    def write(self, folder):
        """Writes every file, and gives the names of those that come after the base."""
        for name, content in (self.base | self.files | {"echo.ndjson": self.echo}).items():
            (folder / name).write_text(content)
        return list(self.files)


def later(one):
    """The request two seconds later."""
    time = datetime.fromisoformat(one["timestamp"]) + timedelta(seconds=2)
    return one | {"timestamp": time.isoformat().replace("+00:00", "Z")}


def line(one):
    """A request as a line of JSON."""
    return json.dumps({name: value for name, value in one.items() if name != "call"})


def text(lines):
    """Lines as a file."""
    return "".join(one + "\n" for one in lines)


def table(requests):
    """Requests as CSV, with a row that is too short."""
    names = ["timestamp", "method", "path", "status", "request_id", "org_id"]
    rows = [",".join(str(one.get(name, "")) for name in names) for one in requests]
    rows.insert(len(rows) // 2, "2026-03-05T09:00:00Z,GET")
    return text([",".join(names), *rows])


def told_later():
    """A job, and what it charged; a sequence's steps, after an enrolment in it."""
    def answer(minute, method, path, status, body, **fields):
        one = {"timestamp": f"2026-03-20T10:{minute:02}:00Z", "method": method, "path": path,
               "status": status, "request_id": f"told_{minute}", "org_id": "org_north"}
        return json.dumps(one | fields | {"response_body": body})

    yield answer(1, "POST", "/api/v1/enrichment/enrich", 202, {"data": {"job_id": "job_1"}})
    yield answer(2, "GET", "/api/v1/enrichment/jobs/job_1", 200,
                 {"data": {"status": "completed", "total_credits_used": 31}})
    yield answer(3, "POST", "/api/v1/sequences/seq_told/contacts", 200, {},
                 request_body={"contact_ids": ["c1", "c2", "c3"]})
    yield answer(4, "GET", "/api/v1/sequences/seq_told/steps", 200, {"data": [1, 2, 3, 4]})


def ledger():
    """Rows of the provider's own ledger."""
    return [{"id": f"txn_{n}", "type": "usage", "amount": -n, "service": "enrichment",
             "created_at": f"2026-03-0{n}T12:00:00Z"} for n in range(1, 6)]
