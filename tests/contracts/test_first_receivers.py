"""The receivers of receive-your-first-webhook.md verify what the notifier sends, and refuse all else."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib import error, request

import pytest
from clipit_client import webhooks

from handlers.jobs.outgoing.webhook_secrets import new_secret
from handlers.notifier import signing
from handlers.notifier.signing import signed_headers
from tests.contracts.first_webhook import PAGE, blocks, run

BODY = json.dumps(
    {
        "type": "render.succeeded",
        "timestamp": "2026-11-30T12:00:00.000Z",
        "data": {"id": "r_1", "state": "succeeded", "attempt": 1, "trace_id": "0"},
    }
)
MOST_SECONDS = 30.0
NEEDS_NODE = pytest.mark.skipif(not shutil.which("node"), reason="Node is not installed")
RECEIVERS = [
    pytest.param("python", [sys.executable, "receiver.py"], id="python"),
    pytest.param("node", ["node", "receiver.mjs"], id="node", marks=NEEDS_NODE),
]


class NotStartedError(Exception):
    """The receiver ended before it listened."""


@contextmanager
def receiving(name: str, command: list[str], secret: str, folder: Path) -> Iterator[int]:
    """A receiver of the page that holds the secret; its port."""
    (block,) = (one for one in blocks() if f"cat > {command[-1]} " in one)
    assert run(block, folder, os.environ).returncode == 0
    (folder / f"{name}.secret").write_text(f"{secret}\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with subprocess.Popen([*command, str(port)], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            if not process.stdout or process.stdout.readline() != "listening\n":
                raise NotStartedError
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


def signed(secret: str, *, age: int = 0, body: str = BODY) -> dict[str, str]:
    return signed_headers(secret, message_id="msg_1", timestamp=int(time.time()) - age, body=body)


def signed_as(secret: str, stamp: str, form: str = "v1,{}") -> dict[str, str]:
    """A right signature over a timestamp as it is spelled."""
    key = base64.b64decode(secret.removeprefix(signing.PREFIX))
    signature = hmac.digest(key, f"msg_1.{stamp}.{BODY}".encode(), hashlib.sha256)
    held = form.format(base64.b64encode(signature).decode())
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": held}


@pytest.mark.parametrize(("name", "command"), RECEIVERS)
def test_a_receiver_of_the_page_accepts_what_we_sign_and_nothing_else(
    name: str, command: list[str], tmp_path: Path
) -> None:
    old, new = new_secret(), new_secret()
    with receiving(name, command, new, tmp_path) as port:
        assert status(port, signed(new)) == 204
        assert status(port, signed(f"{new} {old}")) == 204, "during a rotation"
        assert status(port, signed(f"{old} {new}")) == 204, "in any order"
        assert status(port, signed(old)) == 400
        assert status(port, signed(new, age=400)) == 400
        assert status(port, signed(new, age=-400)) == 400
        assert status(port, signed(new), BODY.replace("succeeded", "failed")) == 400
        assert status(port, {}) == 400
        assert status(port, signed(new) | {"webhook-timestamp": "now"}) == 400
        now = str(int(time.time()))
        assert status(port, signed_as(new, now)) == 204
        assert status(port, signed_as(new, now, "v1,\xe9{}")) == 400
        for form in ("{}", "v2,{}", "v1,{}=", "v1{}"):
            assert status(port, signed_as(new, now, form)) == 400, form
        for stamp in (f"{now}.5", hex(int(now)), f"{now}e0", f"-{now}", ""):
            assert status(port, signed_as(new, stamp)) == 400, stamp


@pytest.mark.parametrize(("name", "command"), RECEIVERS)
@pytest.mark.parametrize(
    "secret", ["", signing.PREFIX, signing.PREFIX + base64.b64encode(b"x" * 23).decode()]
)
def test_a_receiver_with_an_empty_or_short_secret_does_not_start(
    name: str, command: list[str], secret: str, tmp_path: Path
) -> None:
    with pytest.raises(NotStartedError), receiving(name, command, secret, tmp_path):
        pass


@pytest.mark.parametrize(("name", "command"), RECEIVERS)
def test_a_receiver_takes_no_body_of_any_size(name: str, command: list[str], tmp_path: Path) -> None:
    secret = new_secret()
    with receiving(name, command, secret, tmp_path) as port:
        large = f'{{"type": "x", "data": "{"x" * 2_000_000}"}}'
        with suppress(OSError, http.client.HTTPException):  # it may close the connection
            assert status(port, signed(secret, body=large), large) == 400
        assert status(port, signed(secret)) == 204


@pytest.mark.parametrize(("name", "command"), RECEIVERS)
def test_a_receiver_goes_on_after_what_is_no_event_or_no_whole_request(
    name: str, command: list[str], tmp_path: Path
) -> None:
    secret = new_secret()
    with (
        receiving(name, command, secret, tmp_path) as port,
        socket.create_connection(("127.0.0.1", port)) as idle,
    ):
        for body in ("no JSON", "null", "[1]", "{}"):
            assert status(port, signed(secret, body=body), body) == 400, body
        with socket.create_connection(("127.0.0.1", port)) as broken:
            broken.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        assert status(port, signed(secret)) == 204
        assert idle.fileno() >= 0, "and it was connected all the time"


def test_what_signs_and_what_verifies_agree_how_long_a_secret_is() -> None:
    assert signing.SHORTEST_SECRET == webhooks.LEAST_KEY
    assert f"key.length < {webhooks.LEAST_KEY}" in PAGE.read_text()
    assert len(base64.b64decode(new_secret().removeprefix(signing.PREFIX))) >= webhooks.LEAST_KEY
