"""The port of a service: it stays, whatever task answers behind it."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler

import pytest

from local.ecs_service.balancer import HOST, Balancer
from local.ecs_service.listener_rules import FixedAnswer, answer_to
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
def measured() -> list[tuple[str, float]]:
    return []


@pytest.fixture
def balancer(behind: Behind, measured: list[tuple[str, float]]) -> Iterator[Balancer]:
    def measure(metric: str, value: float) -> None:
        measured.append((metric, value))

    hidden = FixedAnswer(patterns=("/readyz", "/inner/*"), status=404, content_type="text/plain", body=b"No")

    def fixed(target: str) -> FixedAnswer | None:
        return answer_to(target, [hidden])

    balancer = Balancer(socket.create_server((HOST, 0)), behind, measure, fixed)
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


def test_each_request_goes_to_whoever_answers_when_it_begins(balancer: Balancer, behind: Behind) -> None:
    with serving(saying(b"old")) as old, serving(saying(b"new")) as new:
        behind.port = old.server_port
        assert ask(balancer) == b"old" + b"x" * 200_000
        behind.port = new.server_port
        assert ask(balancer) == b"new" + b"x" * 200_000


def test_one_connection_carries_many_requests(balancer: Balancer, behind: Behind) -> None:
    with serving(saying(b"a")) as server, closing(HTTPConnection(HOST, balancer.port, timeout=5)) as caller:
        behind.port = server.server_port
        for _ in range(3):
            caller.request("POST", "/", body=b"b")
            answer = caller.getresponse()
            assert (answer.status, answer.read()) == (200, b"ab")


def test_a_request_is_measured_with_its_answer_and_its_time(
    balancer: Balancer, behind: Behind, measured: list[tuple[str, float]]
) -> None:
    with serving(saying(b"a")) as server:
        behind.port = server.server_port
        ask(balancer)
    assert [metric for metric, _ in measured] == [
        "RequestCount",
        "TargetResponseTime",
        "HTTPCode_Target_2XX_Count",
    ]
    assert 0 < dict(measured)["TargetResponseTime"] < 5


@pytest.mark.parametrize("path", ["/readyz", "/readyz?a=b", "/%72eadyz", "/inner/a/b"])
def test_what_a_rule_answers_reaches_no_task_and_is_no_request(
    balancer: Balancer, behind: Behind, measured: list[tuple[str, float]], path: str
) -> None:
    with serving(saying(b"a")) as server, closing(HTTPConnection(HOST, balancer.port, timeout=5)) as caller:
        behind.port = server.server_port
        caller.request("POST", path, body=b"b")
        answer = caller.getresponse()
        assert (answer.status, answer.read()) == (404, b"No")
    assert measured == []


@pytest.mark.parametrize("path", ["/", "/readyz/", "/READYZ", "/v1/renders?next=/readyz"])
def test_other_paths_are_passed_on(balancer: Balancer, behind: Behind, path: str) -> None:
    with serving(saying(b"a")) as server, closing(HTTPConnection(HOST, balancer.port, timeout=5)) as caller:
        behind.port = server.server_port
        caller.request("POST", path, body=b"b")
        assert caller.getresponse().status == 200


def mute() -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Ends the connection without an answer, as a task does that dies."""

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def test_without_a_task_the_answer_is_503_and_no_request_is_counted(
    balancer: Balancer, measured: list[tuple[str, float]]
) -> None:
    assert ask(balancer) == 503
    assert measured == [("HTTPCode_ELB_5XX_Count", 1), ("HTTPCode_ELB_503_Count", 1)]


def test_a_task_that_is_gone_is_502(
    balancer: Balancer, behind: Behind, measured: list[tuple[str, float]]
) -> None:
    with socket.create_server((HOST, 0)) as probe:
        behind.port = probe.getsockname()[1]
    assert ask(balancer) == 502
    assert [metric for metric, _ in measured] == [
        "RequestCount",
        "HTTPCode_ELB_5XX_Count",
        "HTTPCode_ELB_502_Count",
    ]


def test_a_task_that_ends_without_an_answer_is_502(balancer: Balancer, behind: Behind) -> None:
    with serving(mute()) as server:
        behind.port = server.server_port
        assert ask(balancer) == 502


def test_a_task_that_says_nothing_for_too_long_is_504(
    balancer: Balancer, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.ecs_service.balancer.IDLE_S", 0.1)
    with socket.create_server((HOST, 0)) as silent:
        behind.port = silent.getsockname()[1]
        assert ask(balancer) == 504
