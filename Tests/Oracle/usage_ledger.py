"""What a run over a log stores, what it says of it, and how it adds up."""

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from fractions import Fraction

from usage_calls import DAY, Record
from usage_rates import Charge, charge, plain_path, steps_told, succeeded

EVERYTHING = {
    "query", "id", "org", "key", "replayed", "usage", "tags", "credits", "request_body",
    "response_body", "operation", "milliseconds", "no status",
}
TRACED = {"query", "id", "org", "replayed", "milliseconds"}
# What each format can hold beside time, method, path and status.
CARRIED = {
    "ndjson": EVERYTHING,
    "har": TRACED | {"request_body", "response_body"},
    "otlp": TRACED,
    "combined": {"query", "id"},
    "common": {"query"},
}
KNOWS = ["unpriced", "assumed", "counted", "measured"]


def seen_through(kind, records, org):
    """The records as a format shows them: what it cannot carry is gone."""
    fields = CARRIED[kind]
    bare = Record(0)
    lost = {
        name: getattr(bare, name) for name in EVERYTHING - fields if hasattr(bare, name)
    }
    for record in records:
        if record.operation and "operation" not in fields:
            continue
        if not record.plain and kind in ("combined", "common"):
            continue
        changes = dict(lost)
        if "org" in lost:
            changes["org"] = org
        if "milliseconds" not in fields:
            changes["time"] = record.time // 1000 * 1000
        if "no status" not in fields and record.status is None:
            changes["status"] = 200
        yield replace(record, **changes)


@dataclass
class Entry:
    record: Record
    charge: Charge
    replayed: bool


class Ledger:
    def __init__(self, rates):
        self.rates = rates
        self.entries = []
        self.by_id = {}
        self.keys = {}
        self.steps = {}
        self.read = self.duplicates = self.updated = self.rejected = 0

    def take(self, record):
        self.read += 1
        if record.target and (told := steps_told(record)):
            self.steps[told[0]] = told[1]
        known = self.stored(record)
        if known is None:
            replayed = bool(record.replayed) or self.is_answered(record)
            entry = Entry(record, self.priced(record, replayed), replayed)
            self.entries.append(entry)
            if record.id:
                self.by_id.setdefault((record.org, record.id), []).append(entry)
            if record.key and succeeded(record) and not replayed:
                self.keys.setdefault((record.org, record.key), []).append(record.time)
        elif self.call(known.record) != self.call(record):
            self.rejected += 1
        else:
            charge = self.priced(record, known.replayed)
            if KNOWS.index(charge.basis) > KNOWS.index(known.charge.basis):
                known.charge = charge
                self.updated += 1
            else:
                self.duplicates += 1

    def priced(self, record, replayed):
        return charge(record, replayed, self.steps, self.rates)

    def stored(self, record):
        """The request that this is another record of."""
        for entry in self.by_id.get((record.org, record.id), []):
            if abs(entry.record.time - record.time) <= DAY:
                return entry
        return None

    def is_answered(self, record):
        """Whether a request with this key was answered within the day before."""
        times = self.keys.get((record.org, record.key), []) if record.key else []
        return any(0 <= record.time - time < DAY for time in times)

    @staticmethod
    def call(record):
        if record.operation:
            return record.operation
        return record.method.upper(), plain_path(record.target)

    def summary(self, bad_lines):
        """`bad_lines` are those of which no request can be read."""
        meterings = [entry.charge.metering for entry in self.entries]
        times = [entry.record.time for entry in self.entries]
        return {
            "read": self.read + bad_lines,
            "accepted": len(self.entries),
            "duplicates": self.duplicates,
            "updated": self.updated,
            "rejected": self.rejected + bad_lines,
            "free": meterings.count("free"),
            "metered": meterings.count("metered"),
            "unpriced": meterings.count("unpriced"),
            "credits": credits(sum(entry.charge.micros or 0 for entry in self.entries)),
            "first": instant(min(times)),
            "last": instant(max(times)),
        }

    def usage(self, by):
        groups = {}
        for entry in self.entries:
            groups.setdefault(group_key(entry, by), []).append(entry)
        keys = sorted(groups, key=lambda key: (key is not None, key))
        return {
            "schema": "creditmeter.usage/1",
            "by": [by],
            "rows": [{by: key} | numbers(groups[key]) for key in keys],
            "totals": numbers(self.entries),
        }


def group_key(entry, by):
    match by:
        case "org": return entry.record.org
        case "operation": return entry.charge.operation
        case "basis": return entry.charge.basis
        case "status": return entry.record.status
        case "day": return instant(entry.record.time)[:10]
        case "tag:campaign": return entry.record.tags.get("campaign")


GROUPINGS = ["org", "operation", "basis", "day", "tag:campaign", "status"]


def numbers(entries):
    statuses = [entry.record.status or 0 for entry in entries]
    paid = [entry for entry in entries if succeeded(entry.record) and not entry.replayed]
    micros = dict.fromkeys(KNOWS, 0)
    for entry in entries:
        micros[entry.charge.basis] += entry.charge.micros or 0
    return {
        "requests": len(entries),
        "charged_requests": len(paid),
        "quantity": sum((entry.charge.quantity or 0 for entry in paid), Fraction(0)),
        "credits": credits(sum(micros.values())),
        "measured": credits(micros["measured"]),
        "counted": credits(micros["counted"]),
        "assumed": credits(micros["assumed"]),
        "unpriced_requests": sum(entry.charge.basis == "unpriced" for entry in entries),
        "errors": sum(status >= 400 for status in statuses),
        "rate_limited": statuses.count(429),
    }


def credits(micros):
    return Fraction(micros, 1_000_000)


def instant(milliseconds):
    seconds, rest = divmod(milliseconds, 1000)
    text = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{rest:03}".rstrip("0") if rest else "") + "Z"
