"""kill -9 while clients send: what was acknowledged is stored, once."""

import json
import random
import threading
import time

from service import lines, service

CLIENTS = 8
NDJSON = {"Content-Type": "application/x-ndjson"}


class Client(threading.Thread):
    """Sends batches until told to stop, and notes which were acknowledged."""

    def __init__(self, one, number, stop):
        super().__init__(daemon=True)
        self.service, self.number, self.is_over = one, number, stop
        self.acknowledged, self.faults, self.batch = 0, [], 0

    def run(self):
        token = self.service.token("ingest", "read", "admin")
        chance = random.Random(self.number)
        while not self.is_over.is_set():
            count = chance.choice([1, 5, 40])
            body = lines(count, self.batch, f"c{self.number}-")
            # The same batch again until it is acknowledged, as a client does.
            while not self.is_over.is_set():
                try:
                    status, _, answer = self.service.ask(
                        "POST", "/v1/requests", body, NDJSON, token, timeout=20)
                except OSError:
                    time.sleep(0.02)
                    continue
                except Exception:  # a connection that is cut within an answer
                    continue
                if status != 200:
                    self.faults.append(f"status {status}: {answer[:200]}")
                    break
                summary = json.loads(answer)
                if summary["accepted"] + summary["duplicates"] != count:
                    self.faults.append(f"of {count}: {summary}")
                self.acknowledged += count
                self.batch += count
                break


def killed(binary, kills, seed):
    """Findings of so many kills under so many clients."""
    chance, found = random.Random(seed), []
    with service(binary, "--quiet") as one:
        stop = threading.Event()
        clients = [Client(one, number, stop) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for _ in range(kills):
            time.sleep(chance.uniform(0.02, 0.4))
            one.kill()
            one.start()
        time.sleep(0.3)
        stop.set()
        for client in clients:
            client.join()
            found += client.faults[:3]
        code = one.stop()
        if code != 0:
            found.append(f"SIGTERM: exit {code}")
        check = one.run("db", "check", check=False)
        if check.returncode != 0:
            found.append(f"db check: {check.stdout}{check.stderr}")
        usage = json.loads(one.run("usage", "--by", "org", "--format", "json").stdout)
        stored = usage["totals"]["requests"]
        acknowledged = sum(client.acknowledged for client in clients)
        # What was under way at the end may be stored without anybody having heard of it.
        if not acknowledged <= stored <= acknowledged + CLIENTS * 40:
            found.append(f"{acknowledged} acknowledged, {stored} stored")
        if usage["totals"]["credits"] != stored * 20:
            found.append(f"{stored} requests, {usage['totals']['credits']} credits")
        if acknowledged < kills:
            found.append(f"only {acknowledged} requests in {kills} kills")
    return acknowledged, found


def stopped(binary):
    """SIGTERM while clients send: what was begun is ended, nothing acknowledged is lost."""
    found = []
    with service(binary, "--quiet") as one:
        stop = threading.Event()
        clients = [Client(one, number, stop) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(1)
        before = time.monotonic()
        code = one.stop()
        if code != 0 or time.monotonic() - before > 20:
            found.append(f"SIGTERM: exit {code} after {time.monotonic() - before:.0f} s")
        stop.set()
        for client in clients:
            client.join()
            found += client.faults[:3]
        usage = json.loads(one.run("usage", "--by", "org", "--format", "json").stdout)
        acknowledged = sum(client.acknowledged for client in clients)
        if usage["totals"]["requests"] < acknowledged:
            found.append(f"{acknowledged} acknowledged, {usage['totals']['requests']} stored")
    return found
