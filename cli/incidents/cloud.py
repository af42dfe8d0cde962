"""The stack that incidents are played on, as its operator and a customer see it, and its minutes."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from clipit_client import Client
from clipit_client.retries import RETRIES
from pydantic import JsonValue

from cli.exits import CommandError, Exit
from cli.incidents import pages
from cli.incidents.pages import INDEX, Line, Page
from cli.incidents.shell import Shell
from cli.renders.api import calling
from local.emulator.cloudwatch.minutes import NEAR
from local.emulator.connection import Connection
from local.stack.runner import LocalStack

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef

FLEET, TENANT = "cpu", "incidents"
WAIT_OBJECTIVE_S = 10
"""Of the fleet: more than a boot takes."""
HANGS_S = 600.0
"""What has not happened by then hangs. No deadline: alarms are waited for in minutes of the stack."""
_DEPLOYED_S, _POLL_S = 300.0, 0.2
ARRIVAL_MINUTES = 2
"""Within these a log line has arrived: an agent sends its lines once a minute."""
_FLOOR = 20
"""What a long window needs at least."""


def composition(seconds: float) -> Mapping[str, JsonValue]:
    """A composition of a small video that is so long."""
    return {
        "version": 1,
        "width": 320,
        "height": 180,
        "rate": 25,
        "background": "#101020",
        "scenes": [{"duration_s": seconds, "background": "#102030"}],
    }


def misses(values: Sequence[float], objective: float, share: float) -> bool:
    """Whether more than a share of enough values miss an objective."""
    return len(values) >= _FLOOR and sum(value > objective for value in values) > share * len(values)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A command that was typed, and how what it printed differs from what its page says."""

    page: str
    line: str
    """As the page has it."""
    command: str
    printed: str
    mismatch: str
    diagnosing: bool = False
    """It looks for the cause, and mends nothing."""


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A deployed stack, an operator's shell and a customer's key."""

    stack: LocalStack
    shell: Shell
    settings: Path
    key: str
    heard_at: str
    """The queue that listens to the topics of alarms."""
    known: dict[str, str] = field(default_factory=dict)
    """What stands for placeholders of the pages in this incident."""
    typed: list[Compared] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    """Minutes without data that CloudWatch was given, each time."""

    @property
    def connection(self) -> Connection:
        """The emulated AWS."""
        return self.stack.connection

    @property
    def minutes(self) -> int:
        """How many minutes of the stack are over, with those that were skipped."""
        return self.stack.minutes.number + sum(self.skipped)

    def skip(self, minutes: int, *, behind: int | None = None) -> None:
        """Let hours without data pass: what was measured by the minute `behind`, or now, lies before them."""
        last = (self.minutes if behind is None else behind) + NEAR + 1
        self.until("minutes that alarms on silence look at", lambda: self.minutes >= last)
        self.connection.skip_minutes(minutes)
        self.skipped.append(minutes)

    def name(self, *parts: str) -> str:
        """The physical name of a resource."""
        return "-".join(("clip-it", "local", *parts))

    def states(self) -> Mapping[str, str]:
        """The states of the alarms of this stack by their names."""
        shown = self.connection.cloudwatch().describe_alarms(
            AlarmNamePrefix=self.name(""), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        return {one["AlarmName"]: one["StateValue"] for one in shown["MetricAlarms"]} | {
            one["AlarmName"]: one["StateValue"] for one in shown["CompositeAlarms"]
        }

    def measured(self, namespace: str, metric: str, since: datetime, **dimensions: str) -> list[float]:
        """The highest value of a metric in each second that has one, and how many values there were."""
        named: list[DimensionTypeDef] = [{"Name": key, "Value": one} for key, one in dimensions.items()]
        points = self.connection.cloudwatch().get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=named,
            StartTime=since,
            EndTime=datetime.now(UTC) + timedelta(seconds=1),
            Period=1,
            Statistics=["Maximum", "SampleCount"],
        )["Datapoints"]
        return [point["Maximum"] for point in points for _ in range(int(point["SampleCount"]))]

    def letters(self, queue: str) -> int:
        """How many messages lie in a queue."""
        sqs = self.connection.sqs()
        url = sqs.get_queue_url(QueueName=self.name(queue))["QueueUrl"]
        shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(shown["Attributes"]["ApproximateNumberOfMessages"])

    @contextmanager
    def customer(self, *, retries: int = RETRIES) -> Iterator[Client]:
        """A customer's client."""
        self.until("the API answers", lambda: self.stack.api_url() is not None)
        with calling(self.stack.api_url() or "", self.key, retries=retries) as client:
            yield client

    def submit(self, *, seconds: float = 1.0, webhook_url: str | None = None) -> str:
        """Submit a small render of a video that is so long; returns its id."""
        with self.customer() as client:
            return client.renders.create(composition=composition(seconds), webhook_url=webhook_url).id

    def open_shell(self, function: str) -> None:
        """Open the shell as the index says, once, and name the function of an alarm."""
        if self.shell.fresh:
            self.shell.type(pages.shell(FLEET, function), deadline_s=_DEPLOYED_S)
            self.shell.fresh = False
        self.shell.type(f"export FUNCTION={function}")

    def until(self, what: str, ready: Callable[[], bool], minutes: int | None = None) -> None:
        """Wait until something is so, for so many minutes of the stack, or as long as nothing hangs.

        Raises:
            CommandError: It is not.
        """
        began, last = time.monotonic(), None if minutes is None else self.minutes + minutes
        while True:
            # Asked first: whatever happened by the end of the last minute is seen below.
            late = time.monotonic() > began + HANGS_S if last is None else self.minutes >= last
            if ready():
                return
            if late:
                within = f"{HANGS_S:.0f} s" if minutes is None else f"{minutes} minutes of the stack"
                raise CommandError(f"{what}: not within {within}", Exit.TOO_LATE)
            self.stack.check()
            time.sleep(_POLL_S)

    def is_in(self, alarm: str, state: str) -> bool:
        """Whether an alarm, given without the name of the stack, is in a state."""
        return self.states()[self.name(alarm)] == state

    def until_ok(self, alarm: str) -> None:
        """Wait until an alarm, given without the name of the stack, is over."""
        self.until(f"{alarm} is over", lambda: self.is_in(alarm, "OK"))

    def heard(self) -> list[tuple[str, str]]:
        """The notifications since the last look: alarms and their new states."""
        sqs, found = self.connection.sqs(), []
        while messages := sqs.receive_message(QueueUrl=self.heard_at, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                notification = json.loads(json.loads(message["Body"])["Message"])
                found.append((str(notification["AlarmName"]), str(notification["NewStateValue"])))
                sqs.delete_message(QueueUrl=self.heard_at, ReceiptHandle=message["ReceiptHandle"])
        return found

    def follow(self, page: str, beginning: str, having: str = "") -> None:
        """Type the command of a page that begins so, and compare what it prints."""
        self.type(page, Page.read(page).command(beginning, having))

    def type(
        self, page: str, line: Line, *, diagnosing: bool = False, deadline_s: float = _DEPLOYED_S
    ) -> str:
        """Type a command of a page and compare what it prints; returns that.

        One that only reads is repeated for some minutes, as an operator does: log lines arrive late.
        """
        last = self.minutes + ARRIVAL_MINUTES
        while True:
            typed = self.shell.type(line.filled(self.known).text, deadline_s=deadline_s)
            mismatch = line.mismatch(typed.printed)
            if typed.code and not mismatch:
                mismatch = f"{typed.command!r} ended with {typed.code}: {typed.printed[-300:]}"
            now = self.minutes
            if not mismatch or not line.reads or now >= last:
                break
            self.until("the next minute", partial(self._is_after, now))
        self.typed.append(
            Compared(
                page=page,
                line=line.text,
                command=typed.command,
                printed=typed.printed,
                mismatch=mismatch,
                diagnosing=diagnosing,
            )
        )
        return typed.printed

    def _is_after(self, minute: int) -> bool:
        return self.minutes > minute

    def deploy(self) -> None:
        """What the pages call *deploy*; its questions are answered."""
        self.follow(INDEX, "pulumi up")
        self.follow(INDEX, "replaced")
        self.follow(INDEX, "clipit smoke")
