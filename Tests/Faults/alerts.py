"""kill -9 at every call that changes a file while an alert fires and is delivered.

A receiver on this machine counts: nothing is lost, nobody is told twice but with the same id, and
what was delivered before the kill is not told anew after it.
"""

import json
import shutil
import sqlite3
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from command import DATABASE, strace
from points import calls, checked, side_by_side

RULES = """destinations:
  ops: {{webhook: {{url: "http://127.0.0.1:{port}/{name}"}}}}
rules:
  - {{name: low balance, when: {{balance_below: 5000}}, severity: critical, repeat_every: never}}
"""
BEFORE, LOW, FIRES = "2026-11-20T09:00:00Z", "2026-11-20T09:05:00Z", "2026-11-20T09:06:00Z"
# The back-off of what was cut off is over by the later ones.
LATER = ("2026-11-20T09:07:00Z", "2026-11-20T09:30:00Z", "2026-11-20T12:00:00Z")


class Receiver:
    """Takes every message, and remembers them by the path that they were sent to."""

    def __init__(self):
        receiver = self
        self.messages = {}
        self.lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            """Answers 200 to everything."""

            def do_POST(self):  # pylint: disable=invalid-name
                """Keeps the id that the header names, and the message."""
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with receiver.lock:
                    kept = receiver.messages.setdefault(self.path[1:], [])
                    kept.append((self.headers["webhook-id"], body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):  # pylint: disable=arguments-differ
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def got(self, name):
        """The messages of a path, in the order they came."""
        with self.lock:
            return list(self.messages.get(name, []))


def check(command, folder, instant, before=()):
    """Evaluates the rules of a folder at an instant."""
    with open(folder / "output", "w", encoding="utf-8") as output:
        return command.run(folder, "alerts", "check", "--config", folder / "alerts.yaml",
                           "--database", folder / DATABASE, "--as-of", instant, "--format", "json",
                           before=before, stdout=output)


def store(command, folder, instant, balance):
    """Stores a balance."""
    result = command.run(folder, "snapshot", "add", "--org", "o", "--balance", balance, "--used",
                         "0", "--at", instant, "--as-of", instant, "--database", folder / DATABASE)
    if result.code != 0:
        raise SystemExit(f"an undisturbed run failed: {result}")


def every_call(command, folder, _seed):
    """Kills the evaluation that fires at each of its calls."""
    receiver, origin = Receiver(), folder / "origin"
    origin.mkdir(parents=True)
    configure(origin, receiver, "origin")
    store(command, origin, BEFORE, "6000")
    check(command, origin, BEFORE)
    store(command, origin, LOW, "4000")
    traced = shutil.copytree(origin, folder / "traced")
    configure(traced, receiver, "traced")
    result = check(command, traced, FIRES, strace(traced))
    if result.code != 0 or len(receiver.got("traced")) != 1:
        raise SystemExit(f"an undisturbed run failed: {result}")
    points = list(calls(traced / "calls"))

    def killed(call):
        name = f"{call.name}-{call.ordinal}"
        place = shutil.copytree(origin, folder / name)
        configure(place, receiver, name)
        inject = f"inject={call.name}:signal=SIGKILL:when={call.ordinal}"
        result = check(command, place, FIRES, strace(place, "-e", inject))
        wrong = f"was not killed: {result}" if result.code != -9 else \
            afterwards(command, place, receiver, name)
        shutil.rmtree(place)
        return wrong and f"{call}: {wrong}"

    yield ("kill -9 at every call of an alert that fires and is sent", len(points),
           side_by_side(killed, points))
    receiver.server.shutdown()


def tampered(command, folder, sql, is_heard):
    """The finding about an alert whose database was changed after it fired, heard or not yet."""
    receiver = Receiver()
    folder.mkdir(parents=True)
    configure(folder, receiver, "tampered")
    store(command, folder, LOW, "4000")
    if not is_heard:
        # Nobody listens at this port.
        rules = RULES.format(port=9, name="tampered")
        (folder / "alerts.yaml").write_text(rules)
    check(command, folder, FIRES)
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        db.executescript(sql)
    configure(folder, receiver, "tampered")
    found = afterwards(command, folder, receiver, "tampered")
    receiver.server.shutdown()
    return found


def configure(folder, receiver, name):
    """Writes rules whose messages go to a path of the receiver."""
    (folder / "alerts.yaml").write_text(RULES.format(port=receiver.port, name=name))


def afterwards(command, place, receiver, name):
    """What is wrong once the command has been started again, several times."""
    for instant in LATER:
        result = check(command, place, instant)
        if result.code != 0:
            return f"the next run failed: {result}"
    got = receiver.got(name)
    if not got:
        return "the message is lost"
    if len({identity for identity, _ in got}) != 1:
        return f"told {len(got)} times, under several ids"
    if len(got) > 2:
        return f"the same message came {len(got)} times"
    if any(identity != body["id"] or body["state"] != "firing" for identity, body in got):
        return "the message is another"
    return checked(command, place)
