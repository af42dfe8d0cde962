"""One JSON object per line for every event worth knowing; the list is in docs/worker-protocol.md."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

Field = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True)
class EventLog:
    """Where events are written, and the fields that every one of them carries."""

    stream: TextIO
    now: Callable[[], float]
    always: dict[str, Field] = field(default_factory=dict)

    def about(self, **more: Field) -> "EventLog":
        """The same log with further fields on every event."""
        return EventLog(stream=self.stream, now=self.now, always={**self.always, **more})

    def say(self, event: str, **fields: Field) -> None:
        """Something happened."""
        self._write("info", event, fields)

    def warn(self, event: str, **fields: Field) -> None:
        """Something went wrong that the agent deals with."""
        self._write("warning", event, fields)

    def error(self, event: str, **fields: Field) -> None:
        """Something went wrong that an operator should look at."""
        self._write("error", event, fields)

    def _write(self, level: str, event: str, fields: dict[str, Field]) -> None:
        line = json.dumps(
            {"at": round(self.now(), 3), "level": level, "event": event, **self.always, **fields}
        )
        self.stream.write(line + "\n")
        self.stream.flush()
