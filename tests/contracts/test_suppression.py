"""While the alarm that explains it rings, a page stays silent; it comes once that is over and it still burns.

The program's own alarms, judged minute by minute by the CloudWatch of the local stack.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto import mock_aws
from moto.cloudwatch.models import cloudwatch_backends

from local.emulator import extensions
from local.emulator.cloudwatch import alarms
from local.emulator.cloudwatch.composites import parse
from local.emulator.cloudwatch.minutes import MINUTE_S, Minutes
from local.emulator.cloudwatch.series import Metric, Sample, store_of
from local.provider.types import cloudwatch, cloudwatch_composites
from local.provider.types.aws import ACCOUNT, Boto
from local.provider.types.props import Props
from tests.contracts.runbooks import ALARM

COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
REGION = "eu-central-1"
BEGAN = 1_900_000_020.0
BREAKS, MENDED, ENDS = 10, 20, 70
"""The minutes in which an outage begins, halfway through, and is over, and when nobody looks any more."""
EVENTS = 40
"""In each half of a minute: more than the floor of an hour within the outage."""


@dataclass
class CloudWatch:
    """The alarms of a stack, and whom they tell what in which minute."""

    told: list[tuple[int, str, str]] = field(default_factory=list)
    minutes: Minutes = field(default_factory=Minutes)

    @property
    def minute(self) -> int:
        return int(self.minutes.now / MINUTE_S)

    def hear(self, _backend: object, alarm: Any, _before: str) -> None:
        self.told.append((self.minute, alarm.name, alarm.state_value))

    def heard(self, name: str) -> list[tuple[int, str]]:
        """In which minutes since the outage began an alarm has told what."""
        return [(minute, state) for minute, told, state in self.told if told == name and minute > BREAKS]

    def metrics(self, name: str) -> dict[str, Metric]:
        """What an alarm measures, by the names of its metrics."""
        alarm = cloudwatch_backends[ACCOUNT][REGION].alarms[name]
        queries, _ = alarms.queries_of(alarm)
        return {query.metric.name: query.metric for query in queries if query.metric}

    def put(
        self, metric: Metric, value: float, *, halves: tuple[int, ...] = (0, 1), count: float = 1
    ) -> None:
        """Measure in halves of the minute that is under way."""
        for half in halves:
            at = BEGAN + (self.minute + half / 2) * MINUTE_S
            store_of(ACCOUNT, REGION).put(metric, Sample.of(at, value, count))

    def end_minute(self) -> None:
        self.minutes.end(BEGAN + (self.minute + 1) * MINUTE_S)
        alarms.tick(self.minutes)


def whole(value: Any) -> Any:
    """Numbers as the provider gets them: the SDK's are all floats."""
    match value:
        case dict():
            return {key: whole(one) for key, one in value.items()}
        case list():
            return [whole(one) for one in value]
        case float() if value.is_integer():
            return int(value)
    return value


@pytest.fixture
def deploy(program: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], CloudWatch]]:
    """Puts a page, the alarms of its rule and the one that explains it."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    deployed = program("local")
    extensions.install_all()

    def put(page: str) -> CloudWatch:
        stack, aws = CloudWatch(), Boto(endpoint=f"https://monitoring.{REGION}.amazonaws.com", region=REGION)
        (given,) = [one.inputs for one in deployed.of(COMPOSITE) if one.inputs["alarmName"] == page]
        named = {name for _, name in parse(given["alarmRule"]).tests} | {given["actionsSuppressor"]["alarm"]}
        for one in deployed.of(ALARM):
            if one.inputs["name"] in named:
                cloudwatch.TYPES[ALARM].create(aws, Props(whole(one.inputs)))
        cloudwatch_composites.TYPES[COMPOSITE].create(aws, Props(whole(given)))
        monkeypatch.setattr(alarms, "act", stack.hear)
        return stack

    with mock_aws():
        yield put


def play(stack: CloudWatch, burns: str, good: dict[str, float], bad: dict[str, float], explains: str) -> None:
    """An outage: from the same second on an objective's events are bad and what explains it is measured."""
    objective, cause = stack.metrics(burns), stack.metrics(explains)
    (explaining,) = cause.values()
    healthy, broken = (1.0, 0.0) if explaining.name == "HealthyHostCount" else (0.0, 1.0)
    while stack.minute < ENDS:
        begins, fails = stack.minute == BREAKS, BREAKS <= stack.minute < MENDED
        for half in (0, 1):
            is_bad = fails and not (begins and half == 0)
            for name, value in (bad if is_bad else good).items():
                stack.put(objective[name], value, halves=(half,), count=EVENTS)
            stack.put(explaining, broken if is_bad else healthy, halves=(half,))
        stack.end_minute()


@pytest.mark.parametrize(
    ("page", "burns", "good", "bad", "explains"),
    [
        (
            "page-api",
            "availability-1h-ApiObjectives",
            {"RequestCount": 1},
            {"HTTPCode_ELB_503_Count": 1, "HTTPCode_ELB_5XX_Count": 1},
            "ApiWithoutHosts",
        ),
        (
            "page-renders-cpu",
            "cpu-start-1h-RenderObjectives",
            {"RenderWaitSeconds": 0.1},
            {"RenderWaitSeconds": 3600},
            "cpu-scaler-FunctionErrors",
        ),
        (
            "page-webhooks",
            "webhooks-first-try-1h-WebhookObjectives",
            {"WebhookFirstTrySeconds": 0.1},
            {"WebhookFirstTrySeconds": 3600},
            "notifier-FunctionErrors",
        ),
    ],
)
def test_a_page_is_silent_while_what_explains_it_rings_and_comes_when_that_is_over(
    deploy: Callable[[str], CloudWatch],
    page: str,
    burns: str,
    good: dict[str, float],
    bad: dict[str, float],
    explains: str,
) -> None:
    stack = deploy(f"clip-it-local-{page}")
    play(stack, f"clip-it-local-{burns}", good, bad, f"clip-it-local-{explains}")
    rang, over = stack.heard(f"clip-it-local-{explains}")
    said = stack.heard(f"clip-it-local-{page}")
    assert [state for _, state in said] == ["ALARM", "OK"], "the page comes once, because it still burns"
    assert rang[0] <= BREAKS + 4
    assert said[0][0] == over[0] + 3, "after what explains it, and after the extension"
