"""The port of a service: it stays, whatever task answers behind it."""

import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from local.ecs_service.balancer import HOST, Balancer
from tests.web_server import serving


class Behind:
    """The port that answers now, if there is one."""

    port: int | None = None

    def __call__(self) -> int | None:
        return self.port


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def balancer(behind: Behind) -> Iterator[Balancer]:
    balancer = Balancer(socket.create_server((HOST, 0)), behind)
    balancer.start()
    yield balancer
    balancer.close()


def saying(text: bytes) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(text) + len(body)))
            self.end_headers()
            self.wfile.write(text + body)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def ask(balancer: Balancer) -> bytes | int:
    request = urllib.request.Request(f"http://{HOST}:{balancer.port}/", data=b"x" * 200_000)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            found: bytes = answer.read()
            return found
    except urllib.error.HTTPError as problem:
        return problem.code


def test_each_connection_goes_to_whoever_answers_when_it_begins(balancer: Balancer, behind: Behind) -> None:
    with serving(saying(b"old")) as old, serving(saying(b"new")) as new:
        behind.port = old.server_port
        assert ask(balancer) == b"old" + b"x" * 200_000
        behind.port = new.server_port
        assert ask(balancer) == b"new" + b"x" * 200_000


def nobody(_behind: Behind) -> None:
    """No task is healthy."""


def gone(behind: Behind) -> None:
    """The task has just ended."""
    with socket.create_server((HOST, 0)) as probe:
        behind.port = probe.getsockname()[1]


@pytest.mark.parametrize("prepare", [nobody, gone], ids=["no task", "a task that is gone"])
def test_without_a_task_the_answer_is_503(
    balancer: Balancer, behind: Behind, prepare: Callable[[Behind], None]
) -> None:
    prepare(behind)
    with socket.create_connection((HOST, balancer.port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 503 ")
