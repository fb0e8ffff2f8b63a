"""Calls of the API as a team makes them: what is sent, what comes back, what it used."""

from dataclasses import dataclass, field


class Literal(str):
    """A JSON number, spelled as it stands."""


@dataclass
class Record:
    """One line of a log, before any format spells it."""

    # Milliseconds since 1970 in UTC, and the zone it is spelled in, in minutes.
    time: int
    zone: int = 0
    method: str | None = None
    # A path or a whole URL as logged; `query` is what a log keeps in a field of its own.
    target: str | None = None
    query: str | None = None
    status: int | None = None
    id: str | None = None
    org: str | None = None
    duration: int = 0
    key: str | None = None
    replayed: bool | None = None
    usage: dict = field(default_factory=dict)
    tags: dict = field(default_factory=dict)
    credits: str | None = None
    request_body: object = None
    response_body: object = None
    operation: str | None = None
    # Chooses between spellings; equal records with equal styles are equal lines.
    style: int = 0
    # Whether a plain-text log can hold it.
    plain: bool = True


@dataclass
class Call:
    method: str
    path: str
    query: str = ""
    # Always in the request.
    sent: dict = field(default_factory=dict)
    # What a request that is logged in full also tells.
    asked: dict = field(default_factory=dict)
    answer: object = None
    # An answer that tells the credits too.
    bill: object = None
    unit: str = ""
    amount: str = ""


MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


class Calls:
    """Draws calls. Step counts are used only once they are known to whoever reads the log."""

    def __init__(self, rng, start, orgs):
        self.rng = rng
        self.serial = 0
        self.sequences = {}
        # Reads of step counts, as (time, organisation, call).
        self.step_reads = []
        for place, org in enumerate(orgs):
            self.sequences[org] = []
            for _ in range(9):
                self.add_sequence(org, start + 8 * MINUTE + rng.randrange(20 * DAY))
            # Two from the first hour on, and one whose steps nobody reads.
            self.add_sequence(org, start + (10 + place) * MINUTE)
            self.add_sequence(org, start + (20 + place) * MINUTE)
            self.sequences[org].append((self.name("seq"), 0))

    def add_sequence(self, org, time):
        name = self.name("seq")
        self.sequences[org].append((name, time))
        steps = [{"step": i + 1, "kind": "email"} for i in range(self.rng.randint(1, 7))]
        for repeat in range(self.rng.randint(1, 3)):
            answer = steps if self.rng.random() < 0.2 else {"data": steps}
            call = Call("GET", f"/sequences/{name}/steps", answer=answer)
            self.step_reads.append((time + repeat * DAY, org, call))

    def name(self, prefix):
        self.serial += 1
        return f"{prefix}_{self.rng.randrange(16**6):06x}{self.serial:x}"

    def wrapped(self, answer):
        return {"data": answer} if self.rng.random() < 0.5 else answer

    def numbers(self, count):
        return [self.rng.randint(1, 99999) for _ in range(count)]

    def credits(self):
        """Credits as an API may spell them; some have more than six decimals."""
        spelled = ["0", "1", "3", "7", "2.5", "0.25", "12.000001", "1.0000005", "4.0", "25e-1"]
        return Literal(self.rng.choice(spelled))

    def waterfall(self, org, time):
        rng, count = self.rng, self.rng.randint(1, 20)
        hits = rng.randint(0, count)
        path = rng.choice(["/enrichment/enrich", "/enrichment/waterfall/enrich"])
        answer = {"total": count, "completed": count, "successful_enrichments": hits}
        nothing = {} if rng.random() < 0.7 else {"total_credits_used": None}
        return Call(
            "POST", path, unit="provider_hit", amount=str(hits),
            asked={rng.choice(["contact_ids", "record_ids"]): self.numbers(count)},
            answer=self.wrapped(answer | nothing),
            bill=self.wrapped(answer | {"total_credits_used": self.credits()}),
        )

    def verify(self, org, time):
        provider = self.rng.choice(["kickbox", "zerobounce"])
        return Call(
            self.rng.choice(["POST", "GET"]), "/enrichment/verify-email", f"provider={provider}",
            asked={"email": "ada@example.com"}, unit="verification", amount="1",
            answer={"email": "ada@example.com", "status": "valid", "is_valid": True},
        )

    def chat(self, org, time):
        rng = self.rng
        tokens = str(rng.choice([0, 1, 999, 1000, 1001, 2000, rng.randint(1, 30000)]))
        kind = rng.randrange(5)
        if kind == 0:
            return Call(
                "POST", "/public/copilot/chat", unit="token", amount=tokens,
                asked={"message": "Who opened \"spring\", and when?\nThanks"},
                answer={"response": "Nobody yet.", "sources": []},
            )
        if kind == 1:
            answer = {"content": "Dear Ada, …", "tokens_used": Literal(tokens)}
            return Call(
                rng.choice(["GET", "POST"]), f"/inbox/{self.name('thr')}/draft",
                unit="token", amount=tokens, answer=self.wrapped(answer),
                bill=self.wrapped(answer | {"credits_charged": self.credits()}),
            )
        if kind == 2:
            told = rng.choice(["tokens", "tokens_used"])
            return Call(
                "POST", f"/skills/{self.name('skl')}/execute", unit="token", amount=tokens,
                sent=rng.choice([{}, {"type": "llm"}]), asked={"input_data": {"type": "api"}},
                answer=self.wrapped({"output": "ok", "latency_ms": 12, told: Literal(tokens)}),
            )
        path = f"/pages/{self.name('pag')}/chat" if kind == 3 else rng.choice([
            "/global-context/generate/brief", "/intelligence/analyze", "/intelligence/retry",
            "/org/brand-snapshot/refresh",
        ])
        return Call(
            "POST", path, unit="token", amount=tokens,
            answer=self.wrapped({"text": "…", "tokens_used": Literal(tokens)}),
        )

    def voice(self, org, time):
        rng = self.rng
        # Seconds that are a whole number of hundredths of a minute.
        seconds = rng.choice([0, 3, 57, 60, 63, 90, 120, 3 * rng.randint(1, 300)])
        path = rng.choice(["/voice/calls", f"/voice/dialer/sessions/{self.name('ses')}/resume"])
        return Call(
            "POST", path, unit="minute", asked={"max_contacts": 1},
            amount=rng.choice(["0", "1", "2.01", "2.5", f"{rng.randint(1, 40)}.25"]),
            answer=self.wrapped({"status": "done", "call_duration": seconds}),
        )

    def booking(self, org, time):
        return Call(
            "POST", "/appointments/bookings", asked={"attendees": ["ada@example.com"]},
            answer={"uid": self.name("bkg"), "status": "ACCEPTED"}, unit="booking",
            amount=self.rng.choice(["1", "1", "2"]),
        )

    def enrolment(self, org, time):
        usable = [name for name, known in self.sequences[org] if known + HOUR < time]
        sequence, count = self.rng.choice(usable), self.rng.randint(1, 20)
        answer = {"sequence_id": sequence, "status": "contacts_added", "contacts_affected": count}
        return Call(
            "POST", f"/sequences/{sequence}/contacts", unit="step",
            asked={"contact_ids": self.numbers(count + self.rng.randint(0, 2))},
            answer=self.wrapped(answer), amount=str(count * self.rng.randint(1, 7)),
        )

    def launch(self, org, time):
        contacts, steps = self.rng.randint(0, 400), self.rng.randint(1, 8)
        answer = {"steps_created": steps, "execution": {"contacts_total": contacts}}
        return Call(
            "POST", f"/campaigns/{self.name('cmp')}/launch", unit="step",
            answer=self.wrapped(answer), amount=str(contacts * steps),
        )

    def newsletter(self, org, time):
        count = self.rng.randint(0, 3000)
        told = self.rng.choice(["recipients", "recipient_count"])
        return Call(
            "POST", f"/newsletters/{self.name('nl')}/issues/{self.name('iss')}/send",
            answer=self.wrapped({told: count}), unit="recipient", amount=str(count),
        )

    def push(self, org, time):
        count = self.rng.randint(1, 500)
        return Call(
            "POST", f"/audience-syncs/{self.name('aud')}/trigger", unit="record",
            answer=self.wrapped({"record_count": count}), amount=str(count),
        )

    def unknown(self, org, time):
        rng = self.rng
        return Call(*rng.choice([
            ("GET", "/nowhere"), ("POST", f"/nowhere/{rng.randint(1, 99)}/do"),
            ("GET", "/api/v2/contacts"), ("POST", "/contacts-export"),
            ("POST", "/sequences/seq_0/contacts/more"), ("DELETE", "/search/contacts"),
        ]), answer={"ok": True})

    def free(self, org, time):
        rng = self.rng
        found = {"data": [{"id": i} for i in self.numbers(rng.randint(0, 5))]}
        calls = [
            ("GET", "/contacts"), ("POST", "/contacts"), ("GET", "/contacts/c_1"),
            ("PATCH", "/contacts/c_1"), ("DELETE", "/contacts/c_1"), ("GET", "/companies"),
            ("PUT", "/companies/o_1"), ("GET", "/lists"), ("POST", "/deals"), ("GET", "/icps/i_1"),
            ("GET", "/webhooks"), ("GET", "/inbox/meetings"), ("POST", "/search/contacts"),
            ("POST", "/search/companies"), ("POST", "/search/contacts/save"),
            ("POST", "/enrichment/lookup/person"), ("GET", "/enrichment/lookup/company"),
            ("POST", "/enrichment/verify-email"), ("GET", "/public/signals/company"),
            ("GET", "/voice/dialer/calls/room_7_a/transcript"),
        ]
        kind = rng.random()
        if kind < 0.05:
            # A skill of another kind; what it reports as tokens costs nothing.
            return Call(
                "POST", f"/skills/{self.name('skl')}/execute", sent={"type": "api"},
                answer={"output": "ok", "tokens": 5000},
            )
        if kind < 0.1:
            # What a job charged was charged to the request that started it.
            answer = {"status": "completed", "total_credits_used": self.credits()}
            return Call("GET", f"/enrichment/jobs/{self.name('job')}", answer=answer)
        return Call(*rng.choice(calls), answer=found)

    KINDS = {
        "free": 38, "waterfall": 11, "verify": 5, "chat": 13, "voice": 5, "booking": 3,
        "enrolment": 11, "launch": 3, "newsletter": 3, "push": 3, "unknown": 5,
    }

    def any(self, org, time, kinds=None):
        kinds = kinds or self.KINDS
        [kind] = self.rng.choices(list(kinds), list(kinds.values()))
        return getattr(self, kind)(org, time)

    @classmethod
    def but(cls, *kinds):
        return {kind: weight for kind, weight in cls.KINDS.items() if kind not in kinds}

    def metered(self, org, time):
        """A call that costs credits and may be sent again with the same key."""
        return self.posted(org, time, self.but("free", "push", "unknown"))

    def anywhere(self, org, time):
        """The same, about nothing that only one organisation has."""
        return self.posted(org, time, self.but("free", "push", "unknown", "enrolment"))

    def posted(self, org, time, kinds):
        while True:
            call = self.any(org, time, kinds)
            if call.method == "POST":
                return call
