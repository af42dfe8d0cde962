"""How trouble is waited out: bounded, growing, spread, logged, and shorter in a hurry."""

import io
import json
from random import Random

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from handlers.jobs.errors import TryAgainLater
from handlers.render_agent.logs import EventLog
from handlers.render_agent.orders import LeaveReason, Orders
from handlers.render_agent.retrying import Retries

REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "secret"}}, "GetItem")


class Trial:
    """A retries whose pauses are only written down."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.pauses: list[float] = []
        self.orders = Orders(sleep=lambda _: None)
        self.retries = Retries(
            event_log=EventLog(stream=self.stream, now=lambda: 1.0),
            pause=self.pauses.append,
            hurried=lambda: self.orders.urgent,
            random=Random(7),  # noqa: S311 - jitter
        )

    def insist(self, *errors: Exception) -> str:
        waiting = list(errors)

        def action() -> str:
            if waiting:
                raise waiting.pop(0)
            return "done"

        return self.retries.insist("ask", action)


def test_trouble_of_every_kind_is_waited_out() -> None:
    trial = Trial()
    assert trial.insist(TryAgainLater("away"), REFUSED, NoCredentialsError()) == "done"
    lines = [json.loads(line) for line in trial.stream.getvalue().splitlines()]
    assert [line["tries"] for line in lines] == [1, 2, 3]
    assert lines[1]["error"] == "AccessDenied on GetItem"
    assert "secret" not in trial.stream.getvalue()


def test_pauses_grow_up_to_a_limit_and_are_spread() -> None:
    trial = Trial()
    seconds = [trial.retries.seconds_before(number) for number in range(1, 12)]
    assert all(
        0.5 * full <= pause <= full
        for pause, full in zip(seconds, [0.5, 1, 2, 4, 8, 16, 20, 20, 20, 20, 20], strict=True)
    )
    assert len(set(seconds)) == len(seconds)


def test_after_the_last_try_the_trouble_is_told() -> None:
    trial = Trial()
    with pytest.raises(TryAgainLater, match="ask: AccessDenied"):
        trial.insist(*[REFUSED] * 6)
    assert len(trial.pauses) == 5


def test_an_urgent_order_cuts_the_tries_short() -> None:
    trial = Trial()
    trial.orders.leave(LeaveReason.SIGNAL)
    with pytest.raises(TryAgainLater):
        trial.insist(*[REFUSED] * 3)


def test_a_mistake_is_no_trouble() -> None:
    with pytest.raises(KeyError):
        Trial().insist(KeyError("name"))


def test_a_pause_ends_when_an_urgent_order_comes_in() -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            orders.leave(LeaveReason.SPOT)

    orders = Orders(sleep=sleep)
    orders.pause(10)
    assert len(slept) == 3
