"""The time as this machine has it, put right where the table's own answers contradict it.

Others judge leases and heartbeats by their clocks. If this machine's is slow by more than a lease, its jobs
are taken away while it renders them; if it is fast, a dead worker's job waits for as long as it is ahead.
"""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from handlers.render_agent.logs import EventLog

TOLERANCE_SECONDS = 5.0
"""The header `Date` has whole seconds, and the answer that brings it has been under way."""


class ServerClock:
    """Tells the time.

    A request must reach AWS within five minutes of the time in its signature (IAM user guide, "AWS Signature
    Version 4 for API requests"), so a machine that is further off is heard by nobody.
    """

    def __init__(self, event_log: EventLog, local: Callable[[], float] = time.time) -> None:
        self._event_log, self._local = event_log, local
        self._behind = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._local() + self._behind

    def hear(self, date: str) -> None:
        """The time of the server, as a header says it; one that cannot be read says nothing."""
        try:
            behind = parsedate_to_datetime(date).timestamp() - self._local()
        except ValueError:
            return
        if abs(behind) <= TOLERANCE_SECONDS:
            behind = 0.0
        elif not self._behind:
            self._event_log.warn("clock_skewed", seconds_behind=round(behind, 1))
        self._behind = behind
