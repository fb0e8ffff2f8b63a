"""What the service does beside answering: asks graph8, alerts, sends reports, takes webhooks."""

import hashlib
import hmac
import json
import subprocess
import sys
import time
from pathlib import Path

from service import lines, service

TESTS = Path(__file__).resolve().parents[1]
KEY = "g8_live_" + "k" * 24


class Stand:
    """A server of the tests, which prints its port."""

    def __init__(self, script, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, TESTS / script, *arguments], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[-1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def until(what, seconds=40):
    """Whether something comes to hold in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.2)
    return False


def everything(binary):
    """Findings of one service with all that creditmeter.yaml can ask for."""
    found = []
    # The next minute but one: a service that starts for the first time has missed nothing.
    soon = time.strftime("%H:%M", time.gmtime(time.time() + 75))
    with Stand("Graph8Stub/graph8-stub", "--balance", "900", "--key", KEY, "--org", "acme") as graph8:
        files = {
            "creditmeter.yaml":
                "graph8: {api: credits, poll_every: 2s, org: acme,"
                " webhook: {scheme: body, secret_env: HOOK}}\n"
                "alerts: alerts.yaml\n"
                "reports:\n  - {every: '%s', period: daily, format: json, send_to: [out]}\n" % soon,
            "alerts.yaml":
                "destinations:\n  out: {stdout: {}}\n"
                "rules:\n  - {name: low, when: {balance_below: 1000}, severity: critical}\n",
        }
        variables = {"G8_API_KEY": KEY, "HOOK": "s3cret",
                     "CREDITMETER_API_URL": f"http://127.0.0.1:{graph8.port}"}
        with service(binary, "--quiet", files=files, variables=variables) as one:
            token = one.token("ingest", "read", "admin")

            def ask(target):
                return json.loads(one.ask("GET", target, token=token)[2])

            if not until(lambda: ask("/v1/balance")["balance"] == 900):
                found.append(f"no balance: {ask('/readyz')}")
            if not until(lambda: any(a["state"] == "firing" for a in ask("/v1/alerts")["alerts"])):
                found.append(f"no alert: {ask('/readyz')}")

            def logged():
                return (one.folder / "service.log").read_text()

            if not until(lambda: "low" in logged()):
                found.append("the alert was not sent")
            if not until(lambda: "creditmeter.report/1" in logged(), 150):
                found.append("the report was not sent")

            one.ask("POST", "/v1/requests", lines(3), {"Content-Type": "application/x-ndjson"}, token)
            event = json.dumps({
                "event": "meeting.booked", "org_id": "acme",
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "data": {"meeting_id": "m1", "contact_id": 7, "idempotency_key": "e1"},
            }).encode()
            signature = hmac.new(b"s3cret", event, hashlib.sha256).hexdigest()
            results = []
            for mark in ("", "sha256="):
                status, _, body = one.ask(
                    "POST", "/webhooks/graph8", event,
                    {"Content-Type": "application/json", "X-G8-Signature": mark + signature})
                results.append((status, json.loads(body)["result"]))
            if results != [(200, "stored"), (200, "duplicate")]:
                found.append(f"webhook: {results}")
            forged = one.ask("POST", "/webhooks/graph8", event + b" ",
                             {"Content-Type": "application/json", "X-G8-Signature": signature})[0]
            if forged != 401:
                found.append(f"a forged webhook: {forged}")
            groups = ask("/v1/usage?by=operation")["rows"]
            if not any(row["operation"] == "meeting.book" for row in groups):
                found.append(f"no meeting: {groups}")

            # Ends in time, though a poll may be under way.
            before = time.monotonic()
            code = one.stop()
            if code != 0 or time.monotonic() - before > 10:
                found.append(f"SIGTERM: exit {code}, {time.monotonic() - before:.0f} s")
            if one.run("db", "check", check=False).returncode != 0:
                found.append("db check finds differences")
            for name in one.folder.iterdir():
                if KEY.encode() in name.read_bytes():
                    found.append(f"the key is in {name.name}")
    return 10, found
