"""Which end of an engine means what."""

import pytest

from handlers.jobs.model import Failure
from handlers.jobs.reasons import FailureCode
from handlers.render_agent.attempt import StopReason
from handlers.render_agent.engine.process import DidNotStart, EngineEnd, Exited, Stalled, Stopped, TimedOut
from handlers.render_agent.engine.protocol import Complaint, Result
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
        (Stalled(seconds=5), FailureCode.ENGINE_STALLED, "after 5 s without progress or output"),
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
