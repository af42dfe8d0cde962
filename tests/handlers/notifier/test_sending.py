"""The sender against real sockets: well-behaved, redirecting, silent, dripping, speaking nonsense."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from handlers.jobs.outgoing.connection import Unreachable
from handlers.jobs.outgoing.targets import Target
from handlers.notifier.sending import HttpSender

if TYPE_CHECKING:
    from tests.handlers.notifier.conftest import Receiver

Behavior = Callable[[socket.socket, threading.Event], None]


def target(port: int, *, secure: bool = False) -> Target:
    return Target(address="127.0.0.1", port=port, host="hooks.example.com", path="/hook?a=b", secure=secure)


def sender(seconds: float = 5.0) -> HttpSender:
    return HttpSender(connect_seconds=seconds, total_seconds=seconds)


@pytest.fixture
def speaking() -> Iterator[Callable[[Behavior], int]]:
    """A server that does with each connection what it is told; the answer is its port."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def start(behavior: Behavior) -> int:
        def serve() -> None:
            with suppress(OSError):
                line, _ = listener.accept()
                with closing(line):
                    behavior(line, ended)

        thread = threading.Thread(target=serve)
        thread.start()
        threads.append(thread)
        return int(listener.getsockname()[1])

    yield start
    ended.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in threads:
        thread.join()


def test_the_request_names_the_host_but_goes_to_the_given_address(receiver: "Receiver") -> None:
    status = sender().post(target(receiver.port), "{}", {"webhook-id": "msg_1"})
    headers, body = receiver.got[0]
    assert (status, body) == (200, b"{}")
    assert headers["Host"] == f"hooks.example.com:{receiver.port}"
    assert (headers["path"], headers["webhook-id"]) == ("/hook?a=b", "msg_1")


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: "Receiver") -> None:
    receiver.status, receiver.headers = 302, {"Location": f"http://127.0.0.1:{receiver.port}/elsewhere"}
    assert sender().post(target(receiver.port), "{}", {}) == 302
    assert len(receiver.got) == 1


def test_a_closed_port_is_unreachable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = int(free.getsockname()[1])
    with pytest.raises(Unreachable, match="connection refused"):
        sender().post(target(port), "{}", {})


def silent(_line: socket.socket, ended: threading.Event) -> None:
    ended.wait(20)


def dripping(line: socket.socket, ended: threading.Event) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not ended.wait(0.05):
        line.sendall(b"x")


def nonsense(line: socket.socket, _ended: threading.Event) -> None:
    line.recv(1000)
    line.sendall(b"secret of the receiver\r\n\r\n")


def hanging_up(line: socket.socket, _ended: threading.Event) -> None:
    line.recv(1000)


@pytest.mark.parametrize("behavior", [silent, dripping])
def test_a_receiver_that_takes_its_time_is_cut_off(
    speaking: Callable[[Behavior], int], behavior: Behavior
) -> None:
    port, started = speaking(behavior), time.monotonic()
    with pytest.raises(Unreachable, match="timed out"):
        sender(0.3).post(target(port), "{}", {})
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("secure", [True, False])
def test_a_receiver_that_never_shakes_hands_is_cut_off(
    speaking: Callable[[Behavior], int], *, secure: bool
) -> None:
    port = speaking(silent)
    with pytest.raises(Unreachable, match="timed out"):
        sender(0.3).post(target(port, secure=secure), "{}", {})


@pytest.mark.parametrize("behavior", [nonsense, hanging_up])
def test_what_is_not_http_is_unreachable_and_not_quoted(
    speaking: Callable[[Behavior], int], behavior: Behavior
) -> None:
    with pytest.raises(Unreachable) as caught:
        sender().post(target(speaking(behavior)), "{}", {})
    assert "secret" not in str(caught.value)


def answering(*parts: bytes) -> Behavior:
    """Reads the request, then says these parts and hangs up."""

    def answer(line: socket.socket, _ended: threading.Event) -> None:
        asked = b""
        # What is left unread makes the close a reset.
        while not asked.endswith(b"{}") and (more := line.recv(10_000)):
            asked += more
        for part in parts:
            line.sendall(part)

    return answer


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
CONTINUE, PROCESSING = b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 102 Processing\r\n\r\n"


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        pytest.param((HINTS, OK), 200, id="103"),
        pytest.param((CONTINUE, OK), 200, id="100"),
        pytest.param((PROCESSING, OK), 200, id="102"),
        pytest.param((CONTINUE, PROCESSING, HINTS, HINTS, OK), 200, id="several in a row"),
        pytest.param((HINTS + b"HTTP/1.1 500 No\r\n\r\n",), 500, id="103 before a failure"),
        pytest.param((b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", OK), 101, id="101 is final"),
        pytest.param((b"HTTP/1.1 204 No Content\r\n\r\n",), 204, id="204"),
        pytest.param((b"HTTP/1.1 205 Reset Content\r\n\r\n",), 205, id="205"),
        pytest.param((b"HTTP/1.1 304 Not Modified\r\n\r\n",), 304, id="304"),
        pytest.param((b"HTTP/1.0 200 OK\r\n\r\nbody",), 200, id="HTTP 1.0"),
        pytest.param((b"HTTP/1.1 200\r\n\r\n",), 200, id="no reason phrase"),
        pytest.param((b"HTTP/1.1 200 OK\nX: y\n\n",), 200, id="bare line feeds"),
        pytest.param((b"HTTP/1.1 200 OK\r\n",), 200, id="hung up instead of headers"),
        pytest.param(
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",), 200, id="broken chunks"
        ),
        pytest.param((b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",), 200, id="many headers"),
        pytest.param((b"HTTP/1.1 200 OK\r\nno header at all\r\n\r\n",), 200, id="a header that is none"),
    ],
)
def test_the_status_is_that_of_the_final_answer(
    speaking: Callable[[Behavior], int], parts: tuple[bytes, ...], status: int
) -> None:
    assert sender().post(target(speaking(answering(*parts))), "{}", {}) == status


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        pytest.param((b"secret\r\n\r\n",), "not HTTP", id="garbage"),
        pytest.param((b"HTTP/2 200\r\n\r\n",), "not HTTP", id="HTTP 2 in the clear"),
        pytest.param((b"HTTP/1.1 20 secret\r\n\r\n",), "not HTTP", id="two digits"),
        pytest.param((b"HTTP/1.1 000 secret\r\n\r\n",), "not HTTP", id="zeros"),
        pytest.param((b"\x16\x03\x01\x00\n",), "not HTTP", id="TLS"),
        pytest.param((b"",), "hung up", id="nothing"),
        pytest.param((HINTS,), "hung up", id="hints and no answer"),
        pytest.param((b"HTTP/1.1 200 OK\r\nX: " + b"secret" * 20_000,), "too long", id="a huge header"),
        pytest.param(
            (b"HTTP/1.1 200 OK\r\n" + b"X: secret\r\n" * 20_000,), "too long", id="headers without end"
        ),
        pytest.param((HINTS * 5_000, OK), "too long", id="hints without end"),
        pytest.param((CONTINUE * 5_000, OK), "too long", id="100s without end"),
    ],
)
def test_what_is_no_answer_is_named_and_not_quoted(
    speaking: Callable[[Behavior], int], parts: tuple[bytes, ...], words: str
) -> None:
    def answer(line: socket.socket, ended: threading.Event) -> None:
        with suppress(OSError):
            answering(*parts)(line, ended)

    with pytest.raises(Unreachable, match=words) as caught:
        sender().post(target(speaking(answer)), "{}", {})
    assert "secret" not in str(caught.value)


def test_a_connection_that_is_reset_after_the_answer_has_answered(
    speaking: Callable[[Behavior], int],
) -> None:
    def reset(line: socket.socket, _ended: threading.Event) -> None:
        # What was sent is not read: closing then resets the connection.
        line.sendall(OK)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        time.sleep(0.05)

    assert sender().post(target(speaking(reset)), "{}", {}) == 200


@pytest.mark.parametrize("drip", [b"x", CONTINUE, b"X: y\r\n"], ids=["bytes", "100s", "headers"])
def test_a_receiver_that_drips_is_cut_off_in_time(speaking: Callable[[Behavior], int], drip: bytes) -> None:
    def slowly(line: socket.socket, ended: threading.Event) -> None:
        with suppress(OSError):
            line.sendall(b"" if drip is CONTINUE else b"HTTP/1.1 200 OK\r\n")
            while not ended.wait(0.02):
                line.sendall(drip)

    started = time.monotonic()
    with pytest.raises(Unreachable, match="timed out"):
        sender(0.3).post(target(speaking(slowly)), "{}", {})
    assert time.monotonic() - started < 2


def test_plain_text_where_tls_is_due_fails(speaking: Callable[[Behavior], int]) -> None:
    with pytest.raises(Unreachable, match="TLS failed"):
        sender().post(target(speaking(nonsense), secure=True), "{}", {})


def test_a_certificate_must_be_of_the_host_by_its_name(
    speaking: Callable[[Behavior], int], certificate: "tuple[ssl.SSLContext, ssl.SSLContext]"
) -> None:
    ours, theirs = certificate

    def secure(line: socket.socket, _ended: threading.Event) -> None:
        with theirs.wrap_socket(line, server_side=True) as wrapped:
            heard = b""
            while not heard.endswith(b"{}"):
                heard += wrapped.recv(1000)
            wrapped.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    patient = HttpSender(ours, connect_seconds=5, total_seconds=5)
    assert patient.post(target(speaking(secure), secure=True), "{}", {}) == 204
    other = Target(
        address="127.0.0.1", port=speaking(secure), host="other.example.com", path="/", secure=True
    )
    with pytest.raises(Unreachable, match="certificate refused"):
        patient.post(other, "{}", {})
    with pytest.raises(Unreachable, match="certificate refused"):
        sender().post(target(speaking(secure), secure=True), "{}", {})
