"""Bytes that no proper client sends: requests within requests, and clients that dawdle."""

import socket
import threading
import time

from service import lines, service

HOST = b"Host: 127.0.0.1\r\n"
INNER = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"

# Requests whose end two parties could see in different places. None of them may be answered with
# success, and nothing after them on the same connection may be answered at all.
SMUGGLED = {
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + INNER,
    "two lengths": b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + INNER,
    "two equal lengths, one later": b"Content-Length: 5\r\nX: y\r\nContent-Length: 6\r\n\r\nabcde" + INNER,
    "lengths in one line": b"Content-Length: 0, 44\r\n\r\n" + INNER,
    "a negative length": b"Content-Length: -1\r\n\r\n" + INNER,
    "a signed length": b"Content-Length: +0\r\n\r\n" + INNER,
    "a hexadecimal length": b"Content-Length: 0x0\r\n\r\n" + INNER,
    "a length with a space in it": b"Content-Length: 4 4\r\n\r\n" + INNER,
    "a huge length": b"Content-Length: 99999999999999999999999\r\n\r\n" + INNER,
    "an empty length": b"Content-Length:\r\n\r\n" + INNER,
    "chunked, spelled otherwise": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + INNER,
    "chunked, then another": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + INNER,
    "chunked in quotes": b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n' + INNER,
    "a space before the colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + INNER,
    "a tab before the colon": b"Content-Length\t: 0\r\n\r\n" + INNER,
    "a folded line": b"X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "a folded encoding": b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + INNER,
    "a bare line feed": b"X: y\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + INNER,
    "a bare carriage return": b"X: y\rTransfer-Encoding: chunked\r\n\r\n" + INNER,
    "a NUL in a value": b"X: a\0b\r\nContent-Length: 0\r\n\r\n" + INNER,
    "a NUL in a name": b"Content-Length\0: 0\r\n\r\n" + INNER,
    "a chunk size that is none": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + INNER,
    "a negative chunk": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + INNER,
    "a chunk longer than it says": b"Transfer-Encoding: chunked\r\n\r\n1\r\nabcdef\r\n0\r\n\r\n" + INNER,
    "a huge chunk": b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx\r\n" + INNER,
}


def answers(one, request, seconds=4):
    """Statuses of all that comes back until the service says no more."""
    with one.socket(seconds) as connection:
        connection.sendall(request)
        text = b""
        try:
            while piece := connection.recv(65_536):
                text += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return [part.split(b" ")[1].decode() for part in text.split(b"\r\n")
            if part.startswith(b"HTTP/1.1 ")], text


def smuggled(binary):
    """Findings of requests that hide another."""
    found = []
    with service(binary) as one:
        token = one.token("ingest", "read", "admin").encode()
        for name, rest in SMUGGLED.items():
            head = (b"POST /v1/requests HTTP/1.1\r\n" + HOST + b"Authorization: Bearer " + token
                    + b"\r\nContent-Type: application/x-ndjson\r\n")
            statuses, _ = answers(one, head + rest)
            logged = (one.folder / "service.log").read_bytes()
            if b"smuggled" in logged:
                found.append(f"{name}: what it hid was answered")
            if any(status.startswith("2") for status in statuses):
                found.append(f"{name}: {statuses}")
        status, _, _ = one.ask("GET", "/healthz")
        if status != 200:
            found.append(f"afterwards: {status}")
    return len(SMUGGLED), found


def limits(binary):
    """Findings of heads and bodies at their limits."""
    found, checks = [], [
        ("a long field", b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 9_000 + b"\r\n\r\n", "4"),
        ("many fields", b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 80 + b"\r\n", "4"),
        ("a long list", b"GET /healthz HTTP/1.1\r\n" + HOST + (b"X: " + b"a" * 4_000 + b"\r\n") * 9
         + b"\r\n", "4"),
        ("a long target", b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", "414"),
        ("another host", b"GET /healthz HTTP/1.1\r\nHost: rebound.example\r\n\r\n", "421"),
        ("no host", b"GET /healthz HTTP/1.1\r\n\r\n", "4"),
        ("another protocol", b"GET /healthz SMTP/1.1\r\n" + HOST + b"\r\n", "4"),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), "4"),
    ]
    with service(binary) as one:
        for name, request, expected in checks:
            statuses, _ = answers(one, request, 2)
            # A connection that is closed without a word is an answer too.
            if statuses and not statuses[0].startswith(expected):
                found.append(f"{name}: {statuses}")
    return len(checks), found


def dawdling(binary):
    """Findings of clients that take their time, while others are served."""
    found = []
    with service(binary, "--quiet") as one:
        token = one.token("ingest", "read", "admin")
        head = (f"POST /v1/requests HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
                "Content-Type: application/x-ndjson\r\nContent-Length: 1000000\r\n\r\n").encode()
        slow = {
            "nothing is sent": (b"", 45), "a head without an end": (b"GET /healthz HTTP/1.1\r\n", 45),
            "a body without an end": (head, 75), "one answer, then silence":
            (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 45),
        }
        ends = {}

        def dawdle(name, request, patience):
            with one.socket(patience) as connection:
                started = time.monotonic()
                connection.sendall(request)
                drip = name != "nothing is sent" and "answer" not in name
                connection.settimeout(1)
                while time.monotonic() - started < patience:
                    try:
                        if drip:
                            connection.sendall(b"x")
                        if connection.recv(4_096) == b"":
                            ends[name] = time.monotonic() - started
                            return
                    except TimeoutError:
                        continue
                    except OSError:
                        ends[name] = time.monotonic() - started
                        return

        threads = [threading.Thread(target=dawdle, args=(name, *how)) for name, how in slow.items()]
        many = [one.socket() for _ in range(200)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            before = time.monotonic()
            status, _, _ = one.ask("GET", "/v1/balance", token=token)
            if status != 200 or time.monotonic() - before > 2:
                found.append(f"others wait: {status}, {time.monotonic() - before:.1f} s")
                break
            time.sleep(0.1)
        for connection in many:
            connection.close()
        for thread in threads:
            thread.join()
        for name, (_, patience) in slow.items():
            if name not in ends:
                found.append(f"{name}: still open after {patience} s")
    return len(slow), found


def packed(binary):
    """Findings of bodies that unpack to more than there is room for."""
    import gzip
    found = []
    with service(binary, "--quiet") as one:
        token = one.token("ingest", "read", "admin")

        def post(body, encoding):
            headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": encoding}
            return one.ask("POST", "/v1/requests", body, headers, token)[0]

        bomb = gzip.compress(b"\n" * (33 << 20))
        cases = {
            "a small one": (gzip.compress(lines(3).encode()), "gzip", 200),
            "two members": (gzip.compress(lines(2).encode()) + gzip.compress(lines(2, 2).encode()),
                            "gzip", 200),
            "a bomb": (bomb, "gzip", 413), "cut off": (gzip.compress(lines(50).encode())[:-20],
                                                       "gzip", 400),
            "plain for gzip": (lines(1).encode(), "gzip", 400),
            "an unknown one": (b"x", "br", 415), "two at once": (bomb, "gzip, gzip", 415),
        }
        for name, (body, encoding, expected) in cases.items():
            status = post(body, encoding)
            if status != expected:
                found.append(f"{name}: {status}, expected {expected}")
    return len(cases), found


__all__ = ["smuggled", "limits", "dawdling", "packed", "socket"]
