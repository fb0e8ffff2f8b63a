"""Stands in for the service: sends written pages with its headers, and events."""

import http.server
import threading
from pathlib import Path

# What the service sends with each page.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


class Service(http.server.ThreadingHTTPServer):
    """A folder of pages on a port of the loopback address."""

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.changed = Path(folder), threading.Condition()
        self.count = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, page=""):
        return f"http://127.0.0.1:{self.server_port}/{page}"

    def change(self):
        """Tells every page that follows the events that something changed."""
        with self.changed:
            self.count += 1
            self.changed.notify_all()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.split("?")[0].lstrip("/")
        if name == "events":
            return self.events()
        file = self.server.folder / (name if "." in name else name + ".html")
        if not file.is_file():
            return self.send_error(404)
        content = file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", TYPES[file.suffix] + "; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)

    def events(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        seen = self.server.count
        try:
            self.wfile.write(b": hello\n\n")
            while True:
                with self.server.changed:
                    self.server.changed.wait_for(lambda: self.server.count > seen, timeout=5)
                    changed, seen = self.server.count > seen, self.server.count
                self.wfile.write(b"event: change\ndata: x\n\n" if changed else b": still here\n\n")
        except OSError:
            pass

    def log_message(self, *arguments):
        pass
