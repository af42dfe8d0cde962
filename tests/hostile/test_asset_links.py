"""Hostile servers behind the URLs of assets: they drip, lie, flood, loop, rebind, and point inside."""

import gzip
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from handlers.jobs.model import Failure
from handlers.jobs.outgoing import download
from handlers.jobs.outgoing.asset_links import link_complaint
from handlers.jobs.reasons import FailureCode
from handlers.render_agent.inputs import linked_files as module
from handlers.render_agent.inputs.linked_files import Wanted
from tests.handlers.render_agent.link_server import answer, answering, linked_files, serving

URL = "https://files.example.com/film.mp4?token=secret"
BIG = 100_000


@pytest.fixture(autouse=True)
def bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small enough for a test."""
    monkeypatch.setattr(module, "MOST_BYTES_OF_A_FILE", BIG)
    monkeypatch.setattr(module, "SECONDS_OF_A_RENDER", 1.0)
    monkeypatch.setattr(module, "TRIES", 1)
    monkeypatch.setattr(download, "PATIENT_SECONDS", 0.2)


def fetched(port: int, folder: Path, *names: str) -> Failure:
    looked_up = iter(names)
    files = linked_files(
        port,
        folder / "cache",
        look_up=(lambda _host, _port: [next(looked_up)]) if names else lambda _host, _port: ["93.184.216.34"],
    )
    wanted = Wanted(url=URL, place="/composition/scenes/0/video/asset", into=folder / "file")
    failure = files.lay_out([wanted], tenant="acme", should_stop=lambda: False)
    assert failure is not None
    assert "secret" not in failure.detail
    assert failure.detail.startswith("/composition/scenes/0/video/asset: ")
    return failure


def drips_its_head(line: socket.socket, _head: str) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200:
        line.sendall(bytes([byte]))
        time.sleep(0.02)


def drips_its_body(line: socket.socket, _head: str) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n")
    for _ in range(200):
        line.sendall(b"x")
        time.sleep(0.02)


def never_answers(line: socket.socket, _head: str) -> None:
    with suppress(OSError):
        line.settimeout(5)
        line.recv(1)


def sends_without_an_end(line: socket.socket, _head: str) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        line.sendall(b"x" * 60_000)


def sends_chunks_without_an_end(line: socket.socket, _head: str) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        line.sendall(b"2710\r\n" + b"x" * 10_000 + b"\r\n")


def sends_headers_without_an_end(line: socket.socket, _head: str) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        line.sendall(b"X: " + b"y" * 60_000 + b"\r\n")


def hints_without_an_end(line: socket.socket, _head: str) -> None:
    while True:
        line.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")


def says(*lines: bytes) -> Callable[[socket.socket, str], None]:
    return lambda line, _head: line.sendall(b"\r\n".join([b"HTTP/1.1 200 OK", *lines]))


@pytest.mark.short_form(3)
@pytest.mark.parametrize(
    ("behave", "code", "words"),
    [
        (drips_its_head, FailureCode.ASSET_UNREACHABLE, "timed out"),
        (drips_its_body, FailureCode.ASSET_UNREACHABLE, "sent less than 65536 bytes a second"),
        (never_answers, FailureCode.ASSET_UNREACHABLE, "timed out"),
        (sends_without_an_end, FailureCode.ASSET_TOO_LARGE, f"more than {BIG} bytes"),
        (sends_chunks_without_an_end, FailureCode.ASSET_TOO_LARGE, f"more than {BIG} bytes"),
        (sends_headers_without_an_end, FailureCode.ASSET_UNREACHABLE, "head of the answer is too long"),
        (hints_without_an_end, FailureCode.ASSET_UNREACHABLE, "head of the answer is too long"),
        (says(b"Content-Length: 99999999999999999999", b"", b""), FailureCode.ASSET_TOO_LARGE, ""),
        (says(b"Content-Length: 900", b"", b"short"), FailureCode.ASSET_UNREACHABLE, "ended before its end"),
        (says(b"Content-Length: -1", b"", b""), FailureCode.ASSET_UNREACHABLE, "is no number"),
        (says(b"Transfer-Encoding: gzip, chunked", b"", b""), FailureCode.ASSET_UNREACHABLE, "coding"),
        (
            says(b"Transfer-Encoding: chunked", b"", b"-5\r\nx"),
            FailureCode.ASSET_UNREACHABLE,
            "before its end",
        ),
        (
            says(b"Transfer-Encoding: chunked", b"", b"1\r\nxyz\r\n"),
            FailureCode.ASSET_UNREACHABLE,
            "a chunk that does not end",
        ),
        (lambda line, _: line.sendall(b"SSH-2.0-x\r\n\r\n"), FailureCode.ASSET_UNREACHABLE, "is not HTTP"),
    ],
    ids=range(14),
)
def test_a_server_that_misbehaves_costs_a_moment_and_is_named(
    tmp_path: Path, behave: Callable[[socket.socket, str], None], code: FailureCode, words: str
) -> None:
    began = time.monotonic()
    with serving(behave) as server:
        failure = fetched(server.port, tmp_path)
    assert (failure.code, words in failure.detail) == (code, True), failure
    assert time.monotonic() - began < 10
    assert not (tmp_path / "cache").exists() or not list((tmp_path / "cache").iterdir())


def test_a_bomb_is_kept_as_small_as_it_was_sent(tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    with serving(answering([answer(200, bomb, Content_Encoding="gzip")])) as server:
        files = linked_files(server.port, tmp_path / "cache")
        wanted = Wanted(url=URL, place="/x", into=tmp_path / "file")
        assert files.lay_out([wanted], tenant="acme", should_stop=lambda: False) is None
    assert (tmp_path / "file").read_bytes() == bomb


@pytest.mark.short_form(3)
@pytest.mark.parametrize(
    "location",
    [
        "https://169.254.169.254/latest/meta-data/",
        "http://169.254.169.254/latest/meta-data/",
        "http://files.example.com/film.mp4",
        "https://localhost/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://2852039166/",
        "https://0x7f.1/",
        "https://user:password@files.example.com/",
        "https://files.example.com:8443/",
        "file:///etc/passwd",
        "https://[",
        "https://files.example.com/" + "x" * 3000,
    ],
)
def test_a_redirect_inside_is_not_followed(tmp_path: Path, location: str) -> None:
    with serving(answering([answer(302, Location=location)])) as server:
        failure = fetched(server.port, tmp_path)
    assert failure.code is FailureCode.ASSET_UNREACHABLE
    assert len(server.heads) == 1


def test_redirects_in_a_circle_end(tmp_path: Path) -> None:
    with serving(lambda line, _: line.sendall(answer(302, Location="/film.mp4"))) as server:
        assert "redirects more than 3 times" in fetched(server.port, tmp_path).detail
    assert len(server.heads) == 4


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "127.0.0.1", "169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::a00:1"],
)
def test_a_name_that_leads_inside_is_not_connected_to(tmp_path: Path, address: str) -> None:
    with serving(answering([])) as server:
        assert "not on the public internet" in fetched(server.port, tmp_path, address).detail
    assert server.heads == []


def test_a_name_that_leads_inside_after_a_redirect_is_looked_up_again_and_refused(tmp_path: Path) -> None:
    """Each hop is looked up once, checked, and connected to by that address (DNS rebinding)."""
    with serving(answering([answer(302, Location="https://other.example.com/")])) as server:
        failure = fetched(server.port, tmp_path, "93.184.216.34", "10.0.0.1")
    assert "not on the public internet" in failure.detail
    assert len(server.heads) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a",
        "https://user@example.com/a",
        "https://:secret@example.com/a",
        "https://10.0.0.1/a",
        "https://localhost/a",
        "https://metadata.google.internal/a",
        "https://example.com:22/a",
        "https://example.com:99999/a",
        "https://exa mple.com/a",
        "ftp://example.com/a",
        "//example.com/a",
        "https://",
    ],
)
def test_a_url_that_leads_nowhere_good_is_refused_when_it_is_submitted(url: str) -> None:
    assert link_complaint(url) is not None


def test_a_url_of_the_internet_is_accepted() -> None:
    assert link_complaint("https://example.com:443/a?b=c") is None
