"""The served document and the metrics, by tools of others."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from service import lines, service

PACKAGES = ["schemathesis==4.32.5"]


def schemathesis(binary, work, examples):
    """Findings of generated requests: a 5xx, or an answer that the document does not have."""
    python = Path(work) / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", work], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    files = {"creditmeter.yaml": "graph8: {org: acme, webhook: {scheme: body, secret_env: S}}\n"}
    with service(binary, "--quiet", files=files, variables={"S": "secret"}) as one:
        token = one.token("ingest", "read", "admin")
        one.ask("POST", "/v1/requests", lines(200), {"Content-Type": "application/x-ndjson"}, token)
        checks = ("not_a_server_error,status_code_conformance,content_type_conformance,"
                  "response_headers_conformance,response_schema_conformance,unsupported_method")
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run(
                [python.parent / "schemathesis", "run", f"http://127.0.0.1:{one.port}/openapi.json",
                 "-H", f"Authorization: Bearer {token}", "--max-examples", str(examples),
                 "--checks", checks, "--exclude-path", "/events", "--exclude-path", "/sign-out",
                 "--seed", "1", "--request-timeout", "20", "--no-color",
                 "--suppress-health-check", "all"],
                cwd=folder, capture_output=True, text=True)
        generated = re.search(r"(\d+) generated", result.stdout)
        count = int(generated[1]) if generated else 0
        if result.returncode == 0 and count > 0:
            return count, []
        return count, (result.stdout + result.stderr).splitlines()[-60:]


def promtool(binary):
    """Findings of Prometheus' own check of the metrics, and of a control that it must find."""
    with service(binary) as one:
        token = one.token("ingest", "read", "admin")
        one.ask("POST", "/v1/requests", lines(20), {"Content-Type": "application/x-ndjson"}, token)
        one.ask("POST", "/v1/snapshots", '{"timestamp":"2026-11-24T00:00:00Z","balance":900}',
                {"Content-Type": "application/json"}, token)
        for target in ("/", "/v1/usage?by=day", "/nothing"):
            one.ask("GET", target, token=token)
        texts = [one.ask("GET", "/metrics", token=who)[2] for who in (None, token)]
    found = []
    for text in texts:
        result = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
        if result.returncode != 0:
            found += (result.stdout + result.stderr).decode().splitlines()[:10]
    control = subprocess.run(["promtool", "check", "metrics"], input=b"a 1\na{ 2\n",
                             capture_output=True)
    if control.returncode == 0:
        found.append("promtool takes anything")
    if b"acme" in texts[0]:
        found.append("an organisation is told to nobody in particular")
    return len(texts), found
