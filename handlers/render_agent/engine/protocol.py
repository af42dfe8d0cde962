"""The engine's side of the conversation: one JSON object a line, everything else is noise for the log."""

import json
from collections.abc import Callable
from dataclasses import dataclass

LONGEST_LINE = 64 * 1024
LONGEST_STAGE = 40
LONGEST_DETAIL = 500
LARGEST_NUMBER = 1e9


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


Said = Progress | Result | Complaint


def parse(line: bytes) -> Said | None:
    """What a line says; None for noise, which an engine may print as it likes."""
    if not line.startswith(b"{") or len(line) > LONGEST_LINE:
        return None
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    reader = _READERS.get(str(said.get("event"))) if isinstance(said, dict) else None
    return reader(said) if reader else None


def _progress(said: dict[str, object]) -> Progress | None:
    percent = _number(said.get("percent"))
    if percent is None:
        return None
    return Progress(percent=int(min(100, max(0, percent))), stage=_text(said.get("stage"), LONGEST_STAGE))


def _result(said: dict[str, object]) -> Result | None:
    length, width, height = (_number(said.get(name)) for name in ("duration_s", "width", "height"))
    if length is None or width is None or height is None:
        return None
    return Result(duration_s=length, width=int(width), height=int(height))


def _complaint(said: dict[str, object]) -> Complaint:
    code, detail = _text(said.get("code"), LONGEST_STAGE), _text(said.get("detail"), LONGEST_DETAIL)
    return Complaint(code=code or "unnamed", detail=detail)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST_NUMBER:
        return None
    return value


def _text(value: object, longest: int) -> str:
    return " ".join(value.split())[:longest] if isinstance(value, str) else ""


_READERS: dict[str, Callable[[dict[str, object]], Said | None]] = {
    "progress": _progress,
    "result": _result,
    "error": _complaint,
}
