"""Plays customers and faults on a local stack of its own, and judges what became of the renders."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from clipit_client import ClipItError

from cli.incidents.opening import deployed
from cli.keys.tenants import Tenants
from cli.webhooks.secrets import WebhookSecrets
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.store.table import Table
from local.stack.deployed import operator_variables
from local.stack.runner import LocalStack
from tests.handlers.life.chaos.customers import TENANTS
from tests.handlers.life.chaos.judging import Played
from tests.handlers.life.chaos.play import CALM_FROM
from tests.handlers.life.stack_chaos.customers import Customers
from tests.handlers.life.stack_chaos.faults import Faults
from tests.handlers.life.stack_chaos.judge import Facts, judged
from tests.handlers.life.stack_chaos.receiver import Receiver, receiving
from tests.handlers.life.stack_chaos.seeing import Eyes
from tests.handlers.life.stack_chaos.watching import Watching

PACE: Final = 12.0
"""The sweeper comes every 5 s in place of every minute: it repairs what was lost, once for each attempt."""
CHANGES: Final[Mapping[str, object]] = {"clip-it:fleets": {"cpu": {"maximum": 4, "tenant_maximum": 4}}}
"""More instances than those of the local stack, so that some are left while others are killed."""
REST_S: Final = 1800.0
"""Within these after the last submission everything has ended that ever ends."""
LOOK_S: Final = 5.0

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stack with tenants' programs, a receiver and a witness."""

    stack: LocalStack
    eyes: Eyes
    receiver: Receiver
    watching: Watching
    customers: Customers


def play(seed: int, renders: int, *, quiet: bool, say: Say) -> Played:
    """Submit so many renders, under the faults that the seed draws unless it is quiet, and wait for all."""
    with _stage(seed, say) as stage:
        witness = stage.watching.witness
        faults = Faults(stage.stack, seed, unwell=witness.unwell, outages=witness.outages)
        say(f"submitting {renders} renders")
        stage.customers.start(renders)
        if not quiet:
            faults.start()
        _until_most_have_ended(stage, renders, say)
        faults.end()
        say("no more faults; waiting for what is left")
        facts = _rested(stage, say)
        stage.watching.end()
        told = Played(
            seed=seed,
            batches=stage.customers.batches,
            asked_again=stage.customers.asked_again,
            digest="none" if quiet else faults.digest,
            mistakes=[*stage.customers.mistakes, *witness.mistakes],
        )
        met = {
            **faults.counts,
            **{f"calls hit: {kind}": many for kind, many in stage.stack.connection.hit_by_spells().items()},
        }
        told.faults = dict(sorted(met.items()))
        return judged(facts, told, renders)


def _until_most_have_ended(stage: Stage, renders: int, say: Say) -> None:
    ended, ends_by = stage.watching.witness.ended, time.monotonic() + REST_S
    while time.monotonic() < ends_by:
        if stage.customers.ended and len(ended) >= CALM_FROM * renders:
            break
        _wait(stage, say)
    stage.customers.stop.set()


def _rested(stage: Stage, say: Say) -> Facts:
    """What there is once all is at rest, or can no longer be waited for.

    The witness and the receiver are asked first: a look at everything keeps the emulated AWS busy.
    """
    ended, ends_by = stage.watching.witness.ended, time.monotonic() + REST_S
    letters = set[str]()
    while True:
        late = time.monotonic() > ends_by
        wanted = len(stage.customers.accepted)
        if not late and (len(ended) < wanted or len(stage.receiver.posted) < wanted):
            _wait(stage, say)
            continue
        with suppress(*(() if late else (BotoCoreError, ClientError, ClipItError, TryAgainLater))):
            facts = stage.eyes.facts(stage.receiver.bodies(), ended)
            letters |= set(facts.letters)
            facts = facts.with_letters(letters)
            if late or facts.at_rest:
                return facts
        _wait(stage, say)


def _wait(stage: Stage, say: Say) -> None:
    time.sleep(LOOK_S)
    stage.stack.check()
    accepted, ended = len(stage.customers.accepted), len(stage.watching.witness.ended)
    say(f"{accepted} accepted, {ended} ended, {len(stage.receiver.posted)} webhooks")


@contextmanager
def _stage(seed: int, say: Say) -> Iterator[Stage]:
    with deployed(say, CHANGES, pace=PACE) as found, receiving(seed) as receiver:
        stack, given = found.stack, operator_variables(found.stack.connection)
        secrets = WebhookSecrets(stack.connection.ssm(), given["CLIPIT_WEBHOOK_SECRET_PREFIX"])
        tenants = Tenants(Table(stack.connection.dynamodb(), given["CLIPIT_TABLE"]))
        customers = Customers(
            api_url=stack.api_url,
            keys={tenant: tenants.create(tenant, secrets).key for tenant in TENANTS},
            webhook_url=receiver.url,
            seed=seed,
        )
        watching = Watching(stack.connection, given["CLIPIT_TABLE"])
        watching.start()
        eyes = Eyes(stack=stack, table=given["CLIPIT_TABLE"], customers=customers)
        yield Stage(stack=stack, eyes=eyes, receiver=receiver, watching=watching, customers=customers)
