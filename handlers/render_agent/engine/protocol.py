"""The engine's side of the conversation: one JSON object a line, everything else is noise for the log.

An engine may print any bytes: whatever they are, `parse` answers, and what it answers can be stored.
"""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

from handlers.jobs.foreign.foreign_text import printable

LONGEST_LINE = 64 * 1024
LONGEST_STAGE = 40
LONGEST_CODE = 40
LONGEST_DETAIL = 500
SHORTEST_DURATION_S = 0.001
"""The job store keeps thousandths of a second."""
LONGEST_DURATION_S = 86_400
LARGEST_SIDE = 65_536

_CODE = re.compile(rf"[A-Za-z0-9_.-]{{1,{LONGEST_CODE}}}")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the engine is."""

    percent: int
    stage: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the engine says it made."""

    duration_s: float
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Complaint:
    """Why the engine will make nothing."""

    code: str
    detail: str


Message = Progress | Result | Complaint


def parse(line: bytes) -> Message | None:
    """What a line says; None for noise."""
    if not line.startswith(b"{") or len(line) > LONGEST_LINE:
        return None
    try:
        # Decoded here: left to itself, `json` takes UTF-16 and half surrogate pairs as well.
        message = json.loads(line.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    event = message.get("event") if isinstance(message, dict) else None
    reader = _READERS.get(event) if isinstance(event, str) else None
    return reader(message) if reader else None


def _progress(message: dict[str, object]) -> Progress | None:
    percent = _number(message.get("percent"), least=0)
    if percent is None:
        return None
    return Progress(percent=int(min(100, percent)), stage=printable(message.get("stage"), LONGEST_STAGE))


def _result(message: dict[str, object]) -> Result | None:
    length = _number(message.get("duration_s"), least=SHORTEST_DURATION_S, most=LONGEST_DURATION_S)
    width, height = (_number(message.get(side), least=1, most=LARGEST_SIDE) for side in ("width", "height"))
    if length is None or width is None or height is None:
        return None
    return Result(duration_s=length, width=int(width), height=int(height))


def _complaint(message: dict[str, object]) -> Complaint:
    code = message.get("code")
    named = isinstance(code, str) and _CODE.fullmatch(code)
    return Complaint(
        code=named[0] if named else "unnamed", detail=printable(message.get("detail"), LONGEST_DETAIL)
    )


def _number(value: object, *, least: float, most: float = sys.float_info.max) -> float | None:
    """A number within bounds; None for anything else, NaN included."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        return None
    return value


_READERS: dict[str, Callable[[dict[str, object]], Message | None]] = {
    "progress": _progress,
    "result": _result,
    "error": _complaint,
}
