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
    """One incident; the words of `tells` stand in the row of the cause, and the commands print them."""

    page: str
    rings: str
    """The name of the alarm without that of the stack."""
    cause: str
    tells: tuple[str, ...]
    breaks: Break
    function: str = f"{FLEET}-scaler"
    event: bool = False
    """An event of AWS: it rings once, has no state and is over at once."""
