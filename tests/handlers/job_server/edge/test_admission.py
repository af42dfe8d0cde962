"""Each kind of request has its own places, a bounded queue before them, and an answer in bounded time."""

import asyncio
from collections.abc import Awaitable, Callable
from threading import Event
from typing import TypeVar

import anyio.to_thread
import httpx
import pytest
from fastapi import FastAPI

from handlers.job_server.app import create_app
from handlers.job_server.edge.admission import Admission, Capacity
from handlers.job_server.edge.threads import THREADS
from handlers.job_server.problems import Problem
from handlers.job_server.renders.callers import Limits
from handlers.job_server.renders.service import RenderService
from handlers.jobs.store.api_keys import KeyOwner
from tests.handlers.job_server.conftest import RULES
from tests.handlers.job_server.fakes import COMPOSITION, FakeKeys, World, kept_templates

T = TypeVar("T")
CAPACITY = Capacity(submissions=3, reads=4, readiness=2, waiting=2, wait_seconds=0.1)


class Hang:
    """A call that does not come back until it is let go."""

    def __init__(self) -> None:
        self.called, self.let_go = Event(), Event()
        self.calls = 0

    def __call__(self, *_: object, **__: object) -> None:
        self.calls += 1
        self.called.set()
        self.let_go.wait(10)


@pytest.fixture
def app(world: World) -> FastAPI:
    return app_of(world, CAPACITY)


def app_of(world: World, capacity: Capacity) -> FastAPI:
    service = RenderService.of(
        jobs=world.jobs,
        objects=world.objects,
        queue=world.queue,
        limits=Limits(tenant_queued=100, retention_days=30, attempts=3),
        clock=world.clock,
    )
    return create_app(
        service, world.webhooks, kept_templates(), world.keys, world.dependencies, RULES, capacity
    )


def while_hanging(
    app: FastAPI,
    hang: Hang,
    requests: list[tuple[str, str]],
    then: Callable[[httpx.AsyncClient], Awaitable[T]],
) -> tuple[T, list[httpx.Response]]:
    """What `then` gives once as many requests hang as have places, and how all of them end."""

    async def send(http: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
        body = {"composition": COMPOSITION} if method == "POST" else None
        return await http.request(method, path, json=body)

    async def play() -> tuple[T, list[httpx.Response]]:
        headers = {"Authorization": f"Bearer {FakeKeys.KEY}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            waiting = [asyncio.ensure_future(send(http, *request)) for request in requests]
            try:
                assert await asyncio.to_thread(hang.called.wait, 5)
                found = await asyncio.wait_for(then(http), 5)
                await asyncio.wait(waiting, timeout=0.3)
            finally:
                hang.let_go.set()
            return found, await asyncio.gather(*waiting)

    return asyncio.run(play())


@pytest.mark.usefixtures("all_large")
def test_with_the_object_store_hanging_everything_else_is_answered(app: FastAPI, world: World) -> None:
    job_id = world.submit().json()["id"]
    hang = world.objects.store_composition = Hang()  # type: ignore[assignment, method-assign]

    async def others(http: httpx.AsyncClient) -> list[int]:
        paths = (
            f"/v1/renders/{job_id}",
            "/v1/renders",
            f"/v1/renders/{job_id}/events",
            "/readyz",
            "/healthz",
        )
        seen = [await http.get(path) for path in paths]
        seen.append(await http.post(f"/v1/renders/{job_id}/cancel"))
        return [one.status_code for one in seen]

    statuses, _ = while_hanging(app, hang, [("POST", "/v1/renders")] * 60, others)
    assert statuses == [200] * 6


@pytest.mark.usefixtures("all_large")
def test_submissions_beyond_the_places_and_the_queue_are_refused_at_once_and_the_queue_in_time(
    app: FastAPI, world: World
) -> None:
    hang = world.objects.store_composition = Hang()  # type: ignore[assignment, method-assign]

    async def nothing(_: httpx.AsyncClient) -> None: ...

    _, answers = while_hanging(app, hang, [("POST", "/v1/renders")] * 60, nothing)
    assert hang.calls == CAPACITY.submissions
    assert sorted(one.status_code for one in answers) == [202] * 3 + [503] * 57
    for refused in (one for one in answers if one.status_code == 503):
        assert refused.headers["Retry-After"] == "5"
        assert refused.json()["type"] == "urn:clip-it:problem:unavailable"
        assert "as many submissions as it can" in refused.json()["detail"]
    assert len(world.jobs.jobs) == 3


def test_a_burst_that_is_over_in_a_moment_is_accepted_whole(world: World) -> None:
    async def post(http: httpx.AsyncClient) -> int:
        return (await http.post("/v1/renders", json={"composition": COMPOSITION})).status_code

    async def play() -> list[int]:
        transport = httpx.ASGITransport(app_of(world, Capacity(wait_seconds=30)))
        headers = {"Authorization": f"Bearer {FakeKeys.KEY}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
            return await asyncio.gather(*(post(http) for _ in range(100)))

    assert asyncio.run(play()) == [202] * 100


def test_with_every_read_hanging_a_render_can_be_submitted(app: FastAPI, world: World) -> None:
    hang = world.jobs.page = Hang()  # type: ignore[assignment, method-assign]

    async def submit(http: httpx.AsyncClient) -> int:
        return (await http.post("/v1/renders", json={"composition": COMPOSITION})).status_code

    status, _ = while_hanging(app, hang, [("GET", "/v1/renders")] * 60, submit)
    assert status == 202


def test_with_every_readiness_probe_hanging_renders_are_served(app: FastAPI, world: World) -> None:
    hang = world.dependencies.unreachable = Hang()  # type: ignore[assignment, method-assign]

    async def look(http: httpx.AsyncClient) -> list[int]:
        return [(await http.get(path)).status_code for path in ("/v1/renders", "/healthz")]

    statuses, _ = while_hanging(app, hang, [("GET", "/readyz")] * 60, look)
    assert statuses == [200, 200]


def test_keys_that_take_long_to_look_up_take_no_place_of_another_kind(app: FastAPI, world: World) -> None:
    hang = Hang()
    world.keys.owner_of = hang  # type: ignore[assignment, method-assign]

    async def look(http: httpx.AsyncClient) -> int:
        world.keys.owner_of = lambda _: KeyOwner(tenant="acme")  # type: ignore[method-assign]
        return (await http.get("/v1/renders")).status_code

    status, _ = while_hanging(app, hang, [("POST", "/v1/renders")] * 60, look)
    assert status == 200


def test_who_is_admitted_finds_a_thread() -> None:
    async def threads() -> float:
        return anyio.to_thread.current_default_thread_limiter().total_tokens

    assert Capacity().threads <= asyncio.run(threads())
    assert Capacity().threads <= THREADS


def test_who_finds_the_queue_full_does_not_wait() -> None:
    admission = Admission("reads", 1, Capacity(waiting=1, wait_seconds=60))

    async def use() -> None:
        async with admission.slot():
            pass

    async def play() -> None:
        async with admission.slot():
            waiting = asyncio.ensure_future(use())
            await asyncio.sleep(0)
            with pytest.raises(Problem):
                await asyncio.wait_for(use(), 5)
        await waiting

    asyncio.run(play())


def test_a_place_is_given_back_and_whoever_waits_comes_next() -> None:
    admission = Admission("reads", 1, CAPACITY)
    order: list[str] = []

    async def use(name: str) -> None:
        async with admission.slot():
            order.append(name)
            await asyncio.sleep(0)

    async def play() -> None:
        await asyncio.gather(use("a"), use("b"), use("c"))
        with pytest.raises(ZeroDivisionError):
            async with admission.slot():
                raise ZeroDivisionError
        await use("d")

    asyncio.run(play())
    assert order == ["a", "b", "c", "d"]


def test_whoever_waits_in_vain_leaves_room_in_the_queue() -> None:
    admission = Admission("reads", 1, Capacity(waiting=1, wait_seconds=0.01))

    async def play() -> None:
        async with admission.slot():
            for _ in range(3):
                with pytest.raises(Problem):
                    async with admission.slot():
                        raise AssertionError("there is no place")
        async with admission.slot():
            pass

    asyncio.run(play())
