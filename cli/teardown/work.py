"""What a stack still has to do before nothing is lost by taking it down. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cli.fleet.removal import MOST_COUNTED, Load


@dataclass(frozen=True, kw_only=True)
class Work:
    """The work left: tasks that accept more of it, renders by fleet, and webhooks on their way.

    `owing` are renders that have ended and whose webhook or dead letter is not on its queue yet.
    """

    tasks: int
    renders: Mapping[str, Load]
    owing: int
    webhooks: int

    @property
    def done(self) -> bool:
        """Nothing is left."""
        return not list(self._left())

    def text(self) -> str:
        """What is left, as a line."""
        return "; ".join(self._left()) or "no work is left"

    def _left(self) -> Iterator[str]:
        if self.tasks:
            yield f"API tasks still running: {self.tasks}"
        for fleet, load in self.renders.items():
            if not load.removable:
                yield f"{fleet}: {_counted(load.queued)} queued, {_counted(load.rendering)} rendering"
        if self.owing:
            yield f"ended renders that owe a webhook or a dead letter: {_counted(self.owing)}"
        if self.webhooks:
            yield f"webhooks to deliver: {self.webhooks}"


def _counted(number: int) -> str:
    return f"{number:,} or more" if number >= MOST_COUNTED else f"{number:,}"
