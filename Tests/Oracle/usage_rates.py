"""What one logged request costs, in exact fractions: a table of rates and nothing of the code."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Rate:
    unit: str
    credits: Fraction
    block: int = 1
    # Whether a started block is paid in full.
    started: bool = False
    # The quantity of a request that tells none, and whether it is more than a guess.
    untold: Fraction = Fraction(1)
    sure: bool = False


TOKENS = Rate("token", Fraction(1), 1000, True, Fraction(1000))
METERED = {
    "enrichment.waterfall": Rate("provider_hit", Fraction(2)),
    "email.verify_external": Rate("verification", Fraction(1), sure=True),
    "copilot.chat": TOKENS,
    "inbox.draft": TOKENS,
    "skill.execute_llm": TOKENS,
    "page.chat": TOKENS,
    "studio.generate": TOKENS,
    "voice.outbound": Rate("minute", Fraction(20), 1, True, Fraction(3, 2)),
    "meeting.book": Rate("booking", Fraction(20), sure=True),
    "sequence.enroll": Rate("step", Fraction(1)),
    "campaign.launch": Rate("step", Fraction(1)),
    "newsletter.send": Rate("recipient", Fraction(1)),
    "intent.process": Rate("event", Fraction(1), 10),
    "events.ingest": Rate("event", Fraction(1), 10),
}
# What the destination prices: counted in records, never in credits.
UNPRICED = {"audience.push": "record"}

ROUTES = [
    ("POST", "/enrichment/enrich", "enrichment.waterfall"),
    ("POST", "/enrichment/waterfall/enrich", "enrichment.waterfall"),
    ("POST", "/public/copilot/chat", "copilot.chat"),
    ("GET POST", "/inbox/*/draft", "inbox.draft"),
    ("POST", "/pages/*/chat", "page.chat"),
    ("POST", "/global-context/generate/*", "studio.generate"),
    ("POST", "/intelligence/analyze", "studio.generate"),
    ("POST", "/intelligence/retry", "studio.generate"),
    ("POST", "/org/brand-snapshot/refresh", "studio.generate"),
    ("POST", "/voice/dialer/sessions/*/resume", "voice.outbound"),
    ("POST", "/voice/calls", "voice.outbound"),
    ("POST", "/appointments/bookings", "meeting.book"),
    ("POST", "/sequences/*/contacts", "sequence.enroll"),
    ("POST", "/campaigns/*/launch", "campaign.launch"),
    ("POST", "/newsletters/*/issues/*/send", "newsletter.send"),
    ("POST", "/audience-syncs/*/trigger", "audience.push"),
    # Free ones.
    ("GET POST", "/search/contacts", "search.contacts"),
    ("GET POST", "/search/companies", "search.companies"),
    ("GET POST", "/search/contacts/save", "search.save_contacts"),
    ("GET POST", "/enrichment/lookup/person", "lookup.person"),
    ("GET POST", "/enrichment/lookup/company", "lookup.company"),
    ("GET", "/enrichment/jobs/*", "enrichment.jobs"),
    ("GET POST", "/contacts", "contacts.manage"),
    ("GET PATCH PUT DELETE", "/contacts/*", "contacts.manage"),
    ("GET POST", "/companies", "companies.manage"),
    ("GET PATCH PUT DELETE", "/companies/*", "companies.manage"),
    ("GET POST", "/lists", "lists.manage"),
    ("GET POST", "/deals", "deals.manage"),
    ("GET PATCH PUT DELETE", "/icps/*", "icps.manage"),
    ("GET POST", "/webhooks", "webhooks.manage"),
    ("GET", "/sequences/*/steps", "sequences.read"),
    ("GET", "/sequences/*/contacts", "sequences.read"),
    ("GET", "/appointments/bookings", "appointments.read"),
    ("GET", "/inbox/meetings", "inbox.meetings"),
    ("GET POST", "/public/signals/company", "signals.read"),
    ("GET POST", "/voice/dialer/calls/*/transcript", "voice.review_calls"),
]
ROUTES = [
    (methods.split(), re.compile(path.replace("*", "[^/]+")), operation)
    for methods, path, operation in ROUTES
]

# Where an answer tells the quantity itself, the first that is there.
TOLD = {
    "enrichment.waterfall": ["successful_enrichments"],
    "inbox.draft": ["tokens_used"],
    "skill.execute_llm": ["tokens_used", "tokens"],
    "page.chat": ["tokens_used"],
    "studio.generate": ["tokens_used"],
    "newsletter.send": ["recipients", "recipient_count"],
    "audience.push": ["record_count"],
}
# Where an answer tells the credits.
BILLED = {"enrichment.waterfall": "total_credits_used", "inbox.draft": "credits_charged"}


@dataclass(frozen=True)
class Charge:
    operation: str
    metering: str
    # None when nothing tells.
    quantity: Fraction | None
    # None when no rate is known.
    micros: int | None
    basis: str


def plain_path(target):
    """The path alone: no host, base path, trailing slash, query."""
    path = re.sub(r"^[A-Za-z]+://[^/?#]*", "", target)
    segments = [part for part in re.split(r"[?#]", path)[0].split("/") if part]
    return "/" + "/".join(segments[2:] if segments[:2] == ["api", "v1"] else segments)


def parameter(record, name):
    query = record.query or (record.target + "?").split("?")[1]
    return parse_qs(query).get(name, [""])[0]


def opened(body):
    """A body as an object; a text that is none tells nothing."""
    if isinstance(body, list):
        return {"data": body}
    return body if isinstance(body, dict) else {}


def number(body, *path):
    """The number there, or the length of a list there, also inside `data`."""
    for value in (opened(body), opened(opened(body).get("data"))):
        for key in path:
            value = opened(value).get(key)
        if isinstance(value, list):
            return Fraction(len(value))
        if value is not None:
            return Fraction(str(value))
    return None


def operation(record):
    if record.operation:
        return record.operation
    path, method = plain_path(record.target), record.method.upper()
    if path == "/enrichment/verify-email" and method in ("GET", "POST"):
        outside = parameter(record, "provider") in ("kickbox", "zerobounce")
        return "email.verify_external" if outside else "email.verify_internal"
    if re.fullmatch("/skills/[^/]+/execute", path) and method == "POST":
        kind = parameter(record, "type") or opened(record.request_body).get("type")
        return "skill.execute_api" if kind == "api" else "skill.execute_llm"
    for methods, pattern, name in ROUTES:
        if method in methods and pattern.fullmatch(path):
            return name
    return "unknown"


def steps_told(record):
    """A sequence and its number of steps, where the record is a read of them that succeeded."""
    match = re.fullmatch("/sequences/([^/]+)/steps", plain_path(record.target or ""))
    if not match or record.method.upper() != "GET" or not succeeded(record):
        return None
    count = number(record.response_body, "data")
    return None if count is None else (match[1], count)


def succeeded(record):
    return record.status is None or 200 <= record.status < 300


def quantity(record, name, unit, steps):
    """How many units, and whether that is known."""
    for key in (unit, unit + "s"):
        if key in record.usage:
            return Fraction(record.usage[key]), True
    for key in TOLD.get(name, []):
        if (told := number(record.response_body, key)) is not None:
            return told, True
    if name == "voice.outbound":
        if (seconds := number(record.response_body, "call_duration")) is not None:
            return seconds / 60, True
    if name == "enrichment.waterfall":
        # Not every record asked for is found.
        for key in ("contact_ids", "record_ids"):
            if (asked := number(record.request_body, key)) is not None:
                return asked, False
    if name == "campaign.launch":
        contacts = number(record.response_body, "execution", "contacts_total")
        created = number(record.response_body, "steps_created")
        if contacts is not None and created is not None:
            return contacts * created, True
    if name == "sequence.enroll":
        contacts = number(record.response_body, "contacts_affected")
        if contacts is None:
            contacts = number(record.request_body, "contact_ids")
        count = steps.get(plain_path(record.target).split("/")[2])
        if contacts is not None and count is not None:
            return contacts * count, True
    if name in METERED:
        return METERED[name].untold, METERED[name].sure
    return None, False


def micro(credits):
    return math.floor(credits * 1_000_000 + Fraction(1, 2))


def charge(record, replayed, steps, rates=METERED):
    """The charge of one request; `steps` holds the step counts learned so far."""
    name = operation(record)
    rate = rates.get(name)
    unit = rate.unit if rate else UNPRICED.get(name, "request")
    metering = "metered" if rate else "unpriced" if name in UNPRICED else "free"
    if name == "unknown":
        metering = "unpriced"
    if replayed or not succeeded(record):
        return Charge(name, metering, Fraction(0), 0, "counted")
    if unit == "request":
        count, known = Fraction(1), True
    else:
        count, known = quantity(record, name, unit, steps)
    credits = record.credits
    if credits is None and name in BILLED:
        credits = number(record.response_body, BILLED[name])
    if credits is not None:
        return Charge(name, metering, count, micro(Fraction(credits)), "measured")
    if metering == "free":
        return Charge(name, metering, count, 0, "counted")
    if rate is None:
        return Charge(name, metering, count, None, "unpriced")
    blocks = count / rate.block
    total = (math.ceil(blocks) if rate.started else blocks) * rate.credits
    return Charge(name, metering, count, micro(total), "counted" if known else "assumed")
