"""The live display for terminals: events scroll by above the current phase."""

import time
from collections.abc import Mapping

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

_BAR_WIDTH = 30
_REFRESHES_A_SECOND = 6


class LiveDisplay:
    """Events stay in the scroll-back; the spinner and the bars are redrawn in place."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._title, self._began = "", 0.0
        self._components: dict[str, tuple[int, int]] = {}
        self._progress: tuple[int, str] | None = None
        self._live = Live(
            get_renderable=self._draw,
            console=self._console,
            refresh_per_second=_REFRESHES_A_SECOND,
            transient=True,
        )
        self._live.start()

    def phase(self, name: str, title: str) -> None:
        """Begin a new phase of the run."""
        del name
        self._end_phase()
        self._title, self._began = title, time.monotonic()

    def line(self, text: str, *, source: str = "", data: Mapping[str, object] | None = None) -> None:
        """Something happened."""
        del data
        line = Text(f"  {time.strftime('%H:%M:%S')}  ", style="dim")
        if source:
            line.append(f"{source}: ", style="cyan")
        line.append(text, style="default")
        self._console.print(line)

    def component(self, name: str, done: int, started: int) -> None:
        """Show the progress of a component of the deployment."""
        self._components[name] = (done, started)

    def progress(self, percent: int, stage: str) -> None:
        """Show the progress of the render."""
        self._progress = (percent, stage)

    def close(self, *, finished: bool) -> None:
        """End the last phase; later output goes below it."""
        self._end_phase(finished=finished)
        self._live.stop()

    def _end_phase(self, *, finished: bool = True) -> None:
        if self._title:
            took = f"  {time.monotonic() - self._began:.1f} s"
            mark = ("✔ ", "green") if finished else ("✘ ", "red")
            self._console.print(Text.assemble(mark, (self._title, "bold"), (took, "dim")))
        self._title = ""
        self._components, self._progress = {}, None

    def _draw(self) -> RenderableType:
        parts: list[RenderableType] = []
        if self._components:
            parts.append(self._draw_components())
        if self._progress:
            parts.append(self._draw_progress(*self._progress))
        if self._title:
            parts.append(Spinner("dots", Text(f"{self._title}  {time.monotonic() - self._began:.0f} s")))
        return Group(*parts)

    def _draw_components(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for name, (done, started) in list(self._components.items()):
            bar = ProgressBar(total=max(started, 1), completed=done, width=_BAR_WIDTH)
            table.add_row(Text(f"  {name}"), bar, Text(f"{done}/{started}", style="dim"))
        return table

    def _draw_progress(self, percent: int, stage: str) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=100, completed=percent, width=_BAR_WIDTH)
        table.add_row(Text("  render"), bar, Text(f"{percent} % {stage}", style="dim"))
        return table
