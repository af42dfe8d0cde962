"""What comes over the wire: slow, large or ambiguous requests, and those that a stopping server cuts off."""

import contextlib
import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from threading import Barrier, Event, Thread

import pytest
import structlog

from handlers.job_server.edge.middleware import MAX_BODY
from handlers.job_server.edge.protocol import HEADER_BYTES, MOST_CHUNKS, BoundedProtocol, Owed
from tests.handlers.job_server.edge.serving import MOST_SECONDS, Served, read_all, served
from tests.handlers.job_server.fakes import COMPOSITION, FakeKeys, World

KEY = f"Authorization: Bearer {FakeKeys.KEY}\r\n".encode()


@pytest.fixture
def wire(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    soon = {Owed.REQUEST: 5.0, Owed.HEADERS: 0.2, Owed.REST_OF_BODY: 0.2}
    monkeypatch.setattr(BoundedProtocol, "seconds", soon)
    with served(world.http.app) as running:
        yield running


def problem(answer: bytes) -> tuple[int, str]:
    """Status and kind of a problem document that closes the connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    told = json.loads(body)
    assert b"content-type: application/problem+json" in head.lower()
    assert f"x-request-id: {told['request_id']}".encode() in head.lower()
    assert int(head.split()[1]) == told["status"]
    return told["status"], told["type"].rpartition(":")[2]


def healthy(connection: socket.socket) -> bool:
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = b""
    while not answer.endswith(b"}"):
        answer += connection.recv(65536)
    return answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "begun", [b"G", b"GET /healthz HTTP/1.1\r\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b"]
)
def test_headers_that_do_not_end_are_answered_with_408_and_the_connection_closes(
    wire: Served, begun: bytes
) -> None:
    assert problem(wire.talk(begun)) == (408, "request-too-slow")


def test_headers_that_come_byte_by_byte_have_no_more_time(wire: Served) -> None:
    with wire.connect() as connection:
        dripping = Event()

        def drip() -> None:
            while not dripping.wait(0.02):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

        connection.sendall(b"GET /healthz HTTP/1.1\r\nX-A: ")
        Thread(target=drip, daemon=True).start()
        try:
            assert problem(read_all(connection)) == (408, "request-too-slow")
        except ConnectionResetError:
            pass  # a byte was under way when the connection closed
        finally:
            dripping.set()


def test_a_second_request_on_a_connection_has_its_own_time(wire: Served) -> None:
    with wire.connect() as connection:
        assert healthy(connection)
        connection.sendall(b"GET /healthz HT")
        assert problem(read_all(connection)) == (408, "request-too-slow")


def test_an_idle_connection_is_kept(wire: Served) -> None:
    with wire.connect() as fresh, wire.connect() as used:
        assert healthy(used)
        wire.talk(b"G")  # takes as long as headers may
        assert healthy(fresh)
        assert healthy(used)


def test_headers_beyond_their_limit_are_refused_although_they_come_at_once(wire: Served) -> None:
    many = b"".join(b"X-%d: y\r\n" % number for number in range(HEADER_BYTES // 4))
    answer = wire.talk(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + many + b"\r\n")
    assert problem(answer) == (400, "malformed-request")


@pytest.mark.parametrize(
    "begun", [b"\x16\x03\x01 no http\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /\r\n\r\n"]
)
def test_what_is_not_http_is_a_problem_too(wire: Served, begun: bytes) -> None:
    assert problem(wire.talk(begun)) == (400, "malformed-request")


@pytest.mark.parametrize(
    "head",
    [
        b"POST /v1/renders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        b"POST /v1/renders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        b"POST /v1/renders HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n",
    ],
    ids=["length-first", "chunked-first", "http-1.0", "get"],
)
def test_a_body_of_two_lengths_is_refused_and_nothing_behind_it_is_read(
    wire: Served, world: World, head: bytes
) -> None:
    smuggled = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = wire.talk(head + KEY + b"Content-Type: application/json\r\n\r\n0\r\n\r\n" + smuggled)
    assert problem(answer) == (400, "malformed-request")
    assert not world.jobs.jobs


def test_a_body_in_too_many_chunks_is_refused_before_all_are_read(wire: Served) -> None:
    head = b"POST /v1/renders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + KEY
    chunks = b"1\r\n \r\n" * (MOST_CHUNKS + 1)
    with wire.connect() as connection:
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        answer = read_all(connection)
    assert problem(answer) == (413, "body-too-large")


def test_each_body_on_a_connection_may_have_as_many_chunks(wire: Served, world: World) -> None:
    body = json.dumps({"composition": COMPOSITION}).encode()
    chunks = b"1\r\n \r\n" * (MOST_CHUNKS - 1) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    head = b"POST /v1/renders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + KEY
    request = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks
    with wire.connect() as connection:
        for _ in range(2):
            connection.sendall(request)
            answer = b""
            while b'"state":"queued"' not in answer:
                answer += connection.recv(65536)
    assert len(world.jobs.jobs) == 2


def test_a_body_that_nobody_waits_for_does_not_keep_the_connection(wire: Served) -> None:
    head = b"POST /v1/renders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with wire.connect() as connection:
        connection.sendall(head + b"Content-Length: %d\r\n\r\n{" % MAX_BODY)
        assert read_all(connection).startswith(b"HTTP/1.1 401")


def test_a_body_that_comes_too_slowly_is_answered_with_408(wire: Served) -> None:
    head = b"POST /v1/renders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + KEY
    with wire.connect() as connection:
        connection.sendall(head + b"Content-Length: 10\r\n\r\n{")
        assert problem(read_all(connection)) == (408, "request-too-slow")


def test_who_does_not_read_the_answers_does_not_keep_the_connection(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedProtocol, "read_seconds", 0.2)
    with served(world.http.app) as wire, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(5)
        connection.connect(("127.0.0.1", wire.port))
        asked = 200
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * asked)
        eventually(lambda: not wire.server.server_state.connections)
        answered = b""
        with contextlib.suppress(ConnectionResetError):
            answered = read_all(connection)
        assert answered.count(b"HTTP/1.1 200") < asked


def eventually(ready: Callable[[], bool]) -> None:
    ends = time.monotonic() + MOST_SECONDS
    while not ready():
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.mark.usefixtures("all_large")
def test_what_a_stopping_server_cuts_off_is_answered_with_a_problem_and_logged_without_a_traceback(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    hanging, ended = Barrier(3), Event()

    def hang(*_: object) -> None:
        hanging.wait(10)
        ended.wait(10)

    world.jobs.get = world.objects.store_composition = hang  # type: ignore[assignment, method-assign]
    body = json.dumps({"composition": COMPOSITION}).encode()
    get = b"GET /v1/renders/r_%s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (b"0" * 26, KEY)
    post = b"POST /v1/renders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%s" % KEY
    with (
        caplog.at_level(logging.INFO),
        structlog.testing.capture_logs() as lines,
        served(world.http.app, stop_seconds=0.1) as wire,
        wire.connect() as reading,
        wire.connect() as sending,
    ):
        reading.sendall(get)
        sending.sendall(post + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        hanging.wait(10)
        try:
            wire.stop()
        finally:
            ended.set()
        for connection in (reading, sending):
            answer = read_all(connection)
            assert problem(answer) == (503, "unavailable")
            assert b"retry-after: 5" in answer.lower()
    assert sorted(line["status"] for line in lines if line["event"] == "request") == [503, 503]
    assert not [record for record in caplog.records if record.exc_info]
    assert not [line for line in lines if line["log_level"] == "error"]
