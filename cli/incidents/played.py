"""What came of an incident, and what the page promised and did not keep. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cli.incidents.cloud import Compared
from cli.incidents.healthy import Healthy
from cli.incidents.incident import Incident
from cli.incidents.pages import Page


@dataclass(frozen=True, kw_only=True)
class Played:
    """What came of one incident; times are minutes of the stack."""

    incident: Incident
    rang_after: int
    page_says: int
    commands: Sequence[Compared]
    over_after: int
    """With the minutes that were skipped."""
    rang_too: Sequence[str] = ()
    """The alarms that should have been silent, and were not."""

    def problems(self, healthy: Healthy) -> list[str]:
        """What the page promised and did not keep."""
        row, incident = Page.read(self.incident.page).cause(self.incident.cause), self.incident
        found = [one.mismatch for one in self.commands if one.mismatch]
        found += [f"the page's row does not say {word!r}" for word in incident.tells if word not in row]
        found += [f"{name} rang, too" for name in self.rang_too]
        tells = [*map(re.escape, incident.tells), *([incident.figure] if incident.figure else [])]
        shown = [*incident.tells, *([incident.figure] if incident.figure else [])]
        for pattern, word in zip(tells, shown, strict=True):
            found += self._untold(pattern, word, healthy)
        return found

    def _untold(self, pattern: str, word: str, healthy: Healthy) -> Iterator[str]:
        """Why a word does not tell the cause: no diagnosing command prints it, or one always does."""
        telling = [one for one in self.commands if one.diagnosing and re.search(pattern, one.printed)]
        if not telling:
            yield f"no diagnosing command printed {word!r}"
        for one in telling:
            if re.search(pattern, healthy.prints(self.incident, one.line)):
                yield f"{one.line!r} prints {word!r} on a healthy stack, too"
