"""A log of five weeks: ordinary requests, and all that a real log has beside them."""

import random
from dataclasses import replace

from usage_calls import DAY, HOUR, MINUTE, Calls, Record

# 2026-10-05T00:00:00Z, a Monday, in milliseconds.
START = 1_791_158_400_000
END = START + 35 * DAY
ORGS = ["org_north", "org_south", "org_west"]
HOSTS = ["https://be.graph8.com", "https://api.graph8.com", "HTTPS://be.graph8.com:443"]
CAMPAIGNS = ["spring", "autumn launch", "Übersee", "a, \"b\""]
ERROR = {"error": {"code": "refused", "message": "no", "field": None, "request_id": "r"}}

# How many of a thousand happenings are of each kind.
HAPPENINGS = {
    "ordinary": 790, "nameless": 60, "twins": 20, "repeat": 40, "upgrade": 35, "downgrade": 8,
    "conflict": 12, "shared_id": 8, "reused_id": 8, "composed_id": 2, "replay": 12,
    "repeated_key": 20, "failed_key": 10, "late_key": 8, "shared_key": 5, "background": 12,
}


class Log:
    def __init__(self, seed, size):
        self.rng = random.Random(seed)
        self.calls = Calls(self.rng, START, ORGS)
        self.size = size
        # (position in the file, serial, record)
        self.records = []
        self.serial = 0

    def lines(self):
        """All records in the order of the file."""
        # The first and the last instant are whole seconds that nothing else can reach.
        for time in (START + 7_000, END - 11_000):
            self.put(self.record("org_north", time, self.calls.free("org_north", time)))
        for time, org, call in self.calls.step_reads:
            self.put(self.record(org, time, call, "answered", status=200))
        while len(self.records) < self.size:
            before = len(self.records)
            [kind] = self.rng.choices(list(HAPPENINGS), list(HAPPENINGS.values()))
            org = self.rng.choice(ORGS)
            # Room for what comes up to three days later.
            time = START + HOUR + self.rng.randrange(31 * DAY)
            getattr(self, kind)(org, time)
            if len(self.records) > self.size:
                del self.records[before:]
                self.put(self.record(org, time, self.calls.free(org, time)))
        return [record for _, _, record in sorted(self.records, key=lambda entry: entry[:2])]

    def put(self, record, position=None):
        self.serial += 1
        self.records.append((record.time if position is None else position, self.serial, record))
        return record

    def hex(self, digits):
        return f"{self.rng.randrange(16**digits):0{digits}x}"

    def style(self):
        return self.rng.randrange(2**32)

    def spelled(self, call):
        """The same target in one of the ways that logs have."""
        rng = self.rng
        base = rng.choice(["", "/api/v1", "/api/v1"])
        host = rng.choice(HOSTS) if rng.random() < 0.25 else ""
        slash = "/" if rng.random() < 0.1 else ""
        noise = f"page={rng.randint(1, 9)}&limit=25" if rng.random() < 0.15 else ""
        query = "&".join(part for part in (noise, call.query) if part)
        target = host + base + call.path + slash
        if query and rng.random() < 0.3:
            return {"target": target, "query": query}
        return {"target": target + ("?" + query if query else ""), "query": None}

    def status(self):
        rng = self.rng
        [status] = rng.choices([rng.choice([200, 200, 201, 202, 204]), None, 404, 422, 402, 429,
                                500, 503, 304], [870, 40, 20, 15, 5, 20, 15, 10, 5])
        return status

    def tags(self):
        rng, tags = self.rng, {}
        if rng.random() < 0.5:
            tags["campaign"] = rng.choice(CAMPAIGNS)
        if rng.random() < 0.2:
            tags["team"] = rng.choice(["growth", "sales"])
        return tags

    def record(self, org, time, call, kind=None, **fields):
        """`kind` is how much the log tells of what was used."""
        rng = self.rng
        kinds = ["bare", "answered", "answered", "asked", "usage", "charged", "billed", "all"]
        kind = kind or rng.choice(kinds)
        status = fields.pop("status") if "status" in fields else self.status()
        record = Record(
            time, rng.choice([0, 0, 0, 60, 120, 345, -300, -570]),
            call.method.lower() if rng.random() < 0.05 else call.method, status=status,
            id="req_" + self.hex(12), org=org, duration=rng.randint(1, 9_000), tags=self.tags(),
            style=self.style(), **self.spelled(call),
        )
        return replace(record, **self.told(call, kind, status), **fields)

    def told(self, call, kind, status=200):
        """What a log of this kind says beside the request itself."""
        rng, fields = self.rng, {}
        if call.method != "GET":
            asked = call.asked if kind in ("asked", "answered", "billed", "all") else {}
            fields["request_body"] = (call.sent | asked) or None
        if kind in ("answered", "billed", "all"):
            fields["response_body"] = (kind == "billed" and call.bill) or call.answer
        if kind in ("usage", "all") and call.unit:
            unit = call.unit + rng.choice(["", "s"])
            fields["usage"] = {unit: call.amount}
            if rng.random() < 0.05:
                # A unit that the operation does not count tells nothing.
                other = "booking" if call.unit != "booking" else "minute"
                fields["usage"][other] = "3"
        if kind in ("charged", "all") and (call.unit or call.path == "/nowhere"):
            fields["credits"] = str(self.calls.credits())
        if status is not None and status >= 400:
            fields["response_body"] = ERROR if rng.random() < 0.8 else "<html>busy</html>"
        return fields

    def again(self, record, call, delay, **fields):
        """The same request as another log saw it."""
        rng = self.rng
        far = rng.random() < 0.15
        shift = rng.randint(2 * HOUR, 20 * HOUR) if far else rng.choice([0, 1, -1500, 2000, 60000])
        method = record.method.lower() if rng.random() < 0.1 else record.method.upper()
        fields = self.spelled(call) | fields
        other = replace(
            record, time=record.time + shift, duration=record.duration + rng.randint(-1, 40),
            method=method, style=self.style(), **fields,
        )
        return self.put(other, max(other.time, record.time + delay))

    # What happens.

    def ordinary(self, org, time):
        jitter = self.rng.randint(-90_000, 90_000) if self.rng.random() < 0.1 else 0
        call = self.calls.any(org, time)
        return self.put(self.record(org, time, call), time + jitter)

    def nameless(self, org, time):
        self.put(self.record(org, time, self.calls.any(org, time), id=None))

    def twins(self, org, time):
        """Lines that are equal to the byte."""
        record = self.record(org, time, self.calls.any(org, time), id=None)
        for place in range(self.rng.randint(2, 4)):
            self.put(record, time + place * self.rng.choice([0, 50, 40_000]))

    def repeat(self, org, time):
        call = self.calls.any(org, time)
        record = self.put(self.record(org, time, call))
        for place in range(self.rng.choice([1, 1, 1, 2])):
            self.again(record, call, place + 1)

    def upgrade(self, org, time):
        """First a log that tells little, then one or two that tell more."""
        rng = self.rng
        call = self.calls.any(org, time, Calls.but("free"))
        chain = rng.choice([
            ["bare", "charged"], ["bare", "charged"], ["asked", "charged"], ["bare", "answered"],
            ["asked", "billed"], ["bare", "usage"], ["bare", "usage", "charged"],
            ["bare", "answered", "billed"], ["answered", "usage"], ["charged", "charged"],
        ])
        self.chain(org, time, call, chain)

    def downgrade(self, org, time):
        """The log that tells less comes last."""
        call = self.calls.metered(org, time)
        first = self.first(org, time, call, self.rng.choice(["charged", "usage", "billed"]))
        self.again(first, call, 1, usage={}, credits=None, request_body=None, response_body=None)

    def first(self, org, time, call, kind):
        status = self.rng.choice([200, 200, 200, None])
        key = "key_" + self.hex(10) if self.rng.random() < 0.4 else None
        return self.put(self.record(org, time, call, kind, status=status, key=key))

    def chain(self, org, time, call, kinds):
        first, known = self.first(org, time, call, kinds[0]), {}
        for place, kind in enumerate(kinds[1:]):
            known |= {name: value for name, value in self.told(call, kind).items() if value}
            self.again(first, call, place + 1, **known)

    def conflict(self, org, time):
        """An id that stands for another call too."""
        call, other = self.calls.any(org, time), self.calls.any(org, time)
        if self.rng.random() < 0.3:
            other = replace(call, method={"GET": "PUT"}.get(call.method, "GET"))
        if (call.method, call.path) == (other.method, other.path):
            return
        record = self.put(self.record(org, time, call))
        later = time + self.rng.randint(1, 3 * HOUR)
        self.put(self.record(org, later, other, id=record.id))

    def shared_id(self, org, time):
        """Another organisation's request may have the same id."""
        call = self.calls.anywhere(org, time)
        record = self.put(self.record(org, time, call, status=200))
        if self.rng.random() < 0.5:
            call = self.calls.anywhere(org, time)
        other = ORGS[(ORGS.index(org) + 1) % 3]
        self.put(self.record(other, time + MINUTE, call, status=200, id=record.id))

    def reused_id(self, org, time):
        """Days later an id stands for a request of its own."""
        call = self.calls.any(org, time)
        record = self.put(self.record(org, time, call))
        if self.rng.random() < 0.5:
            call = self.calls.any(org, time)
        later = time + 3 * DAY + self.rng.randint(-HOUR, HOUR)
        self.put(self.record(org, later, call, id=record.id))

    def composed_id(self, org, time):
        """Ids that look alike and differ in their bytes."""
        call, stem = self.calls.any(org, time), self.hex(6)
        for place, name in enumerate(["caf\u00e9_", "cafe\u0301_", "CAF\u00c9_"]):
            record = self.record(org, time + place, call, id=name + stem, plain=False)
            self.put(record)

    def replay(self, org, time):
        self.put(self.record(org, time, self.calls.metered(org, time), replayed=True))

    def keyed(self, org, time, call, key, status=200, **fields):
        fields["id"] = None if self.rng.random() < 0.2 else "req_" + self.hex(12)
        return self.put(self.record(org, time, call, status=status, key=key, **fields))

    def repeated_key(self, org, time):
        """Sent twice with one key: the second answer is the first one again."""
        rng, key = self.rng, "key_" + self.hex(10)
        call = self.calls.metered(org, time)
        self.keyed(org, time, call, key, rng.choice([200, 201, None]))
        later = time + rng.randint(1_000, 11 * HOUR)
        self.keyed(org, later, call, key, replayed=rng.choice([None, None, True]))
        if rng.random() < 0.3:
            self.keyed(org, later + rng.randint(1_000, 11 * HOUR), call, key)

    def failed_key(self, org, time):
        """A failure is no answer to give again: the retry is the request that counts."""
        rng, key = self.rng, "key_" + self.hex(10)
        call = self.calls.metered(org, time)
        self.keyed(org, time, call, key, rng.choice([429, 500, 503, 422]))
        self.keyed(org, time + 30_000, call, key)
        if rng.random() < 0.4:
            self.keyed(org, time + 90_000, call, key)

    def late_key(self, org, time):
        """After a day a key is forgotten."""
        key, call = "key_" + self.hex(10), self.calls.metered(org, time)
        self.keyed(org, time, call, key)
        self.keyed(org, time + self.rng.randint(25 * HOUR, 60 * HOUR), call, key)

    def shared_key(self, org, time):
        """A key belongs to one organisation."""
        key, call = "key_" + self.hex(10), self.calls.anywhere(org, time)
        self.keyed(org, time, call, key)
        self.keyed(ORGS[(ORGS.index(org) + 1) % 3], time + HOUR, call, key)

    def background(self, org, time):
        """Work that no request starts."""
        rng = self.rng
        usage = {rng.choice(["event", "events"]): str(rng.randint(0, 500))}
        self.put(Record(
            time, operation=rng.choice(["intent.process", "events.ingest"]), org=org,
            id="evt_" + self.hex(12), usage=usage if rng.random() < 0.8 else {},
            tags=self.tags(), style=self.style(),
        ))
