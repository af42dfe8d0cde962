"""An incident: what is broken, which alarm rings, how its page tells the cause, and how it is mended."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

from cli.incidents.cloud import FLEET, Cloud

Break: TypeAlias = Callable[[Cloud], AbstractContextManager[None]]
"""Breaks something and waits until that shows; the end of the block mends it as the page says."""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One incident: the row of its cause has the words of `tells`, and the commands print them.

    Incidents that follow one another and have the same break are played at once: it makes all of them ring.
    """

    page: str
    rings: str
    """The name of the alarm without that of the stack."""
    cause: str
    tells: tuple[str, ...]
    breaks: Break
    figure: str = ""
    """A regular expression that a command prints, where the row tells the cause by a figure."""
    function: str = f"{FLEET}-scaler"
    event: bool = False
    """An event of AWS: it rings once, has no state and is over at once."""
    shows: Callable[[Cloud], bool] | None = None
    """Whether there is something to ring about yet, where the break does not wait for that."""
    skips: int = 0
    """How many minutes without data follow the mending: so far back the alarm's short window looks."""
    silent: tuple[str, ...] = ()
    """Alarms that must not ring meanwhile."""
