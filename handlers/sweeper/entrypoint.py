"""Lambda: called by the schedule, once a minute."""

import os
import time
from functools import cache
from typing import TypedDict

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.dead_letters import connect_dead_letters
from handlers.jobs.messages.render_queue import connect_dispatcher
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.overdue_jobs import OverdueJobs
from handlers.jobs.store.table import connect
from handlers.sweeper import aws
from handlers.sweeper.aws import FleetDeadLetters, FleetQueues
from handlers.sweeper.service import Rules, Sweeper, Swept
from handlers.sweeper.settings import Settings, read

ACTIONS = aws.ACTIONS

logger = Logger(service="sweeper")


class SweepIncompleteError(Exception):
    """An operator must look: the text names each job or item, and what is wrong with it."""


class Answer(TypedDict):
    """What the sweep came to."""

    returned: int
    ended: int
    sent_again: int
    dead_letters: int


@cache
def _deployed() -> tuple[Settings, Sweeper]:
    """Built at the first call of a copy, kept for all others."""
    settings = read(os.environ)
    table = connect(settings.table, settings.region)
    queue = FleetQueues(connect_dispatcher(settings.region), DispatchMarks(table), settings.queue_urls)
    letters = FleetDeadLetters(connect_dead_letters(table, settings.region), settings.dead_letter_urls)
    rules = Rules(
        attempt_limit=settings.attempt_limit, dispatch_grace_seconds=settings.dispatch_grace_seconds
    )
    return settings, Sweeper(OverdueJobs(table), queue, letters, rules)


def handler(event: dict[str, object], context: LambdaContext) -> Answer:
    """One sweep; what could not be done fails the invocation, so that the alarm sees it.

    Raises:
        SweepIncompleteError: something is lying that no further sweep can put right.
        TryAgainLater: AWS was busy; the next sweep goes on where this one ended.
    """
    del event, context
    settings, sweeper = _deployed()
    try:
        swept = sweeper.sweep(settings.queue_urls, now=round(time.time(), 3))
    except Exception:
        logger.exception("sweep_failed", extra={"environment": settings.environment})
        raise
    _record(swept, settings)
    if swept.mistakes:
        raise SweepIncompleteError("; ".join(swept.mistakes)[:1000])
    if swept.postponed:
        raise TryAgainLater(
            f"{len(swept.postponed)} jobs could not be put right: AWS is busy or out of reach"
        )
    return Answer(
        returned=len(swept.returned),
        ended=len(swept.ended),
        sent_again=len(swept.sent_again),
        dead_letters=len(swept.dead_letters),
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
            "postponed": swept.postponed,
            "mistakes": swept.mistakes,
            "traces": swept.traces,
        },
    )
    metrics = Metrics(namespace="ClipIt", service="sweeper")
    metrics.set_default_dimensions(environment=settings.environment)
    metrics.add_metric(
        name="LeasesExpired", unit=MetricUnit.Count, value=len(swept.returned) + len(swept.ended)
    )
    metrics.add_metric(name="MessagesSentAgain", unit=MetricUnit.Count, value=len(swept.sent_again))
    metrics.add_metric(name="DeadLettersLeft", unit=MetricUnit.Count, value=len(swept.dead_letters))
    metrics.add_metric(name="SweepsPostponed", unit=MetricUnit.Count, value=len(swept.postponed))
    metrics.flush_metrics()
