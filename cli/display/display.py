"""Shows the progress of a run: lines for pipes, JSON for programs, live for terminals."""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TextIO

from cli.display.live import LiveDisplay

_LABEL_WIDTH = 9
_CANNOT_DRAW = frozenset({"dumb", "unknown"})
"""Values of TERM on which a live display would show nothing until a phase ends."""


class Display(Protocol):
    """Shows the progress of a run."""

    def phase(self, name: str, title: str) -> None:
        """Begin a new phase of the run."""

    def line(self, text: str, *, source: str = "", data: Mapping[str, object] | None = None) -> None:
        """Something happened."""

    def component(self, name: str, done: int, started: int) -> None:
        """Show the progress of a component of the deployment."""

    def progress(self, percent: int, stage: str) -> None:
        """Show the progress of the render."""

    def handed_over(self) -> AbstractContextManager[None]:
        """Leave the terminal to a child process or a question until the block ends."""

    def close(self, *, finished: bool) -> None:
        """End the display; later output goes below it."""


@dataclass
class PlainDisplay:
    """One line per event, with its time, for pipes and logs."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    _phase: str = ""
    _components: set[str] = field(default_factory=set)

    def phase(self, name: str, title: str) -> None:
        """Begin a new phase of the run."""
        self._phase = name
        self.line(title)

    def line(self, text: str, *, source: str = "", data: Mapping[str, object] | None = None) -> None:
        """Something happened."""
        del data
        line = f"{source}: {text}" if source else text
        now = f"{datetime.now().astimezone():%H:%M:%S}"
        for part in line.splitlines() or [""]:
            self.out.write(f"{now}  {self._phase:<{_LABEL_WIDTH}}  {part}\n")
        self.out.flush()

    def component(self, name: str, done: int, started: int) -> None:
        """Print a component when it begins; its end is part of the summary."""
        del done, started
        key = f"{self._phase} {name}"
        if key not in self._components:
            self._components.add(key)
            self.line("begun", source=name)

    def progress(self, percent: int, stage: str) -> None:
        """Show the progress of the render."""
        self.line(f"{percent:3d} % {stage}".rstrip())

    def handed_over(self) -> AbstractContextManager[None]:
        """Do nothing: lines are not redrawn."""
        return nullcontext()

    def close(self, *, finished: bool) -> None:
        """Do nothing."""


@dataclass
class JsonDisplay:
    """One JSON object per line."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    _phase: str = ""

    def phase(self, name: str, title: str) -> None:
        """Begin a new phase of the run."""
        self._phase = name
        self._say("phase", {"title": title})

    def line(self, text: str, *, source: str = "", data: Mapping[str, object] | None = None) -> None:
        """Something happened."""
        self._say("event", {"source": source, "text": text, "data": dict(data or {})})

    def component(self, name: str, done: int, started: int) -> None:
        """Show the progress of a component of the deployment."""
        self._say("component", {"name": name, "done": done, "started": started})

    def progress(self, percent: int, stage: str) -> None:
        """Show the progress of the render."""
        self._say("progress", {"percent": percent, "stage": stage})

    def handed_over(self) -> AbstractContextManager[None]:
        """Do nothing: lines are not redrawn."""
        return nullcontext()

    def close(self, *, finished: bool) -> None:
        """Do nothing."""

    def _say(self, kind: str, fields: Mapping[str, object]) -> None:
        self.out.write(
            json.dumps({"at": round(time.time(), 3), "phase": self._phase, "kind": kind, **fields}) + "\n"
        )
        self.out.flush()


def lines(*, as_json: bool) -> Display:
    """JSON when asked for, else lines: for runs of which every line must stay."""
    return JsonDisplay() if as_json else PlainDisplay()


@contextmanager
def showing(*, as_json: bool) -> Iterator[Display]:
    """The display that fits, closed at the end of the block."""
    shown, finished = choose(as_json=as_json), False
    try:
        yield shown
        finished = True
    finally:
        shown.close(finished=finished)


def choose(*, as_json: bool) -> Display:
    """JSON when asked for, live on a terminal that can draw, lines otherwise."""
    if as_json:
        return JsonDisplay()
    return on_terminal() or PlainDisplay()


def on_terminal() -> LiveDisplay | None:
    """The live display where standard output is a terminal that can draw."""
    draws = sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in _CANNOT_DRAW
    return LiveDisplay() if draws else None
