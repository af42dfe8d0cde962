"""One JSON object per line for every event worth knowing; handlers/telemetry/events.py lists them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from handlers.telemetry.embedded import embedded
from handlers.telemetry.metrics import Metric

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

    def measure(self, event: str, values: Mapping[Metric, float], **fields: Field) -> None:
        """Something has ended; its dimensions are fields of the event, or of every event."""
        self._write("info", event, {**fields, **embedded(values, at=self.now())})

    def since(self, began: float) -> float:
        """Seconds since then."""
        return max(0.0, self.now() - began)

    def _write(self, level: str, event: str, fields: Mapping[str, object]) -> None:
        line = json.dumps(
            {"at": round(self.now(), 3), "level": level, "event": event, **self.always, **fields}
        )
        self.stream.write(line + "\n")
        self.stream.flush()
