"""The live display for terminals: phases, components, the render's progress and the latest events."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

_EVENTS = 12
_BAR_WIDTH = 30
_REFRESHES_A_SECOND = 8


@dataclass
class _Phase:
    """A part of the story and how long it took."""

    title: str
    began: float
    took: float | None = None


class LiveDisplay:
    """Redraws a few lines in place; events that scroll out are gone from the screen."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()
        self._phases: list[_Phase] = []
        self._events: deque[Text] = deque(maxlen=_EVENTS)
        self._components: dict[str, tuple[int, int]] = {}
        self._progress: tuple[int, str] | None = None
        self._live = Live(
            get_renderable=self._draw,
            console=self._console,
            refresh_per_second=_REFRESHES_A_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def phase(self, name: str, title: str) -> None:
        """A new part of the story begins."""
        del name
        now = time.monotonic()
        if self._phases:
            self._phases[-1].took = now - self._phases[-1].began
        self._phases.append(_Phase(title=title, began=now))
        self._components, self._progress = {}, None

    def line(self, text: str, *, source: str = "", data: Mapping[str, object] | None = None) -> None:
        """Something happened."""
        del data
        told = Text(f"{time.strftime('%H:%M:%S')}  ", style="dim")
        if source:
            told.append(f"{source}: ", style="cyan")
        told.append(text, style="default")
        self._events.append(told)

    def component(self, name: str, done: int, started: int) -> None:
        """A component of the deployment has come further."""
        self._components[name] = (done, started)

    def progress(self, percent: int, stage: str) -> None:
        """The render has come further."""
        self._progress = (percent, stage)

    def close(self) -> None:
        """Leave the last picture on the screen."""
        if self._phases and self._phases[-1].took is None:
            self._phases[-1].took = time.monotonic() - self._phases[-1].began
        self._live.stop()

    def _draw(self) -> RenderableType:
        parts: list[RenderableType] = [self._draw_phase(phase) for phase in list(self._phases)]
        if self._components:
            parts.append(self._draw_components())
        if self._progress:
            parts.append(self._draw_progress(*self._progress))
        return Group(*parts, Text(), *list(self._events))

    def _draw_phase(self, phase: _Phase) -> RenderableType:
        if phase.took is None:
            return Spinner("dots", Text(f"{phase.title}  {time.monotonic() - phase.began:.0f} s"))
        return Text.assemble(("✔ ", "green"), phase.title, (f"  {phase.took:.1f} s", "dim"))

    def _draw_components(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for name, (done, started) in self._components.items():
            bar = ProgressBar(total=max(started, 1), completed=done, width=_BAR_WIDTH)
            table.add_row(Text(f"  {name}"), bar, Text(f"{done}/{started}", style="dim"))
        return table

    def _draw_progress(self, percent: int, stage: str) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=100, completed=percent, width=_BAR_WIDTH)
        table.add_row(Text("  render"), bar, Text(f"{percent} % {stage}", style="dim"))
        return table
