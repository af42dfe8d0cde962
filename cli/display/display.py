"""What a run shows while it goes on: one protocol, lines for pipes, JSON for programs, live for terminals."""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TextIO

from cli.display.live import LiveDisplay

_LABEL_WIDTH = 9
_CANNOT_DRAW = frozenset({"dumb", "unknown"})
"""Values of TERM; there a live display would be silent for as long as a part of the story lasts."""


class Display(Protocol):
    """Shows the parts of a run as they come."""

    def phase(self, name: str, title: str) -> None:
        """A new part of the story begins."""

    def line(self, text: str, *, source: str = "", data: Mapping[str, object] | None = None) -> None:
        """Something happened."""

    def component(self, name: str, done: int, started: int) -> None:
        """A component of the deployment has come further."""

    def progress(self, percent: int, stage: str) -> None:
        """The render has come further."""

    def close(self, *, finished: bool) -> None:
        """The story is over, or has broken off; what is printed from here on stands below it."""


@dataclass
class PlainDisplay:
    """One line an event, with its time: for pipes, logs and people who like to scroll."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    _phase: str = ""
    _components: set[str] = field(default_factory=set)

    def phase(self, name: str, title: str) -> None:
        """A new part of the story begins."""
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
        """Print the first news of a component alone; its end is printed with all others."""
        del done, started
        key = f"{self._phase} {name}"
        if key not in self._components:
            self._components.add(key)
            self.line("begun", source=name)

    def progress(self, percent: int, stage: str) -> None:
        """The render has come further."""
        self.line(f"{percent:3d} % {stage}".rstrip())

    def close(self, *, finished: bool) -> None:
        """Nothing to put away."""


@dataclass
class JsonDisplay:
    """One JSON object a line."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    _phase: str = ""

    def phase(self, name: str, title: str) -> None:
        """A new part of the story begins."""
        self._phase = name
        self._say("phase", {"title": title})

    def line(self, text: str, *, source: str = "", data: Mapping[str, object] | None = None) -> None:
        """Something happened."""
        self._say("event", {"source": source, "text": text, "data": dict(data or {})})

    def component(self, name: str, done: int, started: int) -> None:
        """A component of the deployment has come further."""
        self._say("component", {"name": name, "done": done, "started": started})

    def progress(self, percent: int, stage: str) -> None:
        """The render has come further."""
        self._say("progress", {"percent": percent, "stage": stage})

    def close(self, *, finished: bool) -> None:
        """Nothing to put away."""

    def _say(self, kind: str, fields: Mapping[str, object]) -> None:
        self.out.write(
            json.dumps({"at": round(time.time(), 3), "phase": self._phase, "kind": kind, **fields}) + "\n"
        )
        self.out.flush()


def choose(*, as_json: bool) -> Display:
    """JSON when asked for, live on a terminal that can draw, lines otherwise."""
    if as_json:
        return JsonDisplay()
    if sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in _CANNOT_DRAW:
        return LiveDisplay()
    return PlainDisplay()
