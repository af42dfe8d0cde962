"""Against a server that is not the API each call ends soon, with an error of the client's own."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, TypeAlias

import httpx
import pytest
from clipit_client import AsyncClient, Client, errors

from tests.clients.python.clipit_client.documents import RENDER
from tests.web_server import serving

KEY = "ck_secret"

Behavior: TypeAlias = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """What it does with each request, and what it was asked."""

    does: Behavior
    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr("clipit_client.retries.FIRST_PAUSE_S", 0.0)
    server = Server(does=lambda _: None)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            self.close_connection = True
            with suppress(OSError):  # the client has gone
                server.does(self)

        def log_message(self, *args: object) -> None:
            pass

    with serving(Handler) as found:
        server.url = f"http://127.0.0.1:{found.server_port}"
        yield server


def blocking(server: Server, **options: Any) -> object:
    http = httpx.Client(timeout=0.2)
    with Client(url=server.url, key=KEY, http=http, **options) as client:
        return client.renders.get("r_1")


def asyncio_(server: Server, **options: Any) -> object:
    async def program() -> object:
        http = httpx.AsyncClient(timeout=0.2)
        async with AsyncClient(url=server.url, key=KEY, http=http, **options) as client:
            return await client.renders.get("r_1")

    return asyncio.run(program())


both = pytest.mark.parametrize("call", [blocking, asyncio_], ids=["blocking", "asyncio"])


def answers(body: object, status: int = 200, **headers: str) -> Behavior:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def sends_without_end(part: bytes, pause_s: float = 0.0) -> Behavior:
    """An answer of any length; after 4 s the server ends it, so that a test which fails ends too."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        end = time.monotonic() + 4
        while time.monotonic() < end:
            handler.wfile.write(part)
            time.sleep(pause_s)

    return answer


def hangs(handler: BaseHTTPRequestHandler) -> None:
    handler.rfile.read(1)  # until the client has gone


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"{")


WRONG_FIELDS = [dict.fromkeys(RENDER, 7) for _ in range(100)]
MOVED = answers({}, 302, Location="http://127.0.0.1:9/")


def speaks_no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTP/9 what\r\n\r\n")


@pytest.mark.short_form(5)
@both
@pytest.mark.parametrize(
    ("does", "error"),
    [
        pytest.param(answers(b"<html>Sign in to the hotel</html>"), errors.APIResponseError, id="a page"),
        pytest.param(answers(b""), errors.APIResponseError, id="nothing"),
        pytest.param(answers(b"\xff\xfe"), errors.APIResponseError, id="no UTF-8"),
        pytest.param(answers(b"[" * 100_000), errors.APIResponseError, id="deep"),
        pytest.param(answers(WRONG_FIELDS), errors.APIResponseError, id="a list"),
        pytest.param(answers(dict.fromkeys(RENDER, 7)), errors.APIResponseError, id="other types"),
        pytest.param(MOVED, errors.APIResponseError, id="redirect"),
        pytest.param(answers({"errors": "x", "type": 7}, 422), errors.StatusError, id="no problem document"),
        pytest.param(answers(b"gzip?", Content_Encoding="gzip"), errors.APIConnectionError, id="no gzip"),
        pytest.param(breaks_off, errors.APIConnectionError, id="broken off"),
        pytest.param(speaks_no_http, errors.APIConnectionError, id="no HTTP"),
        pytest.param(hangs, errors.APITimeoutError, id="hangs"),
        pytest.param(sends_without_end(b"x" * 2**20), errors.APIResponseError, id="endless"),
    ],
)
def test_a_call_ends_with_an_error_of_the_client(
    server: Server, call: Callable[..., object], does: Behavior, error: type[errors.ClipItError]
) -> None:
    server.does = does
    with pytest.raises(error) as found:
        call(server)
    assert len(str(found.value)) < 600
    assert KEY not in str(found.value)


@both
def test_an_answer_that_trickles_in_without_an_end_is_too_slow(
    server: Server, call: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clipit_client.contents.LONGEST_ANSWER_S", 0.05, raising=False)
    server.does = sends_without_end(b" ", pause_s=0.01)
    with pytest.raises(errors.APITimeoutError):
        call(server)


@both
def test_what_a_newer_server_adds_does_no_harm(server: Server, call: Callable[..., object]) -> None:
    server.does = answers({**RENDER, "state": "paused", "region": {"name": "moon"}})
    assert "paused" in repr(call(server))


@both
def test_a_server_that_asks_for_a_day_is_not_waited_for(server: Server, call: Callable[..., object]) -> None:
    server.does = answers({"title": "Busy"}, 429, Retry_After="86400")
    with pytest.raises(errors.StatusError) as found:
        call(server)
    assert (found.value.retry_after_s, len(server.asked)) == (86400, 1)


@both
@pytest.mark.parametrize("retries", [0, 3])
def test_there_are_as_many_tries_as_the_caller_wants(
    server: Server, call: Callable[..., object], retries: int
) -> None:
    server.does = answers({}, 503)
    with pytest.raises(errors.StatusError):
        call(server, retries=retries)
    assert len(server.asked) == retries + 1


def test_an_id_or_a_key_that_http_cannot_carry_is_not_sent(server: Server) -> None:
    with Client(url=server.url, key=KEY) as client:
        for render in ("r_" + "0" * 100_000, "r_\n" * 40_000):
            with pytest.raises(errors.UnsendableRequestError, match="cannot be sent") as found:
                client.renders.get(render)
            assert len(str(found.value)) < 600
        with pytest.raises(errors.UnsendableRequestError):
            client.renders.create(template="t", idempotency_key="ä")
    assert server.asked == []


def test_an_id_that_is_no_utf_8_is_for_the_server_to_refuse(server: Server) -> None:
    server.does = answers({"title": "Not found"}, 404)
    with Client(url=server.url, key=KEY) as client, pytest.raises(errors.StatusError):
        client.renders.get("\udcff")
    assert server.asked == ["/v1/renders/%ED%B3%BF"]


@pytest.mark.parametrize("link", ["/v1/renders", ".evil.example/x", "http:evil", "", "http://[::1"])
def test_a_link_that_is_none_never_gets_the_key(link: str, tmp_path: Any) -> None:
    (tmp_path / "logo.png").write_bytes(b"x")
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        upload = {"method": "PUT", "url": link, "headers": {"x": "ä"}, "expires_at": "2026-01-01T00:00:00Z"}
        return httpx.Response(201, json={"id": "a_1", "upload": upload})

    http = httpx.Client(transport=httpx.MockTransport(answer))
    client = Client(url="https://api.example.com", key=KEY, http=http, retries=0)
    with pytest.raises(errors.ClipItError):
        client.assets.upload(tmp_path / "logo.png")
    assert len(seen) == 1
