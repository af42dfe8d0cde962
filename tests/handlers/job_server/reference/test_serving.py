"""The reference page: without a key, under a strict policy, and never at the cost of the API."""

import asyncio
import re
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from handlers.job_server.problems import Problem
from handlers.job_server.reference.files import PATH, File, page_files
from handlers.job_server.reference.serving import PART_BYTES, Places
from tests.handlers.job_server.fakes import World

FILE = File(content=b"", plain=b"x" * (3 * PART_BYTES), media_type="text/plain")
SCOPE = {"type": "http", "method": "GET", "headers": []}


def test_whoever_has_no_key_reads_the_page_and_all_that_it_names(world: World) -> None:
    world.http.headers.pop("Authorization")
    page = world.http.get(PATH)
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    named = set(re.findall(r'(?:href|src)="(/docs/[^"]+)"', page.text))
    assert named | {PATH} == page_files().keys()
    for path in named:
        answer = world.http.get(path)
        assert answer.status_code == 200
        assert answer.content == page_files()[path].plain
    assert "/openapi.json" in world.http.get(f"{PATH}/start.js").text


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("br;q=1.0, GZIP;q=0.8", "gzip"),
        ("identity", None),
        ("", None),
        ("gzip;q=0", None),
        ("gzip; q=0.0, identity", None),
        ("x-gzipped", None),
    ],
)
def test_a_file_is_compressed_only_for_who_reads_that(
    world: World, accepted: str, encoding: str | None
) -> None:
    for path, file in page_files().items():
        answer = world.http.get(path, headers={"Accept-Encoding": accepted})
        assert answer.headers.get("Content-Encoding") == encoding
        assert int(answer.headers["Content-Length"]) == len(file.content if encoding else file.plain)
        assert answer.content == file.plain
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_each_file_comes_with_the_policy_and_is_kept_by_nobody(world: World) -> None:
    for path in page_files():
        headers = world.http.get(path).headers
        policy = dict(one.split(" ", 1) for one in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == "'self'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_has_no_script_of_its_own_and_names_no_other_host() -> None:
    page = page_files()[PATH].plain.decode()
    assert "http" not in page
    assert re.findall(r"<script(?! src=)", page) == []
    assert re.findall(r"\son\w+=|style=", page) == []


def test_the_page_is_no_operation_of_the_document_and_takes_no_other_method(world: World) -> None:
    assert PATH not in world.http.get("/openapi.json").json()["paths"]
    refused = world.http.post(PATH)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")
    assert world.http.head(PATH).status_code == 200
    assert world.http.get(f"{PATH}/other").status_code == 404


def sending(places: Places, reader: "Reader") -> Any:
    return places.send(FILE, SCOPE, reader)


class Reader:
    """Takes what it is sent, when it wants."""

    def __init__(self, *, slow: bool = False) -> None:
        self.got: list[MutableMapping[str, Any]] = []
        self._slow = slow

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        self.got.append(message)
        if self._slow:
            await asyncio.Event().wait()


def test_a_slow_reader_gets_one_part_at_a_time_and_is_cut_off() -> None:
    reader = Reader(slow=True)
    with pytest.raises(ClientDisconnect):
        asyncio.run(sending(Places(seconds=0.01), reader))
    assert len(reader.got) == 1
    whole = Reader()
    asyncio.run(sending(Places(), whole))
    assert max(len(one.get("body", b"")) for one in whole.got) == PART_BYTES
    assert b"".join(one.get("body", b"") for one in whole.got) == FILE.plain


def test_slow_readers_hold_up_only_those_of_this_page_and_only_for_a_while() -> None:
    async def crowded() -> list[BaseException | None]:
        places = Places(at_once=1, waiting=1, seconds=0.01)
        readers = [asyncio.ensure_future(sending(places, Reader(slow=True))) for _ in range(3)]
        results = [*await asyncio.gather(*readers, return_exceptions=True)]
        await sending(places, Reader())
        return results

    first, second, third = asyncio.run(crowded())
    assert isinstance(first, ClientDisconnect)
    for refused in (second, third):
        assert isinstance(refused, Problem)
        assert (refused.kind.name, refused.headers["Retry-After"]) == ("unavailable", "5")
