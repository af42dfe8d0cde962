"""The clock of a schedule: calls its function at the deployed rate."""

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local import rates
from local.lambda_service.asynchronous import AsynchronousInvocations
from local.minutes import Minutes


@dataclass(frozen=True, kw_only=True)
class ScheduleSource:
    """A deployed schedule with a rate: the first call at once, as in the real service."""

    name: str
    expression: str
    given: str
    invocations: AsynchronousInvocations
    minutes: Minutes
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def feed(self, stop: threading.Event) -> None:
        """Call the function at the rate, in minutes of the stack."""
        self.minutes.every(rates.period_s(self.expression) // 60, self._call, stop)

    def _call(self) -> None:
        self.invocations.take(self._event(), self.minutes.number)

    def _event(self) -> Mapping[str, object]:
        if self.given:
            event: Mapping[str, object] = json.loads(self.given)
            return event
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "time": f"{self.clock():%Y-%m-%dT%H:%M:%SZ}",
            "resources": [self.name],
            "detail": "{}",
        }
