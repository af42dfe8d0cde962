"""Checks that the table, the buckets and the queues answer: all at once, with a short timeout, and rarely."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from handlers.job_server.aws import Buckets
from handlers.jobs.errors import TryAgainLater, calling
from handlers.jobs.store import keys
from handlers.jobs.store.table import Table

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ANSWER_SECONDS = 3.0
"""The caller does not wait for the retries of a client."""

IMPATIENT = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "max_attempts": 1})
"""Connections of the client that asks the queues."""

REMEMBER_SECONDS = 1.0
"""The route needs no key, so it must not let anybody cause a flood of calls to AWS."""


Probe = Callable[[], object]


def probes(table: Table, buckets: Buckets, sqs: "SQSClient", urls: Mapping[str, str]) -> dict[str, Probe]:
    """A cheap call to each dependency, by the dependency's name."""
    queues = {
        f"queue of {fleet}": partial(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["QueueArn"])
        for fleet, url in urls.items()
    }
    return {
        "table": lambda: table.get(keys.api_key("readiness")),
        "buckets": lambda: buckets.holds("readiness"),
        **queues,
    }


class Reachable:
    """Asks every dependency for a sign of life, each in a thread of its own.

    A dependency that has not answered yet is not asked again, so one that hangs takes no other's thread.
    """

    def __init__(
        self,
        probes: Mapping[str, Probe],
        *,
        answer_seconds: float = ANSWER_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._probes, self._answer_seconds, self._clock = probes, answer_seconds, clock
        self._threads = ThreadPoolExecutor(len(probes), thread_name_prefix="readiness")
        self._asking = Lock()
        self._asked: dict[str, Future[bool]] = {}
        self._heard: tuple[float, list[str]] | None = None

    def unreachable(self) -> list[str]:
        """The names of dependencies that do not answer."""
        with self._asking:
            if self._heard is None or self._clock() - self._heard[0] >= REMEMBER_SECONDS:
                silent = self._ask()
                self._heard = (self._clock(), silent)
            return self._heard[1]

    def _ask(self) -> list[str]:
        hanging = {name: asked for name, asked in self._asked.items() if not asked.done()}
        self._asked = hanging | {
            name: self._threads.submit(_answers, name, probe)
            for name, probe in self._probes.items()
            if name not in hanging
        }
        wait(self._asked.values(), timeout=self._answer_seconds)
        return [name for name in self._probes if not _has_answered(self._asked[name])]


def _has_answered(asked: Future[bool]) -> bool:
    return asked.done() and asked.result()


def _answers(name: str, probe: Probe) -> bool:
    try:
        with calling(f"probe {name}"):
            probe()
    except (TryAgainLater, BotoCoreError, ClientError):
        return False
    return True
