"""Logs of tools that record HTTP itself: HAR 1.2 and OpenTelemetry spans."""

import base64
import json
import re
from random import Random
from urllib.parse import parse_qsl

from usage_formats import logged_path, timestamp, to_json

HOST = "be.graph8.com"


def quick(value):
    """JSON of what holds no spelled numbers."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def headers(record):
    """What is known of a request by its headers, and of its answer by the answer's."""
    sent = {"Authorization": "Bearer redacted", "X-Org-Id": record.org}
    back = {"Content-Type": "application/json"}
    if record.id:
        # The API answers with the id; some callers choose it.
        (sent if record.style % 7 == 0 else back)["X-Request-Id"] = record.id
    if record.replayed:
        back["Idempotent-Replay"] = "true"
    return sent, back


def whole_url(record):
    host = re.match("[A-Za-z]+://[^/?#]*", record.target)
    return (host[0] if host else "https://" + HOST) + logged_path(record)


def har_entry(record):
    rng, url = Random(record.style), whole_url(record)
    sent, back = headers(record)

    def listed(values):
        lower = rng.random() < 0.5
        return [{"name": k.lower() if lower else k, "value": v} for k, v in values.items()]

    request = {
        "method": record.method.upper(), "url": url, "httpVersion": "HTTP/1.1", "cookies": [],
        "headers": listed(sent), "headersSize": -1, "bodySize": -1,
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(url.partition("?")[2], keep_blank_values=True)
        ],
    }
    if record.request_body is not None:
        text = to_json(record.request_body, spaced=rng.random() < 0.5)
        request["postData"] = {"mimeType": "application/json", "text": text}
    content = {"size": 0, "mimeType": "application/json"}
    if record.response_body is not None:
        page = isinstance(record.response_body, str)
        text = record.response_body if page else to_json(record.response_body)
        content = {"size": len(text.encode()), "mimeType": "application/json", "text": text}
        if page:
            content["mimeType"] = "text/html"
        if rng.random() < 0.2:
            coded = base64.b64encode(text.encode()).decode()
            content |= {"text": coded, "encoding": "base64"}
    return {
        "startedDateTime": timestamp(record), "time": record.duration, "request": request,
        "response": {
            "status": record.status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [],
            "headers": listed(back), "content": content, "redirectURL": "", "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {}, "timings": {"send": 0, "wait": record.duration, "receive": 0},
    }


def har(records, seed):
    entries = ",\n".join(quick(har_entry(record)) for record in records)
    creator = '"creator":{"name":"recorder","version":"1.0"}'
    return '{"log":{"version":"1.2",' + creator + ',"entries":[\n' + entries + "\n]}}\n", 0


def attribute(name, value):
    if isinstance(value, int):
        # The JSON form of a 64-bit number is a text, and many write a number.
        return {"key": name, "value": {"intValue": str(value) if value % 2 else value}}
    if isinstance(value, list):
        values = [{"stringValue": item} for item in value]
        return {"key": name, "value": {"arrayValue": {"values": values}}}
    return {"key": name, "value": {"stringValue": value}}


def span(place, record):
    rng = Random(record.style)
    old, server = rng.random() < 0.4, rng.random() < 0.4
    url = whole_url(record)
    method, status = record.method.upper(), record.status
    path, _, query = logged_path(record).partition("?")
    if old:
        values = {"http.method": method, "http.status_code": status}
        if server:
            values |= {"http.scheme": "https", "http.host": HOST}
            values["http.target"] = logged_path(record)
        else:
            values["http.url"] = url
    else:
        values = {"http.request.method": method, "http.response.status_code": status}
        if server:
            values |= {"url.scheme": "https", "server.address": HOST, "url.path": path}
            values |= {"url.query": query} if query else {}
        else:
            values |= {"url.full": url, "server.address": HOST, "server.port": 443}
    for side, names in zip(("request", "response"), headers(record)):
        for name, value in names.items():
            if name.startswith(("X-", "Idempotent-")):
                key = name.lower().replace("-", "_") if old else name.lower()
                values[f"http.{side}.header.{key}"] = [value]
    start = record.time * 1_000_000
    return {
        "traceId": f"{rng.randrange(16**32):032x}", "spanId": f"{place + 1:016x}",
        "parentSpanId": "", "name": method, "kind": 2 if server else 3,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + record.duration * 1_000_000),
        "attributes": [attribute(name, value) for name, value in values.items()],
        "status": {"code": 2} if status >= 500 else {},
    }


def resource(spans):
    service = [attribute("service.name", "outbound")]
    scope = {"scope": {"name": "http", "version": "1"}, "spans": spans}
    return {"resource": {"attributes": service}, "scopeSpans": [scope]}


def batches(records, size):
    spans = [span(place, record) for place, record in enumerate(records)]
    return [resource(spans[start:start + size]) for start in range(0, len(spans), size)]


def otlp(records, seed):
    text = ",\n".join(quick(batch) for batch in batches(records, 400))
    return '{"resourceSpans":[\n' + text + "\n]}\n", 0


def otlp_lines(records, seed):
    lines = (quick({"resourceSpans": [batch]}) for batch in batches(records, 7))
    return "\n".join(lines) + "\n", 0
