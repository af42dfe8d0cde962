"""`.ci/audit` finds what is known of a locked version: pip-audit asks advisories that are played here."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.web_server import serving

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.long
ADVISORY = {
    "id": "PYSEC-2099-1",
    "summary": "It does what it must not.",
    "modified": "2099-01-01T00:00:00Z",
    "affected": [{"package": {"name": "jinja2", "ecosystem": "PyPI"}, "ranges": [], "versions": []}],
}


@contextmanager
def advisories(about: str | None) -> Iterator[str]:
    """A service like OSV's that knows one advisory about a distribution, or none."""

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = [ADVISORY] if asked["package"]["name"] == about else []
            content = json.dumps({"vulns": known} if known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with serving(Service) as server:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"


def audit(service: str, cache: Path) -> subprocess.CompletedProcess[str]:
    command = [ROOT / ".ci/audit", "--vulnerability-service", "osv", "--osv-url", service]
    return subprocess.run(
        [*command, "--cache-dir", cache], capture_output=True, text=True, check=False, cwd=ROOT
    )


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    if subprocess.run([ROOT / ".ci/tools"], capture_output=True, check=False).returncode:
        pytest.skip("the tools of CI cannot be installed here")


def test_a_known_fault_of_a_locked_version_fails_and_is_named(tmp_path: Path) -> None:
    with advisories("jinja2") as service:
        done = audit(service, tmp_path)
    assert done.returncode == 1, done.stderr
    assert "PYSEC-2099-1" in done.stdout
    assert "jinja2" in done.stdout


def test_nothing_known_is_a_success(tmp_path: Path) -> None:
    with advisories(None) as service:
        done = audit(service, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("No known vulnerabilities found") == 2
