"""Whatever the body, reading and checking it takes bounded memory and leaves the event loop free."""

import asyncio
import json
import tracemalloc
from threading import Event, current_thread

import httpx
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from handlers.job_server.edge import body
from handlers.job_server.edge.crowding import MOST_VALUES, crowded
from handlers.job_server.edge.middleware import MAX_BODY
from tests.handlers.job_server.fakes import FakeKeys, World
from tests.handlers.job_server.test_bad_requests import HERE, assert_problem

MOST_MEMORY = 24 * 1024 * 1024
"""Bytes that one body may take on its way, the test's own client included: it alone holds eight copies."""

SCENES = '{"composition":{"version":1,"width":64,"height":64,"rate":10,"scenes":['
FIELDS = '{"template":"title-card","fields":{"title":"'
STARTS = st.sampled_from(
    ["", "[", "{", '{"composition":', '{"composition":{', SCENES, SCENES + "{", FIELDS, '{"fleet":"', '"']
)
PIECES = st.sampled_from(
    [
        *("0,", "[],", "{},", "[", "{", '{"a":', '"ab",', '"\u4e2d",', '{"":0},', "0.1,", "null,", "1e9,"),
        *("x", " ", "\\n", "\\u4e2d", "\\ud83d\\ude00", "\\ud800", "\\", '\\"', '"', "\x7f", "9", "-", "~1"),
        *('"duration_s":0,', '{"duration_s":1},', '{"text":{"content":"\\u0000"}},', "\U0001f600"),
    ]
)
ENDS = st.sampled_from(["", '"}}', "0]}}", "]", "}", '"'])


def filled(start: str, piece: str, end: str) -> bytes:
    """A body of the largest size that may be sent."""
    room = MAX_BODY - len(start.encode()) - len(end.encode())
    return (start + piece * (room // len(piece.encode())) + end).encode()


def peak_of_posting(world: World, content: bytes) -> tuple[httpx.Response, int]:
    tracemalloc.start()
    try:
        answer = world.http.post("/v1/renders", content=content, headers=HERE)
        return answer, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_megabyte_of_zeros_for_scenes_is_refused_where_it_stands(world: World) -> None:
    answer, peak = peak_of_posting(world, filled(SCENES, "0,", "0]}}"))
    problem = assert_problem(answer, 422, "invalid-request")
    assert [one["pointer"] for one in problem["errors"]] == ["/composition/scenes"]
    assert str(MOST_VALUES) in problem["errors"][0]["detail"]
    assert peak < MOST_MEMORY


@pytest.mark.long
@seed(20260104)
@settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(start=STARTS, piece=PIECES, end=ENDS)
def test_no_body_takes_more_memory_than_is_set_aside(world: World, start: str, piece: str, end: str) -> None:
    answer, peak = peak_of_posting(world, filled(start, piece, end))
    assert answer.status_code in {400, 422}, answer.text[:200]
    assert len(answer.content) < 64 * 1024
    assert peak < MOST_MEMORY


def test_many_numbers_names_and_mistakes_take_no_more(world: World) -> None:
    bodies = (
        "{" + ",".join(f'"{number:x}":0' for number in range(110_000)) + "}",
        '{"composition":' + "[" * 32 + "]" * 32 + "," * 900_000 + "}",
        json.dumps({"composition": {"scenes": [{"a" * 10_000: 0}] * 100}}),
        json.dumps({"template": "x" * 1_000_000, "fields": {}}),
        json.dumps({"composition": {}, "fleet": "\ud800" * 150_000}),
        json.dumps({"composition": {"background": ["\x00" * 150_000]}}),
    )
    for content in bodies:
        answer, peak = peak_of_posting(world, content.encode())
        assert answer.status_code in {400, 422}
        assert len(answer.content) < 64 * 1024
        assert peak < MOST_MEMORY


def test_the_largest_composition_has_few_values() -> None:
    asset = {"asset": "a_" + "0" * 26}
    scene = {
        "duration_s": 6,
        "background": "#000000",
        "text": {"content": 'a,"{[\\' * 300, "size": 40, "color": "#ffffff", "position": "top"},
        "image": asset,
        "video": asset,
        "transition": {"kind": "fade", "duration_s": 1},
    }
    largest = {"composition": {"scenes": [scene] * 100}}
    assert crowded(json.dumps(largest).encode()) is None
    assert crowded(json.dumps({"many": [largest] * 3}, indent=4).encode()) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a":[1,{"b/c":{"d":[[],[],%s' % ("0," * MOST_VALUES), "/a/1/b~1c/d"),
        ('{"a":[1,{"b":{%s' % ('"x":0,' * MOST_VALUES), "/a/1/b"),
        ('{"a":[%s' % ('{"b":{}},' * MOST_VALUES), "/a"),
        ("[%s" % ("1," * MOST_VALUES), ""),
        ("," * MOST_VALUES, ""),
        ("]" * 99 + "," * MOST_VALUES, ""),
    ],
)
def test_too_many_values_are_refused_with_the_fullest_place(text: str, place: str) -> None:
    found = crowded(text.encode())
    assert found is not None
    assert found.pointer == place


def test_the_process_answers_while_large_bodies_are_parsed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = Event(), Event()

    def parse(_: bytes) -> None:
        begun.set()
        ended.wait(10)

    monkeypatch.setattr(body, "parse", parse)

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(world.http.app)
        headers = {"Authorization": f"Bearer {FakeKeys.KEY}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            large = {"": "x" * body.SMALL_BYTES}
            waiting = [asyncio.ensure_future(http.post("/v1/assets", json=large)) for _ in range(8)]
            assert await asyncio.to_thread(begun.wait, 10)
            try:
                seen = [await asyncio.wait_for(http.get(path), 5) for path in ("/healthz", "/v1/renders")]
            finally:
                ended.set()
            await asyncio.gather(*waiting)
            return [one.status_code for one in seen]

    assert asyncio.run(ask()) == [200, 200]


@pytest.mark.parametrize(
    ("content", "in_a_thread"),
    [
        (b'{"composition": {}}', False),
        (b'{"items": [{}]}', True),
        (b'{"template": "promo", "fields": {}}', True),
        (rb'{"templ\u0061te": "promo", "fields": {}}', True),
    ],
)
def test_only_a_small_body_of_one_render_without_a_template_is_read_on_the_event_loop(
    world: World, monkeypatch: pytest.MonkeyPatch, content: bytes, *, in_a_thread: bool
) -> None:
    threads: list[str] = []
    parse = body.parse

    def noted(read: bytes) -> object:
        threads.append(current_thread().name)
        return parse(read)

    monkeypatch.setattr(body, "parse", noted)
    kind = {"Content-Type": "application/json"}
    assert world.http.post("/v1/renders", content=content, headers=kind).status_code == 422
    assert [name.startswith("AnyIO worker") for name in threads] == [in_a_thread]
