"""Which end of an engine means what."""

import pytest

from handlers.jobs.model import Failure
from handlers.jobs.reasons import FailureCode
from handlers.render_agent.attempt import StopReason
from handlers.render_agent.engine.process import DidNotStart, EngineEnd, Exited, Stopped, TimedOut
from handlers.render_agent.engine.protocol import LONGEST_LINE, Complaint, Progress, Result, parse
from handlers.render_agent.outcome import Halted, judge

RESULT = Result(duration_s=1, width=2, height=2)


def exited(code: int, complaint: str | None = None, result: Result | None = None) -> Exited:
    said = Complaint(code=complaint, detail="told") if complaint else None
    return Exited(code=code, result=result, complaint=said)


@pytest.mark.parametrize(
    ("end", "code", "told"),
    [
        (exited(0), FailureCode.ENGINE_CRASHED, "said no result"),
        (exited(2, "composition_invalid"), FailureCode.COMPOSITION_REFUSED, "composition_invalid: told"),
        (exited(2), FailureCode.COMPOSITION_REFUSED, "refused"),
        (exited(2, "asset_missing"), FailureCode.ASSET_MISSING, "told"),
        (exited(2, "asset_unreadable"), FailureCode.ASSET_REFUSED, "told"),
        (exited(3, "encoder_failed"), FailureCode.ENGINE_TRANSIENT, "encoder_failed"),
        (exited(1), FailureCode.ENGINE_CRASHED, "ended with code 1"),
        (exited(-11), FailureCode.ENGINE_CRASHED, "killed by SIGSEGV"),
        (exited(-99), FailureCode.ENGINE_CRASHED, "killed by signal 99"),
        (DidNotStart(detail="/opt/x: no such file"), FailureCode.ENGINE_NOT_FOUND, "cannot be run on"),
        (TimedOut(seconds=5), FailureCode.TIMED_OUT, "after 5 s"),
    ],
)
def test_an_end_without_a_video_has_its_failure_code(end: EngineEnd, code: FailureCode, told: str) -> None:
    meaning = judge(end, None)
    assert isinstance(meaning, Failure)
    assert meaning.code is code
    assert told in meaning.detail
    assert "/opt" not in meaning.detail


def test_an_end_with_a_result_is_the_result() -> None:
    assert judge(exited(0, result=RESULT), None) == RESULT


def test_a_stopped_engine_means_whatever_it_was_stopped_for() -> None:
    assert judge(Stopped(), StopReason.CANCELLED) == Halted(reason=StopReason.CANCELLED)


def test_an_engine_that_finished_before_it_could_be_stopped_has_finished() -> None:
    assert judge(exited(0, result=RESULT), StopReason.CANCELLED) == RESULT


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"event":"progress","percent":12.7,"stage":"a\\n b"}', Progress(percent=12, stage="a b")),
        (b'{"event":"progress","percent":900,"stage":3}', Progress(percent=100, stage="")),
        (b'{"event":"progress","percent":-1}', None),
        (b'{"event":"progress","percent":true}', None),
        (b'{"event":"progress","percent":NaN}', None),
        (b'{"event":"progress","percent":' + b"9" * 400 + b"}", None),
        (b'{"event":"result","duration_s":1,"width":2,"height":2}', RESULT),
        (b'{"event":"result","duration_s":1,"width":2}', None),
        (b'{"event":"error"}', Complaint(code="unnamed", detail="")),
        (b'{"event":["error"]}', None),
        (b"[]", None),
        (b"{", None),
        (b"{" * 1000, None),
        (b'{"event":"error","detail":"' + b"x" * LONGEST_LINE + b'"}', None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_only_well_formed_lines_of_the_protocol_count(line: bytes, said: object) -> None:
    assert parse(line) == said
