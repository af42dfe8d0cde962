"""Both servers of the benchmark answer what is sent to them, and alike; how latency is measured at a pace."""

import asyncio
import threading

import boto3
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from benchmarks.api.bare import application
from benchmarks.api.cases import COMPOSITION, job_of, token_of
from benchmarks.api.far_end import FarEnd
from benchmarks.api.load import CONNECTIONS, looks, measure, submissions
from benchmarks.api.serve import SETTINGS
from handlers.job_server.entrypoint import build
from handlers.job_server.settings import read


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    FarEnd().attach()
    return build(read(SETTINGS))


def test_both_servers_take_the_same_body_and_show_the_same_render(ours: FastAPI) -> None:
    body, here = {"composition": COMPOSITION}, f"/v1/renders/{job_of(3).id}"
    headers = {"Authorization": f"Bearer {token_of(3)}"}
    answers = []
    for app in (ours, application()):
        with TestClient(app, headers=headers) as http:
            assert http.post("/v1/renders", json={"composition": {}}).status_code == 422
            answers.append((http.post("/v1/renders", json=body), http.get(here)))
    for one, other in zip(*answers, strict=True):
        assert one.status_code == other.status_code < 300
        assert one.json().keys() == other.json().keys()


def test_what_is_sent_is_one_whole_request() -> None:
    for request in (next(submissions()), next(looks())):
        head, _, body = request.partition(b"\r\n\r\n")
        length = head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0] or b"0"
        assert len(body) == int(length)


def test_at_a_pace_an_answer_counts_from_when_its_request_was_due() -> None:
    """Otherwise a server that falls behind would seem as quick as one that does not."""
    with Slow(0.02) as port:
        at_its_own = measure(port, [b"GET / HTTP/1.1\r\n\r\n"] * CONNECTIONS, 0.4)
        at_twice_that = measure(port, [b"GET / HTTP/1.1\r\n\r\n"] * CONNECTIONS, 0.4, 2 * at_its_own.rate)

    assert at_its_own.percentile(0.5) < 100
    assert at_twice_that.percentile(0.99) > 1.5 * at_its_own.percentile(0.99)
    assert at_twice_that.milliseconds == tuple(sorted(at_twice_that.milliseconds))


class Slow:
    """A server that answers each request of a connection after some seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._loop = seconds, asyncio.new_event_loop()

    def __enter__(self) -> int:
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        return int(server.sockets[0].getsockname()[1])

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline() and await reader.readline():
            await asyncio.sleep(self._seconds)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
