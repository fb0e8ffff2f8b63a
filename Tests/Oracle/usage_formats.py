"""Logs as text: JSON objects, tables, and lines of a web server."""

import json
import re
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from random import Random

from usage_calls import Literal


ASCII, WIDE = json.JSONEncoder(), json.JSONEncoder(ensure_ascii=False)


def to_json(value, slashes=False, spaced=False, ascii_only=False, lines=False):
    """JSON with numbers as they are spelled; fractions have at most six decimals."""
    quoted = ASCII.encode if ascii_only else WIDE.encode
    colon, comma = (": ", ", ") if spaced else (":", ",")
    comma = ",\n  " if lines else comma

    def text(value):
        if isinstance(value, dict):
            pairs = (text(key) + colon + text(item) for key, item in value.items())
            return "{" + comma.join(pairs) + "}"
        if isinstance(value, list):
            return "[" + comma.join(map(text, value)) + "]"
        if isinstance(value, Literal):
            return str(value)
        if isinstance(value, Fraction):
            return decimal(value)
        return quoted(value).replace("/", "\\/") if slashes else quoted(value)

    return text(value)


def decimal(value):
    """At most six decimals, half up."""
    sign, micros = ("-" if value < 0 else ""), abs(value) * 1_000_000
    whole, rest = divmod((2 * micros.numerator + micros.denominator) // (2 * micros.denominator),
                         1_000_000)
    return sign + str(whole) + (f".{rest:06}".rstrip("0") if rest else "")


def moment(record):
    zone = timezone(timedelta(minutes=record.zone))
    return datetime.fromtimestamp(record.time // 1000, zone)


def timestamp(record):
    """RFC 3339 in the record's zone, with none, three, six or nine decimals."""
    rest, offset = record.time % 1000, moment(record).strftime("%z")
    fraction = f".{rest:03}" if rest or record.style % 2 else ""
    fraction += ["", "000", "000000"][record.style % 3] if fraction else ""
    zone = "Z" if record.zone == 0 and record.style % 5 else offset[:3] + ":" + offset[3:]
    return moment(record).strftime("%Y-%m-%dT%H:%M:%S") + fraction + zone


ALIASES = {
    "timestamp": ["ts", "time", "@timestamp", "created_at", "date"],
    "path": ["url", "uri", "request_uri", "endpoint"],
    "status": ["status_code", "response_code"],
    "request_id": ["requestId", "x_request_id", "id"],
    "org_id": ["org", "organization_id", "x_org_id"],
    "duration_ms": ["latency_ms"],
    "usage": ["quantities", "meta"],
    "credits_charged": ["total_credits_used", "credits_used", "cost_credits"],
}


def fields(record):
    """All that a record says, by the chief name of each key."""
    usage = {unit: Literal(amount) for unit, amount in record.usage.items()}
    values = {
        "timestamp": timestamp(record), "operation": record.operation, "method": record.method,
        "path": record.target, "query": record.query, "status": record.status,
        "request_id": record.id, "org_id": record.org,
        "duration_ms": record.duration or None, "idempotency_key": record.key,
        "replayed": record.replayed, "usage": usage or None, "tags": record.tags or None,
        "credits_charged": None if record.credits is None else Literal(record.credits),
        "request_body": record.request_body, "response_body": record.response_body,
    }
    return {name: value for name, value in values.items() if value is not None}


def json_object(record):
    rng = Random(record.style)
    values = fields(record)
    for side in ("request_body", "response_body"):
        if isinstance(values.get(side), (dict, list)) and rng.random() < 0.2:
            # Some loggers keep a body as the text that it was.
            values[side] = to_json(values[side], spaced=rng.random() < 0.5)
    if rng.random() < 0.05:
        values |= {name: None for name in ("status", "credits_charged") if name not in values}
    if rng.random() < 0.2:
        values |= {"client": "g8-cli", "retry_count": 0, "context": {"id": "x", "path": ["/"]}}
    items = list(values.items())
    if rng.random() < 0.3:
        rng.shuffle(items)
    named = {
        rng.choice(ALIASES[name]) if name in ALIASES and rng.random() < 0.3 else name: value
        for name, value in items
    }
    return to_json(named, rng.random() < 0.1, rng.random() < 0.3, rng.random() < 0.5)


BAD_TIME = "2026-10-07T10:00:00Z"
# Records that say too little, or what cannot be.
BAD_RECORDS = [
    {"method": "GET", "path": "/contacts", "status": 200, "request_id": "bad_1"},
    {"timestamp": BAD_TIME, "path": "/contacts", "status": 200, "request_id": "bad_2"},
    {"timestamp": BAD_TIME, "method": "GET", "status": 200, "request_id": "bad_3"},
    {"timestamp": "2026-10-07 10:00:00", "method": "GET", "path": "/lists"},
    {"timestamp": "2026-02-30T10:00:00Z", "method": "GET", "path": "/lists"},
    {"timestamp": "yesterday", "method": "POST", "path": "/appointments/bookings"},
]


def scattered(seed, lines, bad):
    """The lines with the bad ones among them, behind enough good ones to tell the format by."""
    rng, lines = Random(seed), list(lines)
    for line in bad:
        lines.insert(rng.randrange(500, len(lines)), line)
    return lines


def ndjson(records, seed):
    bad = [to_json(record) for record in BAD_RECORDS]
    bad += ['{"timestamp":"2026-10-07T10:00:00Z","method":"GET","path":"/con', "no JSON at all"]
    lines = scattered(seed, map(json_object, records), bad)
    # Blank lines are not read.
    return "\n".join(scattered(seed + 1, lines, ["", "  ", ""])), len(bad)


def array(records, seed):
    lines = scattered(seed, map(json_object, records), map(to_json, BAD_RECORDS))
    return "[\n" + ",\n".join(lines) + "\n]\n", len(BAD_RECORDS)


def data(records, seed):
    lines = scattered(seed, map(json_object, records), map(to_json, BAD_RECORDS))
    page = '{"page":1,"limit":200,"total":20000,"has_next":false}'
    text = '{\n  "data": [\n    ' + ",\n    ".join(lines) + '\n  ],\n  "pagination": ' + page
    return text + "\n}\n", len(BAD_RECORDS)


COLUMNS = [
    "timestamp", "method", "path", "query", "status", "request_id", "org_id", "duration_ms",
    "idempotency_key", "replayed", "usage", "tags", "credits_charged", "request_body",
    "response_body", "operation",
]
WIDE_COLUMNS = [
    "org", "ts", "method", "url", "query", "status_code", "id", "latency_ms", "idempotency_key",
    "replayed", "usage.provider_hits", "usage.verification", "usage.tokens", "usage.minute",
    "usage.bookings", "usage.step", "usage.recipients", "usage.event", "usage.records", "tags",
    "credits_used", "request_body", "response_body", "operation", "client",
]


def cell(value, always=False):
    text = "" if value is None else value if isinstance(value, str) else to_json(value)
    if always or re.search('[",\r\n]', text):
        return '"' + text.replace('"', '""') + '"'
    return text


def table(records, seed, columns, ending):
    names = {alias: name for name, aliases in ALIASES.items() for alias in aliases}

    def row(values, style):
        rng, cells = Random(style), []
        for column in columns:
            value = values.get(names.get(column, column))
            if column.startswith("usage."):
                unit, usage = column[6:].removesuffix("s"), values.get("usage", {})
                value = usage.get(unit, usage.get(unit + "s"))
            if isinstance(value, (dict, list)) and rng.random() < 0.1:
                # A cell may run over lines.
                value = to_json(value, lines=True)
            cells.append(cell(value, rng.random() < 0.1))
        return ",".join(cells)

    rows = [row(fields(record), record.style) for record in records]
    rows = scattered(seed, rows, [row(record, 0) for record in BAD_RECORDS])
    return ending.join([",".join(columns), *rows, ""]), len(BAD_RECORDS)


def csv(records, seed):
    return table(records, seed, COLUMNS, "\r\n")


def wide_csv(records, seed):
    return table(records, seed, WIDE_COLUMNS, "\n")


def logged_path(record):
    """The target as a web server sees it, which is never asked for its host."""
    path = re.sub("^[A-Za-z]+://[^/?#]*", "", record.target)
    return path + ("?" + record.query if record.query else "")


def common_line(record):
    time = moment(record).strftime("%d/%b/%Y:%H:%M:%S %z")
    size = record.style % 9000 or "-"
    request = f"{record.method.upper()} {logged_path(record)} HTTP/1.1"
    return f'10.0.0.{record.style % 250} - - [{time}] "{request}" {record.status} {size}'


def combined_line(record):
    seconds, rest = divmod(record.duration, 1000)
    agent = '"-"' if record.style % 4 == 0 else '"graph8-sdk/0.245 (x; \\"y\\")"'
    return f'{common_line(record)} "-" {agent} {seconds}.{rest:03} {record.id or "-"}'


BAD_LINES = [
    '10.0.0.9 - - [07/Oct/2026:10:00:00 +0000] "-" 408 0 "-" "-" 0.001 -',
    '10.0.0.9 - - [30/Feb/2026:10:00:00 +0000] "GET /lists HTTP/1.1" 200 5 "-" "-" 0.001 -',
    "upstream timed out",
]


def combined(records, seed):
    return "\n".join(scattered(seed, map(combined_line, records), BAD_LINES)) + "\n", 3


def common(records, seed):
    return "\n".join(map(common_line, records)) + "\n", 0
