"""Following a render ends after its end, its webhook and the last log lines, and always."""

from dataclasses import replace

import pytest

from cli.trace.facts import Facts, Line
from cli.trace.following import LATE_LINES_S, NO_TRY_S, settled
from handlers.jobs.model import DeliveryAttempt
from handlers.jobs.states import EventKind, JobState
from handlers.notifier.retry_schedule import backoff_seconds
from tests.cli.trace.story import EVENTS, JOB, RENDER, Aws, T, reading

TOLD = reading(Aws()).of(RENDER)
NO_LINES = replace(TOLD, lines=())


def failing(number: int, after: float, error: str = "answered 503") -> DeliveryAttempt:
    return DeliveryAttempt(number=number, at=T + after, delivered=False, error=error)


def at(facts: Facts, after: float) -> Facts:
    """The same, read at another time."""
    return replace(facts, read_at=T + after)


def without(*events: str) -> Facts:
    return replace(TOLD, lines=tuple(line for line in TOLD.lines if line.event not in events))


def test_a_render_that_has_not_ended_is_not_settled() -> None:
    running = replace(TOLD, job=replace(JOB, state=JobState.RENDERING, finished_at=None))
    assert not settled(at(running, 1e6))


def test_with_its_last_lines_it_is_settled_at_once() -> None:
    assert settled(at(TOLD, 401))


@pytest.mark.parametrize("missing", ["attempt_ended", "webhook_delivered"])
def test_the_last_lines_are_waited_for_and_not_for_ever(missing: str) -> None:
    facts = without(missing)
    assert not settled(at(facts, 400 + LATE_LINES_S - 1))
    assert settled(at(facts, 400 + LATE_LINES_S))


def test_the_lines_of_an_earlier_attempt_are_not_those_of_the_last() -> None:
    earlier = tuple(
        replace(line, fields={**line.fields, "attempt": 1}) if line.event == "attempt_ended" else line
        for line in TOLD.lines
    )
    assert not settled(at(replace(TOLD, lines=earlier), 401))


def test_a_render_without_a_webhook_is_settled_after_its_end() -> None:
    quiet = replace(NO_LINES, job=replace(JOB, webhook_url=None), deliveries=())
    assert not settled(at(quiet, 300 + LATE_LINES_S - 1))
    assert settled(at(quiet, 300 + LATE_LINES_S))


def to_endpoints(*deliveries: DeliveryAttempt, said: tuple[str, str] | None = None) -> Facts:
    """A render whose webhook goes to its tenant's endpoints; the notifier said an event about one of them."""
    event, endpoint = said or ("webhook_queued", None)
    line = Line(at=T + 301, room="notifier", event=event, fields={"endpoint": endpoint})
    told = without("webhook_delivered", "webhook_queued")
    return replace(told, job=replace(JOB, webhook_url=None), deliveries=deliveries, lines=(*told.lines, line))


def test_a_webhook_that_is_queued_for_endpoints_is_waited_for_and_not_for_ever() -> None:
    assert not settled(at(to_endpoints(), 300 + NO_TRY_S - 1))
    assert settled(at(to_endpoints(), 300 + NO_TRY_S))


def test_the_webhook_of_each_endpoint_is_waited_for() -> None:
    arrived = replace(failing(1, 302), delivered=True, error=None, endpoint="we_a")
    failed = replace(failing(2, 303), endpoint="we_b")
    longest = 303 + backoff_seconds(1, 1.0) + NO_TRY_S
    assert not settled(at(to_endpoints(arrived, failed), longest - 1))
    assert settled(at(to_endpoints(arrived, failed), longest))
    now = replace(failing(3, 313), delivered=True, error=None, endpoint="we_b")
    assert settled(at(to_endpoints(arrived, failed, now), 313 + LATE_LINES_S))


@pytest.mark.parametrize(("endpoint", "ends"), [("we_b", True), ("we_a", False)])
def test_a_webhook_that_is_given_up_ends_that_of_its_endpoint_alone(endpoint: str, ends: bool) -> None:
    failed = replace(failing(1, 303), endpoint="we_b")
    facts = to_endpoints(failed, said=("webhook_given_up", endpoint))
    assert settled(at(facts, 303 + LATE_LINES_S)) is ends


def test_a_webhook_of_an_endpoint_that_was_removed_before_any_try_is_not_waited_for() -> None:
    assert settled(at(to_endpoints(said=("webhook_dropped", "we_a")), 300 + LATE_LINES_S))


@pytest.mark.parametrize("tries", [0, 1, 3])
def test_a_webhook_of_which_nothing_is_heard_any_more_ends_it(tries: int) -> None:
    deliveries = tuple(failing(number, 300 + number) for number in range(1, tries + 1))
    silent = replace(NO_LINES, deliveries=deliveries)
    longest = 300 + tries + (backoff_seconds(tries, 1.0) if tries else 0) + NO_TRY_S
    assert not settled(at(silent, longest - 1))
    assert settled(at(silent, longest))


def test_a_receiver_that_is_gone_for_good_ends_it_without_a_line() -> None:
    gone = replace(NO_LINES, deliveries=(failing(1, 302, "answered 410"),))
    assert not settled(at(gone, 302 + LATE_LINES_S - 1))
    assert settled(at(gone, 302 + LATE_LINES_S))


def test_the_delivery_of_an_earlier_end_is_not_that_of_the_end_after_a_redrive() -> None:
    redriven = replace(EVENTS[2], at=T + 210, kind=EventKind.REDRIVEN, number=3)
    given_up = Line(at=T + 206, room="notifier", event="webhook_given_up")
    before = replace(
        without("webhook_delivered"),
        events=(*EVENTS[:2], redriven, *EVENTS[3:]),
        deliveries=(failing(1, 201), replace(failing(2, 205), delivered=True, error=None)),
    )
    facts = replace(before, lines=(*before.lines, given_up))
    assert not settled(at(facts, 302))
    now = replace(failing(3, 303), delivered=True, error=None)
    assert settled(at(replace(facts, deliveries=(*facts.deliveries, now)), 303 + LATE_LINES_S))
