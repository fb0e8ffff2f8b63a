"""A service under test: started on a free port, with tokens, in a folder of its own."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

SURROUNDINGS = {"PATH": os.environ["PATH"], "LC_ALL": "C", "SWIFT_BACKTRACE": "enable=no"}
# Far above what anything takes on a busy machine.
PATIENCE = 120


class Service:
    """One process of `creditmeter serve`, which can be killed and started again."""

    def __init__(self, binary, folder, *arguments, variables=None):
        self.binary, self.folder = str(Path(binary).resolve()), Path(folder)
        self.arguments, self.variables = arguments, variables or {}
        self.database = self.folder / "usage.db"
        self.tokens, self.process, self.port = {}, None, None

    def run(self, *arguments, check=True):
        """A command on the same database."""
        result = subprocess.run(
            [self.binary, *arguments], cwd=self.folder, text=True, capture_output=True,
            env=self.environment, timeout=PATIENCE)
        if check and result.returncode != 0:
            raise AssertionError(f"{arguments}: exit {result.returncode}, {result.stderr}")
        return result

    @property
    def environment(self):
        return SURROUNDINGS | self.variables | {
            "HOME": str(self.folder), "CREDITMETER_DATABASE": str(self.database)}

    def token(self, *scopes, org="acme"):
        """A token of an organisation, made once."""
        if (scopes, org) not in self.tokens:
            options = [option for scope in scopes for option in ("--scope", scope)]
            made = self.run("token", "create", "--org", org, *options, "--format", "json")
            self.tokens[scopes, org] = json.loads(made.stdout)["token"]
        return self.tokens[scopes, org]

    def start(self):
        """Starts, and waits until it answers."""
        self.log = open(self.folder / "service.log", "ab")
        self.process = subprocess.Popen(
            [self.binary, "serve", "--port", str(self.port or 0), *self.arguments],
            cwd=self.folder, stdout=self.log, stderr=subprocess.PIPE, env=self.environment)
        line = self.process.stderr.readline().decode()
        found = re.search(r"http://\S+:(\d+)", line)
        if not found:
            rest = self.process.stderr.read().decode()
            raise AssertionError(f"the service did not start: {line}{rest}")
        self.port = int(found[1])
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self.log.close()

    def stop(self):
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.process.stderr.close()
        self.log.close()
        return code

    def ask(self, method, target, body=None, headers=None, token=None, timeout=PATIENCE):
        """Status, headers and body of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def socket(self, timeout=30):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)


@contextmanager
def service(binary, *arguments, variables=None, files=None):
    """A running service, stopped and forgotten in the end."""
    folder = Path(tempfile.mkdtemp(prefix="creditmeter-service-"))
    try:
        for name, text in (files or {}).items():
            (folder / name).write_text(text)
        one = Service(binary, folder, *arguments, variables=variables)
        one.token("ingest", "read", "admin")
        one.start()
        try:
            yield one
        finally:
            if one.process.poll() is None:
                one.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def lines(count, start=0, prefix="r"):
    """Requests as NDJSON, each with an id of its own."""
    return "".join(
        json.dumps({
            "timestamp": f"2026-11-{18 + number // 86_400 % 7:02}T"
                         f"{number // 3_600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z",
            "method": "POST", "path": "/api/v1/voice/calls", "status": 200,
            "request_id": f"{prefix}{number}", "usage": {"minutes": 1},
        }) + "\n" for number in range(start, start + count))


def wait(seconds):
    time.sleep(seconds)
