"""How long a tenant's webhooks take, from a render's end to its receiver, while another's receivers hang.

Time is simulated. What decides is the program's own: the number of deliveries at a time, their time limits,
and `SlowReceivers`. The queue gives out the message of the tenant that has the fewest
in flight, as in `renders`.
"""

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from typing import Final

from benchmarks.fairness.served import ATTACKER, VICTIM
from handlers.jobs.outgoing.targets import LOOK_UP_SECONDS
from handlers.notifier.sending import TOTAL_SECONDS
from handlers.notifier.slow_receivers import HURRIED_LOOK_UP_SECONDS, HURRIED_SECONDS, SlowReceivers

AT_A_TIME: Final = 100
"""`MOST_DELIVERIES` of the notifier's component, as a test says."""
STREAM_SECONDS, CALLS_SECONDS, ANSWER_SECONDS = 0.25, 0.1, 0.15
"""Lambda polls a stream four times a second (Lambda developer guide); our calls around a delivery, by the
traces of the local stack; a receiver that is in order."""
ATTACK_PER_SECOND: Final = 50.0
"""Webhooks, retries included: five times what a hundred deliveries that hang can take."""
VICTIM_EVERY_SECONDS: Final = 1.0
SECONDS: Final = 1_200.0


@dataclass(frozen=True, kw_only=True)
class Receivers:
    """An attacker's, and how long one holds a delivery that has this much time for name and answer."""

    name: str
    slow_name: bool
    share: float

    def seconds(self, look_up: float, total: float) -> float:
        """As long as they can."""
        return (look_up * 0.99 if self.slow_name else 0.01) + total * self.share


ATTACKS = (
    Receivers(name="has receivers that hang", slow_name=False, share=1.0),
    Receivers(name="has receivers that drip, at names that hang", slow_name=True, share=1.0),
    Receivers(name="has receivers that answer at the last moment", slow_name=False, share=0.99),
)


@dataclass
class _Deliveries:
    """The function's executions, as processes that each remember something."""

    attack: Receivers
    now: float = 0.0
    random: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - chance that can be repeated
    ends: list[tuple[float, int, str]] = field(default_factory=list)
    waiting: dict[str, deque[float]] = field(default_factory=lambda: {VICTIM: deque(), ATTACKER: deque()})

    def __post_init__(self) -> None:
        made = [SlowReceivers(now=lambda: self.now, chance=self.random.random) for _ in range(AT_A_TIME)]
        self.processes = dict(enumerate(made))
        self.free = list(self.processes)

    def start(self) -> float | None:
        """Start the fairest of what waits; the seconds of a victim's webhook, or None."""
        in_flight = {VICTIM: 0, ATTACKER: 0}
        for _, _, tenant in self.ends:
            in_flight[tenant] += 1
        tenant = min((one for one in self.waiting if self.waiting[one]), key=in_flight.__getitem__)
        queued_at = self.waiting[tenant].popleft()
        number = self.free.pop(self.random.randrange(len(self.free)))
        held = ANSWER_SECONDS if tenant == VICTIM else self._held(self.processes[number])
        heappush(self.ends, (self.now + CALLS_SECONDS + held, number, tenant))
        return self.now - queued_at + STREAM_SECONDS + CALLS_SECONDS + held if tenant == VICTIM else None

    def _held(self, slow: SlowReceivers) -> float:
        hurried = slow.has(ATTACKER)
        limits = (HURRIED_LOOK_UP_SECONDS, HURRIED_SECONDS) if hurried else (LOOK_UP_SECONDS, TOTAL_SECONDS)
        held = self.attack.seconds(*limits)
        slow.note(ATTACKER, held)
        return held


def measure(attack: Receivers | None, *, seconds: float = SECONDS) -> list[float]:
    """Seconds of each of the victim's webhooks; the attack has lasted for some time when they begin."""
    world = _Deliveries(attack or ATTACKS[0])
    arrivals = [(n * VICTIM_EVERY_SECONDS, VICTIM) for n in range(int(seconds / VICTIM_EVERY_SECONDS))]
    if attack:
        arrivals += [(n / ATTACK_PER_SECOND, ATTACKER) for n in range(int(seconds * ATTACK_PER_SECOND))]
    arrivals.sort()
    took, coming = list[float](), deque(arrivals)
    while coming:
        if world.ends and world.ends[0][0] <= coming[0][0]:
            world.now, number, _ = heappop(world.ends)
            world.free.append(number)
        else:
            world.now, tenant = coming.popleft()
            world.waiting[tenant].append(world.now)
        while world.free and any(world.waiting.values()):
            if (one := world.start()) is not None:
                took.append(one)
    return took
