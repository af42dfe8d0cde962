"""Lambda: called with batches of the table's stream, and by the schedule."""

import os
import time
from dataclasses import dataclass
from functools import cache
from typing import TypedDict

from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.jobs.store.table import connect as connect_table
from handlers.scaler import aws, state_store
from handlers.scaler.aws import AwsFleet, FleetResources, connect
from handlers.scaler.decision.history import News
from handlers.scaler.service import scale
from handlers.scaler.settings import Settings, read
from handlers.scaler.state_store import TableStateStore
from handlers.scaler.stream import Record, batch_name, news_of
from handlers.scaler.telemetry import Telemetry, logger

ACTIONS = aws.ACTIONS | state_store.ACTIONS


class Wake(TypedDict, total=False):
    """What wakes the scaler: a stream batch, or anything else for the schedule."""

    Records: list[Record]


class Answer(TypedDict):
    """What the pass came to."""

    desired: int
    reason_code: str
    reason: str


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
def _deployed() -> tuple[Settings, AwsFleet, Telemetry]:
    """Built at the first invocation of an execution environment, and kept for later ones."""
    settings = read(os.environ)
    table = connect_table(settings.table, settings.region)
    resources = FleetResources(
        fleet=settings.fleet,
        group=settings.group,
        launch_hook=settings.launch_hook,
        terminate_hook=settings.terminate_hook,
        queue_url=settings.queue_url,
    )
    fleet = connect(resources, table, settings.region)
    return settings, fleet, Telemetry(store=TableStateStore(table, settings.fleet), settings=settings)


def handler(event: Wake, context: LambdaContext) -> Answer:
    """One pass; whatever goes wrong fails the invocation: the alarm sees it and the batch comes again."""
    del context
    settings, fleet, telemetry = _deployed()
    try:
        news = StreamNews(records=event.get("Records", []), settings=settings)
        done = scale(fleet, telemetry, news, settings.limits, round(time.time(), 3))
        telemetry.outcome(done)
        done.check()
    except Exception:
        logger.exception("scaler_pass_failed", extra={"fleet": settings.fleet})
        raise
    return Answer(
        desired=done.decision.desired,
        reason_code=done.decision.code.value,
        reason=done.decision.reason,
    )
