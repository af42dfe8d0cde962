"""Goes through the copy page by page: counts what differs, and copies back where it is asked to."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cli.restore.comparison import COPIED_BACK, Difference, difference
from cli.restore.tables import Found, Page
from handlers.jobs.store.keys import Key

REPORT_S = 5.0
"""Seconds between two lines of progress."""


class Pages(Protocol):
    """The copy beside the table."""

    def page(self, after: Key | None) -> Page:
        """The next items of the copy, each with what the table has under its key."""

    def copy_back(self, one: Found) -> bool:
        """Write the copy's item unless the table's has changed since it was read; False when it has."""


@dataclass
class Tally:
    """What has been found so far, by kind of item, and the key up to which everything is done."""

    found: Counter[tuple[str, Difference]] = field(default_factory=Counter)
    written: int = 0
    overtaken: int = 0
    done_to: Key | None = None

    @property
    def items(self) -> int:
        """Items of the copy that were compared."""
        return self.found.total()

    @property
    def to_copy_back(self) -> int:
        """Items that the table lacks or has damaged."""
        return sum(count for (_, what), count in self.found.items() if what in COPIED_BACK)

    def by_kind(self) -> Mapping[str, Mapping[str, int]]:
        """The counts by kind of item and difference."""
        kinds: dict[str, dict[str, int]] = {}
        for (kind, what), count in sorted(self.found.items()):
            kinds.setdefault(kind, {})[what.value] = count
        return kinds

    def line(self) -> str:
        """The progress as text."""
        by_difference: Counter[Difference] = Counter()
        for (_, what), count in self.found.items():
            by_difference[what] += count
        counts = ", ".join(f"{by_difference[what]:,} {what}" for what in Difference if by_difference[what])
        written = f"; {self.written:,} copied back, {self.overtaken:,} overtaken" if self.written else ""
        return f"{self.items:,} items compared: {counts or 'none'}{written}"


@dataclass(frozen=True, kw_only=True)
class Restoring:
    """One pass over the copy; repeating it is harmless, because what was copied back is the same then."""

    pages: Pages
    say: Callable[[str], None]
    now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic

    def compare(self, tally: Tally) -> None:
        """Count the differences, and change nothing."""
        for _ in self._through(tally):
            pass

    def apply(self, tally: Tally) -> None:
        """Copy back what the table lacks or has damaged."""
        for one in self._through(tally):
            if self.pages.copy_back(one):
                tally.written += 1
            else:
                tally.overtaken += 1

    def _through(self, tally: Tally) -> Iterator[Found]:
        """Every item that belongs into the table, from where the tally says on."""
        told_at = self.clock()
        while True:
            page = self.pages.page(tally.done_to)
            for one in page.found:
                what = difference(one.pair, now=self.now())
                if what in COPIED_BACK:
                    yield one
                tally.found[one.pair.entity, what] += 1
            if page.after is None:
                return
            tally.done_to = page.after
            if self.clock() - told_at >= REPORT_S:
                self.say(tally.line())
                told_at = self.clock()
