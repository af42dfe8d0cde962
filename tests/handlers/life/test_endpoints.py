"""Webhook endpoints while any process dies at any of its calls: none is lost, and none signs with two minds.

As in test_crash_points.py, each process is struck at its first call, then its second, and so on. Afterwards
the customer repeats its request under the same key, time goes by, and everybody works undisturbed.
"""

import contextlib
import itertools
from collections.abc import Callable

import pytest

from handlers.job_server.renders.callers import Caller
from handlers.job_server.webhook_endpoints.requests import EndpointRequest
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.outgoing.webhook_events import RENDER_EVENTS
from handlers.jobs.outgoing.webhook_secrets import secret_of_endpoint
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.customers.webhook_endpoints import WebhookEndpoint, WebhookEndpoints
from tests.handlers.conftest import Clock
from tests.handlers.life.memory_table import MemoryTable
from tests.handlers.life.world import GRACE, LEASE, NOTICES, Calls, Crash, Mode, World

A, ACME = "i-a", Caller(tenant="acme")
HOOK = EndpointRequest(url="http://endpoint.example.com", events=RENDER_EVENTS, enabled=True)


def new_world() -> World:
    return World(real=MemoryTable(), clock=Clock(), plan=["made"])


def create(world: World, calls: Calls) -> str:
    return world.webhooks(calls).endpoints.create(ACME, HOOK, key="endpoint-1").secret


def rotate(world: World, calls: Calls) -> str:
    return world.webhooks(calls).endpoints.rotate(ACME, of(world).id, key="rotation-1").secret


def delete(world: World, calls: Calls) -> None:
    world.webhooks(calls).endpoints.delete(ACME, of(world).id)


def of(world: World) -> WebhookEndpoint:
    (one,) = WebhookEndpoints(world.real).of("acme")
    return one


def with_endpoint() -> World:
    world = new_world()
    create(world, Calls())
    return world


def with_old_rotation() -> World:
    world = with_endpoint()
    world.webhooks(Calls()).endpoints.rotate(ACME, of(world).id, key="before")
    world.clock.forward(90_000)
    return world


def struck(begin: Callable[[], World], act: Callable[[World, Calls], object]) -> list[tuple[str, World]]:
    """A world for each call and each way to be struck at it, named by both."""
    undisturbed = Calls()
    act(begin(), undisturbed)
    worlds = []
    for at, mode in itertools.product(range(1, len(undisturbed.names) + 1), Mode):
        world = begin()
        with contextlib.suppress(Crash, TryAgainLater):
            act(world, Calls(strike_at=at, mode=mode))
        worlds.append((f"{mode} at call {at}, {undisturbed.names[at - 1]!r}", world))
    return worlds


def test_a_creation_that_is_repeated_makes_one_endpoint_whose_secret_the_customer_has() -> None:
    for where, world in struck(new_world, create):
        secret = create(world, Calls())
        assert [*world.secrets.values()] == [secret], where
        assert world.secrets[secret_of_endpoint("acme", of(world).id, 1)] == secret, where


@pytest.mark.parametrize("begin", [with_endpoint, with_old_rotation])
def test_a_rotation_that_is_repeated_leaves_two_secrets_of_which_the_customer_has_the_newest(
    begin: Callable[[], World],
) -> None:
    number = of(begin()).secret + 1
    for where, world in struck(begin, rotate):
        before = world.secrets[secret_of_endpoint("acme", of(world).id, number - 1)]
        secret = rotate(world, Calls())
        one = of(world)
        signing = [
            world.secrets[secret_of_endpoint("acme", one.id, each)] for each in one.secrets(world.clock())
        ]
        assert signing == [secret, before], where


@pytest.mark.parametrize("begin", [with_endpoint, with_old_rotation])
def test_a_deletion_that_is_struck_leaves_an_endpoint_with_its_secrets_or_none(
    begin: Callable[[], World],
) -> None:
    for where, world in struck(begin, delete):
        left = dict(world.secrets)
        for one in WebhookEndpoints(world.real).of("acme"):
            signing = {secret_of_endpoint("acme", one.id, each) for each in one.secrets(world.clock())}
            assert signing <= left.keys(), where
            delete(world, Calls())
            assert world.secrets == {}, where
        assert WebhookEndpoints(world.real).of("acme") == (), where
        assert create(world, Calls()) not in left.values(), (
            f"{where}: a secret that is left never signs again"
        )


@pytest.mark.parametrize("begin", [with_endpoint, with_old_rotation])
def test_a_deletion_that_is_repeated_leaves_no_secret_wherever_the_first_was_struck(
    begin: Callable[[], World],
) -> None:
    endpoint = of(begin()).id
    for where, world in struck(begin, delete):
        world.webhooks(Calls()).endpoints.delete(ACME, endpoint)
        assert world.secrets == {}, where


def ended() -> World:
    """A job of a tenant with an endpoint has ended, and nobody was told."""
    world = with_endpoint()
    world.submit(Calls(), webhook_url=None)
    world.notify(Calls())
    world.work(Calls(), A)
    return world


def test_whatever_becomes_of_the_notifier_each_endpoint_hears_of_the_end() -> None:
    for where, world in struck(ended, World.notify):
        for _ in range(2):
            world.clock.forward(LEASE + GRACE + 1)
            world.sweep(Calls())
            world.notify(Calls())
        (job,) = world.jobs()
        assert world.queues.messages[NOTICES] == [], where
        assert set(world.posted) == {f"msg_{job.id}_1_{of(world).id}"}, where
        assert len(world.posted) <= 2, where
        attempts = CustomerJobs(world.real).deliveries(job.id)
        assert {one.endpoint for one in attempts if one.delivered} == {of(world).id}, where


def test_a_test_that_is_asked_for_arrives_and_says_so() -> None:
    def ask(world: World, calls: Calls) -> str:
        return world.webhooks(calls).deliveries.test(ACME, of(world).id, key="test-1")

    def ask_and_send(world: World, calls: Calls) -> None:
        ask(world, Calls())
        world.notify(calls)

    for act in (ask, ask_and_send):
        for where, world in struck(with_endpoint, act):
            webhook_id = ask(world, Calls())
            for _ in range(2):
                world.clock.forward(LEASE + GRACE + 1)
                world.notify(Calls())
            assert set(world.posted) == {webhook_id}, where
            test = of(world).last_test
            if test is None:
                # The note was in trouble after the receiver had said yes; it is not sent again for that.
                assert "'get'" in where or "'put'" in where, where
                continue
            assert (test.webhook_id, test.error) == (webhook_id, None), where
