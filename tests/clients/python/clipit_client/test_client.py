"""A customer's program against the job server: the blocking client, and the one for asyncio."""

import asyncio
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from clipit_client import AsyncClient, Client, RenderFailedError, WaitTimeoutError, calls, errors
from clipit_client.endpoints import AsyncWebhookEndpoints
from clipit_client.errors import NotFoundError, OtherVersionError
from clipit_client.models import WebhookEndpoint
from clipit_client.steps import Request
from clipit_client.transport import Asyncio, Blocking, Server
from fastapi.testclient import TestClient

from handlers.job_server.app import create_app
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.renders.callers import Limits
from handlers.job_server.renders.service import RenderService
from handlers.job_server.schemas.examples import REQUESTS
from handlers.job_server.schemas.requests import Rules
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from tests.handlers.job_server.fakes import COMPOSITION, FakeKeys, World, kept_templates

ASSET = "a_" + "0" * 26

LOOK = Request(method="GET", url="/v1/x?secret=1")
SERVER = Server("https://api", "k")
RULES = Rules(fleets=("cpu",), default_fleet="cpu", webhook_targets=WebhookTargets.PUBLIC)


@dataclass
class Made:
    """The server on fakes, and its clients."""

    world: World
    client: Client
    aio: AsyncClient


@pytest.fixture
def made() -> Iterator[Made]:
    world = World(clock=time.time)
    limits = Limits(tenant_queued=250, retention_days=30, attempts=3)
    service = RenderService.of(
        jobs=world.jobs, objects=world.objects, queue=world.queue, limits=limits, clock=time.time
    )
    app = create_app(
        service, world.webhooks, kept_templates(), world.keys, world.dependencies, RULES, Capacity()
    )
    asgi = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://clip-it")
    with TestClient(app) as http:
        yield Made(
            world=world,
            client=Client(url="http://clip-it", key=FakeKeys.KEY, http=http),
            aio=AsyncClient(url="http://clip-it", key=FakeKeys.KEY, http=asgi),
        )


def test_a_webhook_is_asked_for_again_once_for_each_key(made: Made) -> None:
    hook = "https://hooks.example.com"
    render = made.client.renders.create(composition=COMPOSITION, webhook_url=hook).id
    with pytest.raises(errors.RenderIsNotFinalError):
        made.client.renders.redeliver(render)
    made.client.renders.cancel(render)
    first = made.client.renders.redeliver(render, idempotency_key="again-1")
    again = asyncio.run(made.aio.renders.redeliver(render, idempotency_key="again-1"))
    assert first == again
    assert first.deliveries == f"/v1/renders/{render}/deliveries"
    assert [one.id for one in made.world.jobs.requests.values()] == [first.id]
    silent = made.client.renders.create(composition=COMPOSITION).id
    made.client.renders.cancel(silent)
    with pytest.raises(errors.RenderHasNoWebhookError):
        made.client.renders.redeliver(silent)


def test_an_endpoint_is_made_changed_tested_and_deleted(made: Made) -> None:
    endpoints, aio = made.client.webhook_endpoints, made.aio.webhook_endpoints
    created = endpoints.create(url="https://hooks.example.com", idempotency_key="endpoint-1")
    endpoint = created.webhook_endpoint.id
    assert created.secret not in repr(created)
    assert endpoints.list() == [endpoints.get(endpoint)] == asyncio.run(_as_list(aio))
    assert not endpoints.change(endpoint, enabled=False).enabled
    assert asyncio.run(aio.change(endpoint, enabled=True, events=["render.failed"])).events == [
        "render.failed"
    ]
    rotated = endpoints.rotate_secret(endpoint, idempotency_key="rotation-1")
    assert asyncio.run(aio.rotate_secret(endpoint, idempotency_key="rotation-1")) == rotated
    with pytest.raises(errors.SecretRotationUnderWayError):
        endpoints.rotate_secret(endpoint)
    (asked,) = {
        endpoints.test(endpoint, idempotency_key="t"),
        asyncio.run(aio.test(endpoint, idempotency_key="t")),
    }
    (stored,) = made.world.jobs.requests.values()
    assert asked.webhook_id == f"msg_{stored.id}"
    for _ in range(4):
        asyncio.run(aio.create(url="https://hooks.example.com"))
    with pytest.raises(errors.TooManyWebhookEndpointsError):
        endpoints.create(url="https://hooks.example.com")
    endpoints.delete(endpoint)
    asyncio.run(aio.delete(endpoint))
    with pytest.raises(errors.NotFoundError):
        endpoints.delete("we_" + "0" * 26)


async def _as_list(endpoints: AsyncWebhookEndpoints) -> list[WebhookEndpoint]:
    return [*await endpoints.list()]


def test_a_render_is_submitted_found_and_cancelled(made: Made) -> None:
    accepted = made.client.renders.create(composition=COMPOSITION)
    assert made.client.renders.get(accepted.id).state == "queued"
    assert [one.kind for one in made.client.renders.events(accepted.id)] == ["submitted"]
    assert made.client.renders.deliveries(accepted.id) == []
    assert made.client.renders.cancel(accepted.id).ended
    with pytest.raises(errors.RenderIsFinalError):
        made.client.renders.cancel(accepted.id)


def test_a_render_is_found_by_its_key_and_deleted_once_it_has_ended(made: Made) -> None:
    render = made.client.renders.create(composition=COMPOSITION, idempotency_key="order-1").id
    found = made.client.renders.list(idempotency_key="order-1", created_after=datetime.fromtimestamp(0, UTC))
    assert [one.id for one in found] == [render]
    with pytest.raises(errors.RenderIsNotFinalError):
        made.client.renders.delete(render)
    made.client.renders.cancel(render)
    made.client.renders.delete(render)
    with pytest.raises(errors.NotFoundError):
        made.client.renders.get(render)


def test_the_same_key_gives_the_same_render(made: Made) -> None:
    first, second = (
        made.client.renders.create(composition=COMPOSITION, idempotency_key="order-1") for _ in "ab"
    )
    assert first.id == second.id
    with pytest.raises(errors.IdempotencyKeyReusedError):
        made.client.renders.create(template="title-card", fields={"title": "x"}, idempotency_key="order-1")


def test_every_mistake_of_a_composition_is_named(made: Made) -> None:
    with pytest.raises(errors.InvalidRequestError, match="/composition/width") as found:
        made.client.renders.create(composition={**COMPOSITION, "width": 15, "rate": 0})
    assert {one.pointer for one in found.value.problem.errors or ()} == {
        "/composition/width",
        "/composition/rate",
    }


def test_waiting_ends_with_the_render_or_the_time(made: Made) -> None:
    accepted = made.client.renders.create(composition=COMPOSITION)
    with pytest.raises(WaitTimeoutError, match="is still queued"):
        made.client.renders.wait(accepted.id, timeout_s=0, poll_s=0.001)
    made.client.renders.cancel(accepted.id)
    with pytest.raises(RenderFailedError, match="is cancelled"):
        made.client.renders.wait(accepted.id, timeout_s=1, poll_s=0)


def test_a_list_goes_on_to_the_last_page(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [made.client.renders.create(composition=COMPOSITION).id for _ in range(3)]
    monkeypatch.setattr(calls, "PAGE", 2)
    assert sorted(one.id for one in made.client.renders.list()) == sorted(ids)


def test_a_look_shows_the_parts_that_are_asked_for(made: Made) -> None:
    accepted = made.client.renders.create(composition=COMPOSITION)
    plain = made.client.renders.get(accepted.id)
    assert (plain.composition, plain.events) == (None, None)
    assert plain.usage
    assert plain.usage.attempts == 0
    whole = made.client.renders.get(accepted.id, include=["composition", "events"])
    assert whole.composition == COMPOSITION
    assert [one.kind for one in whole.events or ()] == ["submitted"]


def test_an_asset_is_deleted_or_was_never_there(made: Made) -> None:
    made.world.objects.stored[f"assets/acme/{ASSET}"] = b"png"
    made.client.assets.delete(ASSET)
    made.client.assets.delete(ASSET)
    with pytest.raises(errors.NotFoundError):
        made.client.assets.delete("a_" + "1" * 26)
    with pytest.raises(errors.NotFoundError):
        made.client.assets.delete("../renders/r_1")


def test_usage_is_asked_for_by_days(made: Made) -> None:
    assert made.client.usage(date(2023, 11, 1), date(2023, 11, 30)) == []
    with pytest.raises(errors.InvalidRequestError, match="at most 92"):
        made.client.usage(date(2023, 1, 1), date(2023, 11, 30))


def test_the_templates_are_listed_with_their_fields(made: Made) -> None:
    assert "title" in str(
        next(one for one in made.client.templates.list() if one.name == "title-card").fields
    )


def test_a_template_of_ones_own_is_put_used_and_deleted(made: Made) -> None:
    templates, promo = made.client.templates, REQUESTS["putTemplate"]["promo"]
    assert isinstance(promo, dict)
    assert templates.put("promo", promo, if_version=0).version == 1
    assert templates.put("promo", promo | {"description": "Two"}, if_version=1).version == 2
    with pytest.raises(OtherVersionError):
        templates.put("promo", promo | {"description": "Three"}, if_version=1)
    assert (templates.get("promo").version, templates.get("promo@1").version) == (2, 1)
    accepted = made.client.renders.create(template="promo@1", fields={"price": "5"})
    assert made.client.renders.get(accepted.id).template == "promo@1"
    with pytest.raises(OtherVersionError):
        templates.delete("promo", if_version=1)
    with pytest.raises(ValueError, match="numbered from 1"):
        templates.delete("promo", if_version=0)
    templates.delete("promo", if_version=2)
    with pytest.raises(NotFoundError):
        templates.get("promo")
    assert not [one for one in templates.list() if one.version]


def test_the_client_for_asyncio_does_the_same(made: Made) -> None:
    async def program() -> list[str]:
        async with made.aio as client:
            accepted = await client.renders.create(composition=COMPOSITION)
            assert (await client.renders.get(accepted.id)).state == "queued"
            assert len(await client.renders.events(accepted.id)) == 1
            assert await client.renders.deliveries(accepted.id) == []
            assert await client.templates.list()
            assert (await client.renders.get(accepted.id, include=["events"])).events
            made.world.objects.stored[f"assets/acme/{ASSET}"] = b"png"
            await client.assets.delete(ASSET)
            assert await client.usage(date(2023, 11, 1), date(2023, 11, 1)) == []
            assert (await client.renders.cancel(accepted.id)).state == "cancelled"
            with pytest.raises(RenderFailedError):
                await client.renders.wait(accepted.id, timeout_s=1)
            return [one.id async for one in client.renders.list(state="cancelled")]

    assert len(asyncio.run(program())) == 1


def test_a_wrong_key_is_refused_and_shown_nowhere(made: Made) -> None:
    client = Client(url="http://clip-it", key="ck_wrong", http=made.client._http)
    with pytest.raises(errors.UnauthorizedError) as found:
        client.renders.get("r_1")
    assert "ck_wrong" not in f"{found.value!r}{client!r}{vars(found.value)}"


def uploading(tmp_path: Path) -> tuple[Path, httpx.MockTransport, list[httpx.Request]]:
    """A file, and a server and an object store that keep what they are sent."""
    file, seen = tmp_path / "logo.png", list[httpx.Request]()
    file.write_bytes(b"picture")
    upload = {
        "method": "PUT",
        "url": "https://store/k?X-Amz-Signature=abc",
        "headers": {"Content-Type": "image/png", "Content-Length": "7"},
        "expires_at": "2026-01-01T00:00:00Z",
    }

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        announced = request.url.host == "api"
        return httpx.Response(201, json={"id": "a_1", "upload": upload}) if announced else httpx.Response(200)

    return file, httpx.MockTransport(answer), seen


def test_a_file_is_uploaded_without_the_key(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file, transport, seen = uploading(tmp_path)
    caplog.set_level(logging.INFO, "httpx")
    http = httpx.Client(transport=transport)
    assert Client(url="https://api", key="ck_1", http=http).assets.upload(file) == "a_1"
    announced, put = seen
    assert announced.headers["Authorization"] == "Bearer ck_1"
    assert "Authorization" not in put.headers
    assert (put.read(), put.headers["Content-Length"]) == (b"picture", "7")
    assert "store/k" in caplog.text
    assert "Signature" not in caplog.text


def test_a_file_is_uploaded_in_asyncio(tmp_path: Path) -> None:
    file, transport, seen = uploading(tmp_path)
    http = httpx.AsyncClient(transport=transport)
    assert asyncio.run(AsyncClient(url="https://api", key="ck_1", http=http).assets.upload(file)) == "a_1"
    assert seen[1].url.host == "store"


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ReadError(""), httpx.RemoteProtocolError("x")]
)
def test_trouble_on_the_way_is_a_connection_error(error: httpx.TransportError) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    http = httpx.Client(transport=httpx.MockTransport(fail))
    outcome = Blocking(http, SERVER, 0)._take(LOOK)
    assert isinstance(outcome.error, errors.APIConnectionError)
    assert not isinstance(outcome.error, errors.APITimeoutError)


def test_a_timeout_is_called_one() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    http = httpx.AsyncClient(transport=httpx.MockTransport(fail))
    outcome = asyncio.run(Asyncio(http, SERVER, 0)._take(LOOK))
    assert isinstance(outcome.error, errors.APITimeoutError)
    assert "GET https://api/v1/x took too long" in str(outcome.error)


@pytest.mark.parametrize(
    "url", ["", "api.example.com", "ftp://api.example.com", "https://", "https://api.example.com?x=1"]
)
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="url must be"):
        Client(url=url, key="ck_1")


def test_a_password_in_an_address_is_refused_and_not_shown() -> None:
    with pytest.raises(ValueError, match="user name or password") as found:
        Client(url="https://me:hunter22@api.example.com", key="ck_1")
    assert "hunter22" not in str(found.value)


@pytest.mark.parametrize("key", ["", "ck_1\n", "ck é"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ValueError, match="key must be") as found:
        AsyncClient(url="https://api.example.com", key=key)
    assert not key or key not in str(found.value)
