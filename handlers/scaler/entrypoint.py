"""Lambda: called with batches of the table's stream, and by the schedule."""

import os
import time
from dataclasses import dataclass
from functools import cache
from typing import TypedDict

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.jobs.table import connect as connect_table

from . import aws, ledger
from .aws import AwsFleet, Place, connect
from .codec import to_json
from .history import News
from .ledger import TableLedger
from .memory import Breaker, Circuit
from .service import Pass, scale
from .settings import Settings, read
from .stream import Record, batch_name, news_of

ACTIONS = aws.ACTIONS | ledger.ACTIONS

logger = Logger(service="scaler")


class Wake(TypedDict, total=False):
    """What wakes the scaler: a stream batch, or anything else for the schedule."""

    Records: list[Record]


class Answer(TypedDict):
    """What the pass came to."""

    desired: int
    reason_code: str
    reason: str
    next_look_s: float


@dataclass(frozen=True, kw_only=True)
class StreamNews:
    """A stream batch as news about one fleet."""

    records: list[Record]
    settings: Settings

    @property
    def batch(self) -> str:
        """The batch by its sequence numbers."""
        return batch_name(self.records)

    def read(self) -> News:
        """The batch's jobs."""
        return news_of(self.records, self.settings.fleet)


@cache
def _deployed() -> tuple[Settings, AwsFleet, TableLedger]:
    """Built at the first call of a copy, kept for all others."""
    settings = read(os.environ)
    table = connect_table(settings.table, settings.region)
    place = Place(fleet=settings.fleet, group=settings.group, queue_url=settings.queue_url)
    fleet = connect(place, table, settings.region)
    return settings, fleet, TableLedger(table, settings.fleet)


def handler(event: Wake, context: LambdaContext) -> Answer:
    """One pass; whatever goes wrong fails the invocation: the alarm sees it and the batch comes again."""
    del context
    settings, fleet, book = _deployed()
    try:
        # One record of everything that can be replayed: `clipit simulate --replay` reads it from the log.
        news = StreamNews(records=event.get("Records", []), settings=settings)
        done = scale(fleet, book, news, settings.limits, time.time())
    except Exception:
        logger.exception("scaler_pass_failed", extra={"fleet": settings.fleet})
        raise
    _record(done, settings)
    done.check()
    return Answer(
        desired=done.decision.desired,
        reason_code=done.decision.code.value,
        reason=done.decision.reason,
        next_look_s=done.decision.next_look_s,
    )


def _record(done: Pass, settings: Settings) -> None:
    logger.info(
        "scaler_decided",
        extra={
            "fleet": settings.fleet,
            "environment": settings.environment,
            "limits": to_json(settings.limits),
            "snapshot": to_json(done.snapshot),
            "decision": to_json(done.decision),
            "drained": list(done.drained),
            "spared": list(done.spared),
        },
    )
    metrics = Metrics(namespace="ClipIt", service="scaler")
    metrics.set_default_dimensions(environment=settings.environment, fleet=settings.fleet)
    metrics.add_metric(name="DesiredCapacity", unit=MetricUnit.Count, value=done.decision.desired)
    metrics.add_metric(name="QueuedJobs", unit=MetricUnit.Count, value=done.snapshot.queued)
    metrics.add_metric(name="OldestQueuedJobAge", unit=MetricUnit.Seconds, value=done.snapshot.oldest_s)
    open_breakers = [breaker for breaker in _breakers(done) if breaker.circuit is not Circuit.CLOSED]
    metrics.add_metric(name="OpenBreakers", unit=MetricUnit.Count, value=len(open_breakers))
    if done.age_s is not None:
        metrics.add_metric(name="SecondsSinceLastLook", unit=MetricUnit.Seconds, value=done.age_s)
    metrics.flush_metrics()


def _breakers(done: Pass) -> tuple[Breaker, ...]:
    memory = done.decision.memory
    return memory.capacity, memory.fleet, memory.spot
