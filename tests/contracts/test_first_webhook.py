"""Every command of receive-your-first-webhook.md, in order, against a local stack."""

import os
import shutil
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from local.stack import session
from tests.contracts.command_blocks import ROOT
from tests.contracts.first_webhook import blocks, run
from tests.web_server import serving

CLIPIT = (sys.executable, "-m", "cli.start")
PROMISED_SECONDS = 300
"""Of the page, from its first command on a stack that is up to its last."""
NEEDS_NODE = pytest.mark.skipif(not shutil.which("node"), reason="Node is not installed")


class Refusing(BaseHTTPRequestHandler):
    """An API that refuses the key's scope."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(403)
        self.end_headers()
        self.wfile.write(b'{"detail": "this operation needs `admin`"}')


def test_an_endpoint_that_is_refused_shows_why_and_leaves_no_secret(tmp_path: Path) -> None:
    (block,) = (one for one in blocks() if "create()" in one)
    with serving(Refusing) as server:
        variables = {"CLIPIT_API_URL": f"http://127.0.0.1:{server.server_port}", "CLIPIT_API_KEY": "k"}
        done = run(block, tmp_path, {**os.environ, **variables})
    assert done.returncode != 0
    assert "needs `admin`" in done.stderr
    assert [*tmp_path.iterdir()] == []


@pytest.mark.pulumi_cli
@pytest.mark.long
@pytest.mark.timeout(900)
@NEEDS_NODE
def test_the_commands_of_the_page_lead_to_a_verified_webhook(tmp_path: Path) -> None:
    if session.find() is not None:
        pytest.fail("a local stack of this checkout is up; `clipit local down` ends it")
    start, *rest = blocks()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    try:
        started = run(f"{start}\nenv -0 > {tmp_path}/environment", ROOT, {**os.environ, "PATH": path})
        assert started.returncode == 0, started.stderr
        exported = (tmp_path / "environment").read_text().split("\0")
        begun = time.monotonic()
        done = run("\n".join(rest), tmp_path, dict(line.split("=", 1) for line in exported if line))
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        assert time.monotonic() - begun < PROMISED_SECONDS
    finally:
        subprocess.run([*CLIPIT, "local", "down"], cwd=ROOT, check=False, capture_output=True)
    for name in ("python", "node"):
        first, second, *further = (tmp_path / f"{name}.log").read_text().splitlines()
        assert [first, second] == ["listening", "verified: endpoint.test"]
        assert set(further) == {"verified: render.succeeded"}, "whichever of the three came before the end"
    for name in ("curl", "python", "node"):
        assert (tmp_path / f"{name}.mp4").read_bytes()[4:8] == b"ftyp"
    assert not [*tmp_path.glob("*.secret")]
