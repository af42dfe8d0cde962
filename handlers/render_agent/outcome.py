"""What became of an attempt, and which failure code an engine's end deserves. Pure."""

import signal
from dataclasses import dataclass

from handlers.jobs.model import Failure, Output
from handlers.jobs.reasons import FailureCode
from handlers.render_agent.attempt import StopReason
from handlers.render_agent.engine.process import DidNotStart, EngineEnd, Exited, Stalled, Stopped, TimedOut
from handlers.render_agent.engine.protocol import Complaint, Result

CRASHES = frozenset(
    {
        FailureCode.ENGINE_CRASHED,
        FailureCode.ENGINE_NOT_FOUND,
        FailureCode.ENGINE_STALLED,
        FailureCode.OUTPUT_MISSING,
    }
)
"""Failures that may be this machine's fault: too many in a row and the worker asks to be replaced."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """The video is stored under the attempt's own key."""

    output: Output
    output_key: str


@dataclass(frozen=True, kw_only=True)
class Halted:
    """The attempt was stopped from outside."""

    reason: StopReason


Outcome = Made | Failure | Halted


OUT_OF_MEMORY = Failure(code=FailureCode.ENGINE_CRASHED, detail="the engine ran out of memory")
"""Once it may have been a neighbor on the machine; twice it is the composition."""


def judge(
    end: EngineEnd, stop: StopReason | None, before: Failure | None = None
) -> Result | Failure | Halted:
    """The meaning of an engine's end.

    `stop` is why it was asked to stop, if it was; `before` is how the job's attempt before failed, if it did.
    """
    match end:
        case Stopped():
            return Halted(reason=stop or StopReason.INTERRUPTED)
        case DidNotStart():
            # The detail names a path of the instance; customers read this.
            detail = "the engine's command cannot be run on the instance"
            return Failure(code=FailureCode.ENGINE_NOT_FOUND, detail=detail)
        case TimedOut(seconds=seconds):
            detail = f"the engine was stopped after {seconds:g} s, the longest a job may take"
            return Failure(code=FailureCode.TIMED_OUT, detail=detail)
        case Stalled(seconds=seconds):
            detail = f"the engine was stopped after {seconds:g} s without progress or output"
            return Failure(code=FailureCode.ENGINE_STALLED, detail=detail)
        case Exited(out_of_memory=True) if end.code != 0:
            return _too_large() if before == OUT_OF_MEMORY else OUT_OF_MEMORY
        case Exited():
            return _judge_exit(end)


def _too_large() -> Failure:
    detail = "the engine ran out of memory twice; use fewer or smaller pictures, or a fleet with more memory"
    return Failure(code=FailureCode.COMPOSITION_REFUSED, detail=detail)


def _judge_exit(end: Exited) -> Result | Failure:
    complaint = end.complaint
    match end.code:
        case 0 if end.result:
            return end.result
        case 0:
            detail = "the engine ended with code 0 but said no result"
            return Failure(code=FailureCode.ENGINE_CRASHED, detail=detail)
        case 2:
            return Failure(
                code=_refusal(complaint), detail=_detail(complaint, "the engine refused the composition")
            )
        case 3:
            detail = _detail(complaint, "the engine could not do it now")
            return Failure(code=FailureCode.ENGINE_TRANSIENT, detail=detail)
    return Failure(code=FailureCode.ENGINE_CRASHED, detail=f"the engine {_manner(end.code)}")


def _refusal(complaint: Complaint | None) -> FailureCode:
    if complaint and complaint.code == "asset_missing":
        return FailureCode.ASSET_MISSING
    if complaint and complaint.code.startswith("asset_"):
        return FailureCode.ASSET_REFUSED
    return FailureCode.COMPOSITION_REFUSED


def _detail(complaint: Complaint | None, otherwise: str) -> str:
    return f"{complaint.code}: {complaint.detail}" if complaint else otherwise


def _manner(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
