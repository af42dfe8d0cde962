"""The live display for terminals: what has ended is one line, what runs shows its latest events."""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

_BAR_WIDTH = 30
_REFRESHES_A_SECOND = 6
_EVENTS_SHOWN = 5


class LiveDisplay:
    """A finished phase stays as a line with its time; the running one is redrawn several times a second.

    When a run breaks off, the latest events stay, because they may say why.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._title, self._began = "", 0.0
        self._events: deque[Text] = deque(maxlen=_EVENTS_SHOWN)
        self._last = ""
        self._components: dict[str, tuple[int, int]] = {}
        self._progress: tuple[int, str] | None = None
        self._live = self._started()

    def phase(self, name: str, title: str) -> None:
        """Begin a new phase of the run."""
        del name
        self._end_phase()
        self._title, self._began = title, time.monotonic()

    def line(self, text: str, *, source: str = "", data: Mapping[str, object] | None = None) -> None:
        """Show an event until newer ones take its place."""
        del data
        line = Text(f"  {time.strftime('%H:%M:%S')}  ", style="dim", no_wrap=True, overflow="ellipsis")
        if source:
            line.append(f"{source}: ", style="cyan")
        self._last = text.splitlines()[0] if text else ""
        line.append(self._last, style="default")
        self._events.append(line)

    def component(self, name: str, done: int, started: int) -> None:
        """Show the progress of a component of the deployment."""
        self._components[name] = (done, started)

    def progress(self, percent: int, stage: str) -> None:
        """Show the progress of the render."""
        self._progress = (percent, stage)

    @contextmanager
    def handed_over(self) -> Iterator[None]:
        """Leave the terminal to a child process or a question until the block ends."""
        self._live.stop()
        for event in self._events:
            self._console.print(event)
        self._events.clear()
        try:
            yield
        finally:
            self._live = self._started()

    def close(self, *, finished: bool) -> None:
        """End the last phase; later output goes below it."""
        if not finished:
            for event in self._events:
                self._console.print(event)
        self._end_phase(finished=finished)
        self._live.stop()

    def _started(self) -> Live:
        live = Live(
            get_renderable=self._draw,
            console=self._console,
            refresh_per_second=_REFRESHES_A_SECOND,
            transient=True,
        )
        live.start()
        return live

    def _end_phase(self, *, finished: bool = True) -> None:
        if self._title:
            mark = ("✔ ", "green") if finished else ("✘ ", "red")
            took = f"  {time.monotonic() - self._began:.1f} s"
            ended = Text.assemble(mark, (self._title, "bold"), (took, "dim"))
            if finished and self._last:
                ended.append(f"  {self._last}", style="dim")
            ended.no_wrap, ended.overflow = True, "ellipsis"
            self._console.print(ended)
        self._title, self._last = "", ""
        self._events.clear()
        self._components, self._progress = {}, None

    def _draw(self) -> RenderableType:
        parts: list[RenderableType] = list(self._events)
        if self._components:
            done = sum(done for done, _ in self._components.values())
            started = sum(started for _, started in self._components.values())
            busy = [name for name, (ended, begun) in self._components.items() if ended < begun]
            parts.append(_bar(done, started, f"{done}/{started} resources  {', '.join(busy)}"))
        if self._progress:
            percent, stage = self._progress
            parts.append(_bar(percent, 100, f"{percent} % {stage}"))
        if self._title:
            parts.append(Spinner("dots", Text(f"{self._title}  {time.monotonic() - self._began:.0f} s")))
        return Group(*parts)


def _bar(done: int, total: int, label: str) -> Table:
    table = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=max(total, 1), completed=done, width=_BAR_WIDTH)
    table.add_row(Text(" "), bar, Text(label, style="dim", no_wrap=True, overflow="ellipsis"))
    return table
