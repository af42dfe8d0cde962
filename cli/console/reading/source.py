"""What the console has read of a stack, each part kept for as long as it may be old."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from cli.console.reading.alarms import Ringing, ringing
from cli.console.reading.answers import Answer, Answers
from cli.console.reading.budgets import Budget, budgets_of
from cli.console.reading.facts import FleetFacts, facts_of
from cli.console.reading.limits import Limits
from cli.console.reading.receivers import FailingReceivers, failing_receivers
from cli.console.reading.search import REQUEST_ID, SEARCHED, is_there, render_named_by, render_of_request
from cli.console.reading.sizes import MINUTE_S, Sizes, sizes_of
from cli.console.reading.trouble import Trouble, trouble_of
from cli.exits import CommandError
from cli.stack_place import StackPlace
from cli.trace.calls import Calls
from cli.trace.facts import Facts
from cli.trace.reading import Reading

KEEP_S = 5.0
"""Of a fleet: all tabs together make `CALLS_A_FLEET` calls a fleet in this time."""
KEEP_RENDER_S = 15.0
"""Of a render, which costs up to 25 calls."""
KEEP_METRICS_S = 60.0
"""Of what CloudWatch measures in minutes, and of what is asked of its logs."""
CALLS_OF_SIGNALS = 6
"""Of ringing alarms 1, of budgets 3, of failing receivers 2; of the sizes 1 more a fleet."""
_READERS = 8


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything that the overview shows."""

    fleets: Mapping[str, tuple[Answer[FleetFacts], Answer[Sizes]]]
    alarms: Answer[tuple[Ringing, ...]]
    failing: Answer[FailingReceivers]
    budgets: Answer[tuple[Budget, ...]]


@dataclass(kw_only=True)
class Source:
    """The stack that is shown, and what was read of it; `calls` makes clients for one reading."""

    stack: str
    place: StackPlace
    limits: Mapping[str, Limits]
    calls: Callable[[], Calls]
    emulated: bool = False
    """The stack is in no account of AWS, so that nothing of it has a page there."""
    minute_s: int = MINUTE_S
    """Of CloudWatch, in seconds of the clock; a local stack in time lapse has shorter ones."""
    now: Callable[[], float] = time.time
    _readers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_READERS))

    def __post_init__(self) -> None:
        self._fleets = Answers[FleetFacts](keep_s=KEEP_S, now=self.now)
        self._alarms = Answers[tuple[Ringing, ...]](keep_s=KEEP_S, now=self.now)
        self._renders = Answers[Facts](keep_s=KEEP_RENDER_S, now=self.now)
        self._sizes = Answers[Sizes](keep_s=KEEP_METRICS_S, now=self.now)
        self._budgets = Answers[tuple[Budget, ...]](keep_s=KEEP_METRICS_S, now=self.now)
        self._failing = Answers[FailingReceivers](keep_s=KEEP_METRICS_S, now=self.now)
        self._found = Answers[str | None](keep_s=KEEP_RENDER_S, now=self.now)

    def overview(self) -> Overview:
        """All fleets and signals, read at the same time: the slowest decides how long it takes."""
        alarms, failing, budgets = (
            self._readers.submit(self.alarms),
            self._readers.submit(self.failing),
            self._readers.submit(self.budgets),
        )
        fleets = {name: self._readers.submit(self.fleet, name) for name in self.place.fleets}
        return Overview(
            fleets={name: one.result() for name, one in fleets.items()},
            alarms=alarms.result(),
            failing=failing.result(),
            budgets=budgets.result(),
        )

    def fleet(self, name: str) -> tuple[Answer[FleetFacts], Answer[Sizes]]:
        """What is known of a fleet, and how its size came about."""
        return (
            self._fleets.of(name, lambda: facts_of(name, self.place, self.calls())),
            self._sizes.of(name, lambda: sizes_of(name, self.place, self.calls(), self.minute_s)),
        )

    def alarms(self) -> Answer[tuple[Ringing, ...]]:
        """What rings."""
        return self._alarms.of("", lambda: ringing(self.place, self.calls()))

    def budgets(self) -> Answer[tuple[Budget, ...]]:
        """What is left of the error budgets."""
        return self._budgets.of("", lambda: budgets_of(self.place, self.limits, self.calls()))

    def failing(self) -> Answer[FailingReceivers]:
        """Who did not get webhooks."""
        return self._failing.of("", lambda: failing_receivers(self.place, self.calls(), self.now()))

    def render(self, render: str) -> Answer[Facts]:
        """What is known of a render.

        Raises:
            CommandError: There is none.
        """

        def read() -> Facts:
            return Reading(place=self.place, calls=self.calls(), describe=_described).of(render)

        return self._renders.of(render, read)

    def search(self, wanted: str) -> str:
        """The render that an operator looks for.

        A trace id and the id that the job server gives a request look the same: the trace comes first.

        Raises:
            CommandError: There is none, or nothing can be called so.
        """
        if (render := render_named_by(wanted)) and self._has(render):
            return render
        if not REQUEST_ID.fullmatch(wanted):
            raise CommandError(f"{wanted!r} is nothing that can be found; search for {SEARCHED}")
        answer = self._found.of(
            f"request {wanted}",
            lambda: render_of_request(wanted, self.place, self.calls(), self.now()),
        )
        if answer.value is not None:
            return answer.value
        unread = f" ({_described_as(answer.trouble)})" if answer.trouble else ""
        raise CommandError(
            f"no render and no trace is called {wanted!r}, and no request of the last day{unread}"
        )

    def _has(self, render: str) -> bool:
        """Whether there is such a render; one that cannot be looked for may be there."""
        answer = self._found.of(
            render, lambda: render if is_there(render, self.place, self.calls()) else None
        )
        return answer.value is not None or answer.trouble is not None


def _described(problem: Exception) -> str:
    return _described_as(trouble_of(problem))


def _described_as(trouble: Trouble) -> str:
    return f"{trouble.state}: {trouble.text}"
