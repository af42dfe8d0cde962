"""Spans are posted as the protocol says, to a receiver that reads them with the protocol's own library."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from http.server import BaseHTTPRequestHandler

import httpx
import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cli.environment import EnvironmentRefusedError
from cli.trace import otlp, posting
from cli.trace.answers import Answer, Rejected, wait_asked_for
from cli.trace.posting import ALL_S, NotPostedError, Poster, Receiver
from cli.trace.span import Span
from cli.trace.spans import spans_of
from tests.cli.trace.ids import as_protobuf
from tests.cli.trace.story import PLACE, RENDER, Aws, reading
from tests.web_server import serving

SECRET = "t0p-s3cret"
Given = tuple[int, Mapping[str, str], object]
FINE: Given = (200, {}, {})
CONTEXT = httpx.create_ssl_context()
"""One for all: it reads the certificates of the machine."""


@cache
def told() -> Sequence[Span]:
    """The spans of the story."""
    return spans_of(reading(Aws()).of(RENDER), PLACE)


@dataclass
class Posted:
    """What a receiver got."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Fake:
    """A receiver that gives these answers in turn, and the clock of its client."""

    url: str
    posts: list[Posted]
    pauses: list[float] = field(default_factory=list)

    def receiver(self, **more: str) -> Receiver:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, **more}
        return Receiver.from_environment(variables)

    def post(self, **more: str) -> Rejected | None:
        poster = Poster(
            receiver=self.receiver(**more),
            context=CONTEXT,
            sleep=self.pauses.append,
            now=lambda: sum(self.pauses),
            jitter=lambda: 1.0,
        )
        return poster.post(otlp.document(told(), PLACE))


@pytest.fixture
def answering(request: pytest.FixtureRequest) -> Callable[..., Fake]:
    """A receiver on this machine that gives these answers in turn; None hangs up without one."""

    def start(*given: Given | None) -> Fake:
        answers, posts = list(given), list[Posted]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posts.append(Posted(path=self.path, headers=dict(self.headers), body=body))
                answer = answers.pop(0)
                if answer is None:
                    return
                status, headers, said = answer
                content = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        server = serving(Handler)
        port = server.__enter__().server_port
        request.addfinalizer(lambda: server.__exit__(None, None, None))
        return Fake(url=f"http://127.0.0.1:{port}", posts=posts)

    return start


def test_the_receiver_gets_every_span_under_the_path_of_traces(answering) -> None:
    fake = answering(FINE)
    assert fake.post() is None
    (post,) = fake.posts
    assert (post.path, post.headers["Content-Type"]) == ("/v1/traces", "application/json")
    request = ExportTraceServiceRequest()
    json_format.ParseDict(as_protobuf(json.loads(post.body)), request)
    spans = [
        span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans
    ]
    assert {(span.trace_id.hex(), span.span_id.hex()) for span in spans} == {
        (span.trace_id, span.span_id) for span in told()
    }


def test_an_endpoint_of_traces_is_used_as_it_stands_and_goes_before_the_other() -> None:
    fake = Fake(url="http://localhost:4318/", posts=[])
    assert fake.receiver().url == "http://localhost:4318/v1/traces"
    assert Fake(url="https://h/otlp/?key=1", posts=[]).receiver().url == "https://h/otlp/v1/traces?key=1"
    other = fake.receiver(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="https://otel.example.com/in/traces")
    assert (other.url, other.origin) == ("https://otel.example.com/in/traces", "https://otel.example.com")


def test_headers_are_sent_and_never_shown(answering) -> None:
    fake = answering((401, {}, {"message": "who are you?"}))
    headers = f"authorization=Bearer%20{SECRET}, x-scope = team%2Ca"
    assert SECRET not in repr(fake.receiver(OTEL_EXPORTER_OTLP_HEADERS=headers))
    with pytest.raises(NotPostedError, match="refused the spans: it answered 401, who are you") as refused:
        fake.post(OTEL_EXPORTER_OTLP_HEADERS=headers)
    assert SECRET not in str(refused.value)
    assert fake.posts[0].headers["authorization"] == f"Bearer {SECRET}"
    assert fake.posts[0].headers["x-scope"] == "team,a"


def test_headers_of_traces_go_before_the_others() -> None:
    fake = Fake(url="http://localhost:4318", posts=[])
    found = fake.receiver(OTEL_EXPORTER_OTLP_HEADERS="a=1,b=2", OTEL_EXPORTER_OTLP_TRACES_HEADERS="c=3")
    assert found.headers == {"c": "3"}


@pytest.mark.parametrize("headers", [SECRET, f"a b={SECRET}", f"={SECRET}", f"a={SECRET}%0d%0ab: c"])
def test_headers_that_cannot_be_sent_are_refused_without_showing_them(headers: str) -> None:
    with pytest.raises(EnvironmentRefusedError, match="OTEL_EXPORTER_OTLP_HEADERS") as refused:
        Fake(url="http://localhost:4318", posts=[]).receiver(OTEL_EXPORTER_OTLP_HEADERS=headers)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("variables", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": " "}])
def test_without_a_receiver_the_message_says_what_is_missing(variables: Mapping[str, str]) -> None:
    with pytest.raises(EnvironmentRefusedError, match="OTEL_EXPORTER_OTLP_ENDPOINT is missing"):
        Receiver.from_environment(variables)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_tried_again_after_longer_and_longer_pauses(answering, status: int) -> None:
    fake = answering((status, {}, b"busy"), None, FINE)
    assert fake.post() is None
    assert fake.pauses == [1.0, 2.0]
    assert len({post.body for post in fake.posts}) == 1


def test_the_receiver_says_how_long_to_wait(answering) -> None:
    fake = answering((429, {"Retry-After": "7"}, b""), FINE)
    fake.post()
    assert fake.pauses == [7.0]


@pytest.mark.parametrize("status", [301, 400, 404, 408, 413, 500, 501])
def test_nothing_else_is_tried_again(answering, status: int) -> None:
    fake = answering((status, {"Location": "http://127.0.0.1:1/"}, {"message": "no\nway"}))
    with pytest.raises(NotPostedError, match=f"it answered {status}, no way"):
        fake.post()
    assert fake.pauses == []


def test_the_tries_end_and_the_last_answer_is_told(answering) -> None:
    fake = answering(*[(503, {}, b"")] * posting.TRIES)
    with pytest.raises(NotPostedError, match="took no spans in 5 tries: it answered 503; try later"):
        fake.post()
    assert fake.pauses == [1.0, 2.0, 4.0, 8.0]


def test_a_longer_wait_than_there_is_time_ends_the_tries(answering) -> None:
    fake = answering((503, {"Retry-After": str(int(ALL_S))}, b""))
    with pytest.raises(NotPostedError, match="in 1 tries: it answered 503, Retry-After 60"):
        fake.post()


def test_what_a_receiver_says_of_a_wait_reaches_the_terminal_as_one_printable_line(answering) -> None:
    fake = answering(*[(503, {"Retry-After": "\x1b[2Jsoon\x9b" + "x" * 1000}, b"")] * posting.TRIES)
    with pytest.raises(NotPostedError, match=r"Retry-After .*soon") as refused:
        fake.post()
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize("address", ["http://1.2.3.999", "http://[1.2.3.4]", "http://a\u2603_b.example"])
def test_an_address_that_no_client_can_call_is_refused(address: str) -> None:
    with pytest.raises(EnvironmentRefusedError, match=r"OTEL_EXPORTER_OTLP_ENDPOINT.*expected an address"):
        Fake(url=address, posts=[]).receiver()


@pytest.mark.parametrize("name", ["content-length", "Host", "transfer-encoding", "connection"])
def test_headers_that_the_request_itself_has_are_refused(name: str) -> None:
    with pytest.raises(
        EnvironmentRefusedError, match=f"OTEL_EXPORTER_OTLP_HEADERS.*{name.lower()}"
    ) as refused:
        Fake(url="http://localhost:4318", posts=[]).receiver(OTEL_EXPORTER_OTLP_HEADERS=f"{name}={SECRET}")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("status", "taken"), [(b"HTTP/1.1 200 OK\r\n\r\n", True), (b"", False)], ids=["content", "headers"]
)
def test_an_answer_that_drips_ends_with_the_time_of_a_try(
    monkeypatch: pytest.MonkeyPatch, status: bytes, taken: bool
) -> None:
    monkeypatch.setattr(posting, "TRY_S", 0.2)
    monkeypatch.setattr(posting, "TRIES", 1)

    class Dripping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.wfile.write(status or b"HTTP/1.1 200 OK\r\nX-Long: ")
            with suppress(OSError):
                for _ in range(40):
                    self.wfile.write(b" ")
                    time.sleep(0.05)

    with serving(Dripping) as server:
        fake = Fake(url=f"http://127.0.0.1:{server.server_port}", posts=[])
        began = time.monotonic()
        with nullcontext() if taken else pytest.raises(NotPostedError, match=r"no answer within 0\.2 s"):
            assert fake.post() is None
        assert time.monotonic() - began < 1


def test_nobody_at_the_address_is_told() -> None:
    with pytest.raises(NotPostedError, match=r":1 took no spans in 5 tries: All connection attempts failed"):
        Fake(url="http://127.0.0.1:1", posts=[]).post()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            {"partialSuccess": {"rejectedSpans": "3", "errorMessage": "too old"}},
            Rejected(spans=3, why="too old"),
        ),
        ({"partialSuccess": {"rejectedSpans": 3}}, Rejected(spans=3, why="")),
        ({"partialSuccess": {"errorMessage": "use gzip"}}, Rejected(spans=0, why="use gzip")),
        ({"partialSuccess": {}}, None),
        ({"partialSuccess": 4}, None),
        ([], None),
        (b"<html>", None),
        (b"[" * 50_000, None),
        (b"x" * 1_000_000, None),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_partial_success_is_told_and_not_tried_again(answering, said: object, expected: object) -> None:
    fake = answering((200, {}, said))
    assert fake.post() == expected
    assert fake.pauses == []


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        ("3", 3.0),
        (format_datetime(NOW + timedelta(seconds=5), usegmt=True), 5.0),
        (format_datetime(NOW - timedelta(seconds=5), usegmt=True), 0.0),
        (None, None),
        ("soon", None),
        ("-1", None),
        ("1e9", None),
        ("Wed, 21 Oct 99999999999999999999 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 +9999999", None),
    ],
)
def test_a_wait_is_a_number_of_seconds_or_a_date(wait: str | None, expected: float | None) -> None:
    assert wait_asked_for(Answer(status=503, wait=wait), NOW) == expected
