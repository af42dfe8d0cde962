"""Lambda: called by the schedule, once a minute."""

import os
import time
from collections import Counter
from functools import cache
from typing import TypedDict

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.jobs.client_config import client_config
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.messages.webhooks import Webhooks
from handlers.jobs.store.customers.asset_deletions import PendingAssetDeletions
from handlers.jobs.store.customers.deletions import PendingDeletions
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.table import connect
from handlers.jobs.tracing import log_fields
from handlers.sweeper import aws
from handlers.sweeper.aws import BucketFiles, FleetDeadLetters, FleetQueues
from handlers.sweeper.service import Rules, Sweeper, Swept
from handlers.sweeper.settings import Settings, read
from handlers.telemetry import powertools
from handlers.telemetry.metrics import LEASES_EXPIRED, RENDERS_ENDED, SENT_AGAIN, SWEEPS_POSTPONED
from handlers.telemetry.outcomes import outcome_of

ACTIONS = aws.ACTIONS
RESERVE_SECONDS = 25
"""The sweep starts no job with less time left: a call that hangs ends after three tries of 8 s."""
MISTAKES_LOGGED = 100
"""Complaints of one sweep: at 300 characters each they fit into one log event with all job ids."""

logger = Logger(service="sweeper")


class SweepIncompleteError(Exception):
    """An operator must act: the text names each job or item, and what is wrong with it."""


class Answer(TypedDict):
    """The result of a sweep."""

    returned: int
    ended: int
    sent_again: int
    dead_letters: int
    webhooks: int
    erased: int
    left: list[str]


@cache
def _deployed() -> tuple[Settings, Sweeper]:
    """Built at the first invocation of an execution environment, and kept for later ones."""
    settings = read(os.environ)
    table = connect(settings.table, settings.region)
    sqs = boto3.client("sqs", region_name=settings.region, config=client_config())
    s3 = boto3.client("s3", region_name=settings.region, config=client_config())
    sweeper = Sweeper(
        store=OverdueJobs(table),
        deletions=PendingDeletions(table),
        asset_deletions=PendingAssetDeletions(table),
        files=BucketFiles(s3, inputs=settings.inputs_bucket, outputs=settings.outputs_bucket),
        queue=FleetQueues(sqs, DispatchMarks(table), settings.queue_urls),
        letters=FleetDeadLetters(DeadLetters(sqs, table), settings.dead_letter_urls),
        webhooks=Webhooks(sqs, table, settings.notification_queue_url),
        rules=Rules(
            attempt_limit=settings.attempt_limit, dispatch_grace_seconds=settings.dispatch_grace_seconds
        ),
        removed=settings.removed_fleets,
    )
    return settings, sweeper


def handler(event: dict[str, object], context: LambdaContext) -> Answer:
    """Run one sweep; anything that could not be done fails the invocation, so that the alarm rings.

    Raises:
        SweepIncompleteError: Something remains that no later sweep can repair.
        TryAgainLater: AWS was busy; the next sweep continues.
    """
    del event
    settings, sweeper = _deployed()

    def in_time() -> bool:
        return context.get_remaining_time_in_millis() >= RESERVE_SECONDS * 1000

    try:
        swept = sweeper.sweep(sorted(settings.queue_urls), now=round(time.time(), 3), in_time=in_time)
    except Exception:
        logger.exception("sweep_failed", extra={"environment": settings.environment})
        raise
    _record(swept, settings)
    if swept.mistakes:
        raise SweepIncompleteError("; ".join(swept.mistakes)[:1000])
    if swept.postponed:
        raise TryAgainLater(f"{len(swept.postponed)} jobs could not be repaired: AWS is busy or unreachable")
    return Answer(
        returned=len(swept.returned),
        ended=len(swept.ended),
        sent_again=len(swept.sent_again),
        dead_letters=len(swept.dead_letters),
        webhooks=len(swept.webhooks),
        erased=len(swept.erased),
        left=swept.left,
    )


def _record(swept: Swept, settings: Settings) -> None:
    logger.info(
        "swept",
        extra={
            "environment": settings.environment,
            "returned": swept.returned,
            "ended": swept.ended,
            "sent_again": swept.sent_again,
            "dead_letters": swept.dead_letters,
            "webhooks": swept.webhooks,
            "erased": swept.erased,
            "postponed": swept.postponed,
            "mistakes": swept.mistakes[:MISTAKES_LOGGED],
            "left": swept.left,
        },
    )
    for job in swept.jobs.values():
        if repairs := swept.repairs(job.id):
            logger.info("job_repaired", extra={**log_fields(job), "repairs": repairs})
    counts = {
        LEASES_EXPIRED: len(swept.returned) + len(swept.ended),
        SENT_AGAIN: len(swept.sent_again),
        SWEEPS_POSTPONED: len(swept.postponed),
    }
    powertools.send(counts, environment=settings.environment)
    ended = Counter((job.fleet, outcome_of(job)) for job in map(swept.jobs.__getitem__, swept.ended))
    for (fleet, outcome), count in ended.items():
        if outcome:
            powertools.send(
                {RENDERS_ENDED: count}, environment=settings.environment, fleet=fleet, outcome=outcome.value
            )
