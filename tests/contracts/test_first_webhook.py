"""The page about the first webhook: its receivers verify what the notifier sends, and its commands run.

The first tests start the receivers of the page alone. The last one runs every command of the page, in order,
against a local stack.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib import error, request

import pytest

from handlers.jobs.outgoing.webhook_secrets import new_secret
from handlers.notifier.signing import signed_headers
from local.stack import session

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "receive-your-first-webhook.md"
CLIPIT = (sys.executable, "-m", "cli.start")
BODY = json.dumps(
    {
        "type": "render.succeeded",
        "timestamp": "2026-11-30T12:00:00.000Z",
        "data": {"id": "r_1", "state": "succeeded", "attempt": 1, "trace_id": "0"},
    }
)
MOST_SECONDS = 30.0
PROMISED_SECONDS = 300
"""Of the page, from its first command to its last."""
NEEDS_NODE = pytest.mark.skipif(not shutil.which("node"), reason="Node is not installed")
RECEIVERS = [
    pytest.param("python", [sys.executable, "receiver.py"], id="python"),
    pytest.param("node", ["node", "receiver.mjs"], id="node", marks=NEEDS_NODE),
]


def blocks() -> list[str]:
    """The commands of the page, without those that the reader fills in."""
    found = re.findall(r"^```bash\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return [one for one in found if not re.search(r"=<\w+>$", one, re.MULTILINE)]


def run(script: str, folder: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """As a reader's shell does, which ends at the first mistake."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=dict(variables),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@contextmanager
def receiving(command: list[str], folder: Path) -> Iterator[int]:
    """A receiver of the page; its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with subprocess.Popen([*command, str(port)], cwd=folder, stdout=subprocess.DEVNULL) as process:
        try:
            ends = time.monotonic() + MOST_SECONDS
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except ConnectionRefusedError:
                    assert time.monotonic() < ends, "the receiver does not listen"
                    time.sleep(0.01)
            yield port
        finally:
            process.kill()


def status(port: int, headers: Mapping[str, str], body: str = BODY) -> int:
    sent = request.Request(f"http://127.0.0.1:{port}/", data=body.encode(), headers=dict(headers))
    try:
        with request.urlopen(sent, timeout=MOST_SECONDS) as answer:  # noqa: S310
            return int(answer.status)
    except error.HTTPError as refused:
        return refused.code


def signed(secret: str, *, age: int = 0) -> dict[str, str]:
    return signed_headers(secret, message_id="msg_1", timestamp=int(time.time()) - age, body=BODY)


@pytest.mark.parametrize(("name", "command"), RECEIVERS)
def test_a_receiver_of_the_page_accepts_what_we_sign_and_nothing_else(
    name: str, command: list[str], tmp_path: Path
) -> None:
    (block,) = (one for one in blocks() if f"cat > {command[-1]} " in one)
    assert run(block, tmp_path, os.environ).returncode == 0
    old, new = new_secret(), new_secret()
    (tmp_path / f"{name}.secret").write_text(f"{new}\n")
    with receiving(command, tmp_path) as port:
        assert status(port, signed(new)) == 204
        assert status(port, signed(f"{new} {old}")) == 204, "during a rotation"
        assert status(port, signed(f"{old} {new}")) == 204, "in any order"
        assert status(port, signed(old)) == 400
        assert status(port, signed(new, age=400)) == 400
        assert status(port, signed(new), BODY.replace("succeeded", "failed")) == 400
        assert status(port, {}) == 400
        assert status(port, signed(new) | {"webhook-timestamp": "now"}) == 400


@pytest.mark.pulumi_cli
@pytest.mark.long
@pytest.mark.timeout(900)
@NEEDS_NODE
def test_the_commands_of_the_page_lead_to_a_verified_webhook(tmp_path: Path) -> None:
    if session.find() is not None:
        pytest.fail("a local stack of this checkout is up; `clipit local down` ends it")
    subprocess.run([*CLIPIT, "local", "up", "--detach"], cwd=ROOT, check=True, capture_output=True)
    try:
        clipit = " ".join(CLIPIT)
        key = f"export CLIPIT_API_KEY=$({clipit} keys create demo --quiet)"
        exports = run(f'eval "$({clipit} local env)"; {key}; env -0', ROOT, os.environ)
        assert exports.returncode == 0, exports.stderr
        variables = dict(line.split("=", 1) for line in exports.stdout.split("\0") if "=" in line)
        variables["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), variables["PATH"]])
        begun = time.monotonic()
        done = run("\n".join(blocks()), tmp_path, variables)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        assert time.monotonic() - begun < PROMISED_SECONDS
    finally:
        subprocess.run([*CLIPIT, "local", "down"], cwd=ROOT, check=False, capture_output=True)
    for name in ("python", "node"):
        told = (tmp_path / f"{name}.log").read_text().splitlines()
        assert told == ["verified: endpoint.test", "verified: render.succeeded"]
    assert (tmp_path / "video.mp4").read_bytes()[4:8] == b"ftyp"
