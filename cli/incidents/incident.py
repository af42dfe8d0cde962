"""An incident: what is broken, which alarm rings, how its page tells the cause, and how it is mended."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

from cli.incidents.cloud import FLEET, Cloud

Break: TypeAlias = Callable[[Cloud], AbstractContextManager[None]]
"""Breaks something; the end of the block mends it as the page says."""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One incident; the words of `tells` stand in the row of the cause, and the commands print them."""

    alarm: str
    cause: str
    tells: tuple[str, ...]
    breaks: Break
    subject: str = ""
    function: str = f"{FLEET}-scaler"
    brews_s: float = 0.0
    """Seconds of the clock, in any time lapse, until what is broken can be measured."""

    def alarm_name(self) -> str:
        """The name of the alarm without that of the stack."""
        return "-".join(part for part in (self.subject, self.alarm) if part)
