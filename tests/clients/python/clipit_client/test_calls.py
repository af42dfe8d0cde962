"""What a wait and a list do, step by step: no call is tried again here."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from clipit_client import calls, errors
from clipit_client.steps import Outcome, Pause, Reply, Request

from tests.clients.python.clipit_client.documents import RENDER


def cut_off() -> Outcome:
    return Outcome(now=0, error=errors.APIConnectionError("cut off"))


def answered(status: int, content: bytes = b"") -> Outcome:
    return Outcome(now=0, reply=Reply(status=status, content=content))


def render(state: str) -> Outcome:
    return answered(200, json.dumps({**RENDER, "state": state}).encode())


def waited(
    *outcomes: Outcome, at: Iterable[float] = (), timeout_s: float = 60, paused: list[float] | None = None
) -> tuple[object, list[str]]:
    """What a wait comes to without retries, at these times of its clock, and the states it told."""
    left, clock, told, now = list(outcomes), iter(at), list[str](), 0.0
    call = calls.wait("r_1", timeout_s=timeout_s, poll_s=2, seen=lambda one: told.append(one.state))
    try:
        step = next(call)
        while True:
            if isinstance(step, Pause):
                if paused is not None and step.seconds:
                    paused.append(step.seconds)
                now = next(clock, now) if step.seconds == 0 else now + step.seconds
                step = call.send(Outcome(now=now))
            else:
                step = call.send(left.pop(0))
    except StopIteration as end:
        return end.value, told
    except errors.ClipItError as error:
        return error, told


def test_a_wait_tells_each_look_and_goes_on_over_trouble_that_passes() -> None:
    found, told = waited(render("queued"), cut_off(), answered(503), answered(429), render("succeeded"))
    assert not isinstance(found, Exception)
    assert told == ["queued", "succeeded"]


def test_a_wait_ends_when_the_trouble_does_not() -> None:
    found, _ = waited(render("queued"), *[cut_off()] * 40, timeout_s=3600)
    assert isinstance(found, errors.APIConnectionError)


@pytest.mark.parametrize(
    "outcomes",
    [(cut_off(),), (answered(503),), (render("queued"), answered(404))],
    ids=["none", "503", "404"],
)
def test_a_wait_ends_at_once_where_nothing_has_answered_yet_or_waiting_does_not_help(
    outcomes: tuple[Outcome, ...],
) -> None:
    found, _ = waited(*outcomes)
    assert isinstance(found, errors.ClipItError)


@pytest.mark.parametrize(("timeout_s", "looks"), [(3, 3), (0, 1), (-1, 1), (float("nan"), 1)])
def test_a_wait_looks_once_more_when_its_time_is_over(timeout_s: float, looks: int) -> None:
    found, told = waited(*[render("rendering")] * 9, timeout_s=timeout_s)
    assert isinstance(found, errors.WaitTimeoutError)
    assert len(told) == looks


@pytest.mark.parametrize(
    ("after", "timeout_s", "pauses"),
    [((1, 7, 30), 600, [2, 7, 30]), ((30,), 10, [10]), ((None,), 600, [2])],
    ids=["as the API asks", "no longer than the caller waits", "of an API that does not say"],
)
def test_a_wait_looks_no_sooner_than_the_api_asks_for(
    after: tuple[int | None, ...], timeout_s: float, pauses: list[float]
) -> None:
    looks = [
        answered(200, json.dumps({**RENDER, "state": "queued", "poll_after_s": one}).encode())
        for one in after
    ]
    seen: list[float] = []
    waited(*looks, render("succeeded"), timeout_s=timeout_s, paused=seen)
    assert seen == pauses


def page(*states: str, cursor: str | None) -> Outcome:
    renders = [{**RENDER, "state": state} for state in states]
    return answered(200, json.dumps({"renders": renders, "next_cursor": cursor}).encode())


def listed(*outcomes: Outcome, limit: int | None = None) -> tuple[list[str], list[str]]:
    """The states that a list gives, and the queries of its pages."""
    pages, left = calls.pages(state="succeeded", limit=limit), list(outcomes)
    states, asked = list[str](), list[str]()
    while not pages.over:
        call = pages.following()
        request = next(call)
        assert isinstance(request, Request)
        asked.append(request.url.partition("?")[2])
        with pytest.raises(StopIteration) as end:
            call.send(left.pop(0))
        states += [one.state for one in end.value.value]
    assert not left
    return states, asked


def test_a_list_goes_on_over_empty_pages_to_the_last_one() -> None:
    outcomes = [page(cursor="a"), page("failed", cursor="b"), page(cursor="c"), page("queued", cursor=None)]
    states, asked = listed(*outcomes)
    assert states == ["failed", "queued"]
    assert asked[1] == "state=succeeded&limit=100&cursor=a"


def test_the_filters_of_a_list_are_sent_with_each_page() -> None:
    noon = datetime(2026, 11, 30, 12, tzinfo=UTC)
    pages = calls.pages(state=None, created_after=noon, template="title-card", limit=None)
    request = next(pages.following())
    assert isinstance(request, Request)
    assert request.url == (
        "/v1/renders?created_after=2026-11-30T12%3A00%3A00%2B00%3A00&template=title-card&limit=100"
    )


def test_a_list_asks_for_no_more_than_is_wanted() -> None:
    states, asked = listed(page("a", "b", cursor="x"), page("c", "d", cursor="y"), limit=3)
    assert states == ["a", "b", "c"]
    assert [one.partition("limit=")[2].partition("&")[0] for one in asked] == ["3", "1"]
    assert listed(limit=0) == ([], [])


def test_a_list_whose_cursor_leads_nowhere_ends_with_an_error() -> None:
    with pytest.raises(errors.APIResponseError, match="came twice"):
        listed(page(cursor="a"), page(cursor="a"))


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="limit must be 0 or more"):
        calls.pages(state=None, limit=-1)
