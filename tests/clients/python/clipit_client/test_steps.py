"""When a call is tried again, after how long, and what it raises in the end."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from clipit_client import calls, endpoint_calls, errors, transfers
from clipit_client.retries import RETRIES, retried
from clipit_client.steps import Call, Outcome, Pause, Reply, Request, Step, T

from tests.clients.python.clipit_client.documents import RENDER

LINKS = b'{"self":"","events":"","deliveries":"","cancel":""}'
ACCEPTED = b'{"id":"r_1","state":"queued","trace_id":"0","links":' + LINKS + b"}"
OK = Reply(status=202, content=ACCEPTED)
BODY = {"template": "title-card", "fields": {"title": "Hello"}}


def cut_off() -> Outcome:
    return Outcome(now=0, error=errors.APIConnectionError("cut off"))


def answered(status: int, content: bytes = b"", **headers: str) -> Outcome:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Outcome(now=0, reply=Reply(status=status, content=content, headers=named))


def played(call: Call[T], outcomes: Iterable[Outcome]) -> tuple[T | Exception, list[Step]]:
    """What a call returns or raises when its requests come to this, and its steps."""
    left, taken = list(outcomes), []
    steps = retried(call, RETRIES)
    try:
        step = next(steps)
        while True:
            taken.append(step)
            step = steps.send(Outcome(now=0) if isinstance(step, Pause) else left.pop(0))
    except StopIteration as end:
        assert not left
        return end.value, taken
    except errors.ClipItError as error:
        assert not left
        return error, taken


@pytest.mark.parametrize(
    "first", [cut_off(), *(answered(status) for status in (408, 429, 500, 502, 503, 504))], ids=str
)
def test_what_may_pass_is_tried_again_with_the_same_idempotency_key(first: Outcome) -> None:
    result, steps = played(calls.create(BODY, None), [first, first, Outcome(now=0, reply=OK)])
    assert not isinstance(result, Exception)
    assert result.id == "r_1"
    requests = [step for step in steps if isinstance(step, Request)]
    assert len({request.headers["Idempotency-Key"] for request in requests}) == 1
    assert len(requests) == 3


def test_two_submissions_have_different_idempotency_keys() -> None:
    _, (first,) = played(calls.create(BODY, None), [Outcome(now=0, reply=OK)])
    _, (second,) = played(calls.create(BODY, None), [Outcome(now=0, reply=OK)])
    assert isinstance(first, Request)
    assert isinstance(second, Request)
    assert first.headers["Idempotency-Key"] != second.headers["Idempotency-Key"]


@pytest.mark.parametrize("status", [400, 401, 404, 409, 413, 415, 422])
def test_what_would_not_change_is_not_tried_again(status: int) -> None:
    result, steps = played(calls.create(BODY, "order-1"), [answered(status, b"<html>")])
    assert isinstance(result, errors.StatusError)
    assert (result.status, len(steps)) == (status, 1)


def test_an_empty_idempotency_key_is_sent_for_the_server_to_refuse() -> None:
    """It comes from a variable that is not set; a key made here would make each repetition another render."""
    _, (request,) = played(calls.create(BODY, ""), [answered(422)])
    assert isinstance(request, Request)
    assert request.headers["Idempotency-Key"] == ""


FINAL = b'{"type": "urn:clip-it:problem:render-is-final"}'


@pytest.mark.parametrize(("state", "raised"), [("cancelled", False), ("succeeded", True)])
def test_a_cancellation_whose_answer_was_lost_is_one(state: str, raised: bool) -> None:
    found = answered(200, json.dumps({**RENDER, "state": state}).encode())
    result, _ = played(calls.cancel("r_1"), [cut_off(), answered(409, FINAL), found])
    assert isinstance(result, errors.RenderIsFinalError) == raised


def test_a_cancellation_that_comes_too_late_is_none() -> None:
    result, _ = played(calls.cancel("r_1"), [answered(409, FINAL)])
    assert isinstance(result, errors.RenderIsFinalError)


def test_the_last_answer_is_raised_when_no_try_helps() -> None:
    content = {
        "type": "urn:clip-it:problem:unavailable",
        "title": "Temporarily unavailable",
        "status": 503,
        "detail": "d",
        "request_id": "q",
    }
    problem = json.dumps(content).encode()
    result, steps = played(calls.create(BODY, None), [answered(503, problem)] * 3)
    assert isinstance(result, errors.UnavailableError)
    assert (result.request_id, str(result)) == ("q", "503 Temporarily unavailable: d")
    assert [type(step) for step in steps] == [Request, Pause, Request, Pause, Request]


def test_a_connection_that_stays_broken_is_raised() -> None:
    result, _ = played(calls.create(BODY, None), [cut_off()] * 3)
    assert isinstance(result, errors.APIConnectionError)


NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
IN_A_MINUTE, A_MINUTE_AGO = (format_datetime(NOW + timedelta(minutes=one), usegmt=True) for one in (1, -1))


@pytest.mark.parametrize(
    ("asked", "least"),
    [
        pytest.param("", 0, id="none"),
        pytest.param("7", 7, id="seconds"),
        pytest.param("120", 120, id="the longest"),
        pytest.param(IN_A_MINUTE, 60, id="a date"),
        pytest.param(A_MINUTE_AGO, 0, id="a date that is over"),
        pytest.param("Wed, 21 Oct 99999 07:28:00 GMT", 0, id="no date"),
        pytest.param("Wed, 21 Oct 2026 07:28:00 -0000", 0, id="a date without a zone"),
        pytest.param("NaN", 0, id="no number"),
        pytest.param("inf", 0, id="endless"),
        pytest.param("-1", 0, id="negative"),
        pytest.param("1e9", 0, id="no plain number"),
    ],
)
def test_a_pause_is_what_the_server_asks_for_and_a_little_more(asked: str, least: float) -> None:
    headers = {"retry_after": asked, "date": format_datetime(NOW, usegmt=True)}
    _, steps = played(calls.get("r_1"), [answered(503, **headers), answered(404)])
    (pause,) = [step for step in steps if isinstance(step, Pause)]
    assert least + 0.25 <= pause.seconds <= least + 0.5


def test_a_date_without_the_servers_own_clock_is_not_known() -> None:
    _, steps = played(calls.get("r_1"), [answered(503, retry_after=IN_A_MINUTE), answered(404)])
    assert all(step.seconds <= 0.5 for step in steps if isinstance(step, Pause))


@pytest.mark.parametrize("asked", ["121", "86400", "9" * 5000])
def test_who_asks_for_too_long_is_not_tried_again_and_the_caller_is_told(asked: str) -> None:
    result, steps = played(calls.get("r_1"), [answered(429, retry_after=asked)])
    assert isinstance(result, errors.StatusError)
    assert (result.retry_after_s, len(steps)) == (float(asked), 1)


def test_the_pauses_of_many_tries_stay_short() -> None:
    call = retried(calls.get("r_1"), 2000)
    step = next(call)
    for _ in range(4000):
        assert not isinstance(step, Pause) or step.seconds <= 8
        step = call.send(cut_off())
    with pytest.raises(errors.APIConnectionError):
        call.send(cut_off())


def test_an_answer_of_something_else_is_named() -> None:
    result, _ = played(calls.get("r_1"), [answered(200, b"<html>Sign in to the hotel</html>")])
    assert isinstance(result, errors.APIResponseError)
    assert "Sign in" not in str(result)


def test_an_id_leads_to_no_other_path() -> None:
    assert calls.path_of("../assets?x#y") == "/v1/renders/..%2Fassets%3Fx%23y"


def test_a_file_of_an_unknown_type_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "logo").write_bytes(b"x")
    with pytest.raises(ValueError, match="give content_type"):
        next(transfers.upload(tmp_path / "logo", None))


def test_a_refused_upload_names_no_signed_link(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"x")
    asset = b'{"id":"a_1","upload":{"method":"PUT","url":"https://b/k?X-Amz-Signature=s","headers":{},"expires_at":"2026-01-01T00:00:00Z"}}'
    outcomes = [answered(201, asset), answered(403, b"<Error>SignatureDoesNotMatch</Error>")]
    result, steps = played(transfers.upload(tmp_path / "logo.png", None), outcomes)
    assert isinstance(result, errors.UploadError)
    assert "X-Amz" not in str(result)
    put = steps[-1]
    assert isinstance(put, Request)
    assert (put.method, put.content) == ("PUT", tmp_path / "logo.png")


def test_an_endpoint_that_a_lost_try_has_deleted_is_deleted() -> None:
    unknown = answered(404, b'{"type":"urn:clip-it:problem:not-found"}')
    result, _ = played(endpoint_calls.delete("we_1"), [cut_off(), unknown])
    assert result is None
    result, _ = played(endpoint_calls.delete("we_1"), [unknown])
    assert isinstance(result, errors.NotFoundError)
