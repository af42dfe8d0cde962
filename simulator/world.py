"""Instances, queue and Auto Scaling group on paper: what happens to a fleet under a policy, event by event."""

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from typing import Final

import numpy as np

from .policy import Observed, Policy, Stage
from .trace import Trace

FINISH, READY, GIVEN_UP, NOTICE, TAKEN, LOOK, IDLED, STALL_OVER = range(8)
GONE: Final = -9
LEFT_TO_RUN_S: Final = 86_400.0
HOOK_TIMEOUT_S: Final = 600.0
SPOT_NOTICE_S: Final = 120.0
EXIT_WAIT_S: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What goes wrong, by chance but seeded."""

    boot_failures: float = 0.0
    interruptions_per_hour: float = 0.0
    stalls: tuple[tuple[float, float], ...] = ()
    duplicates: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The world's constants: boot times (uniform between two bounds), billing, the group's maximum."""

    boot_s: tuple[float, float] = (86.0, 163.0)
    billing_minimum_s: float = 60.0
    maximum: int = 200
    faults: Faults = field(default_factory=Faults)
    seed: int = 1

    @property
    def mean_boot_s(self) -> float:
        """The boot time to expect."""
        return sum(self.boot_s) / 2


class World:
    """One run of one policy on one trace. Policies see the public names, never a service time."""

    def __init__(self, trace: Trace, policy: Policy, ground: Ground) -> None:
        self.ground, self.policy = ground, policy
        self.now = 0.0
        self.desired = 0
        self.queue: deque[int] = deque()
        self.idle: list[int] = []
        self.busy: dict[int, int] = {}
        self.booting: dict[int, float] = {}
        self.seen = Observed()
        self.kills = self.interrupted = self.launches = self.peak = self.looks = 0
        self.paid_s = 0.0
        self.on_changed = policy.changed
        self._trace = trace
        self._arrival: list[float] = trace.arrival.tolist()
        self._service: list[float] = trace.service.tolist()
        self._queued_at: list[float] = self._arrival.copy()
        self.waits = [0.0] * len(trace)
        self.done = bytearray(len(trace))
        self.launched: list[float] = []
        self._idle_since: list[float] = []
        self._place: list[int] = []
        self._epoch: list[int] = []
        self._doomed: set[int] = set()
        self._noticed: set[int] = set()
        self._events: list[tuple[float, int, int, int]] = []
        self._random = Random(ground.seed)
        self._boots = Random(ground.seed + 1)
        self._next_look = float("inf")
        self._last_look = -1e9
        self._served = 0

    @property
    def alive(self) -> int:
        """Instances that count towards desired."""
        return len(self.idle) + len(self.busy) + len(self.booting) + len(self._doomed)

    @property
    def oldest_s(self) -> float:
        """For how long the job at the head of the queue has stood there."""
        return self.now - self._queued_at[self.queue[0]] if self.queue else 0.0

    def age(self, instance: int) -> float:
        """Seconds since its launch."""
        return self.now - self.launched[instance]

    def idle_for(self, instance: int) -> float:
        """Seconds for which an idle instance has been so."""
        return self.now - self._idle_since[instance]

    def run(self) -> None:
        """From the first look to the last finished job."""
        arrival, events, pop = self._arrival, self._events, heappop
        total, n = len(arrival), 0
        last = (arrival[-1] if total else 0.0) + LEFT_TO_RUN_S
        waking, duplicates = self.policy.wake_s is not None, self.ground.faults.duplicates
        for _, end in self.ground.faults.stalls:
            heappush(events, (end, STALL_OVER, 0, 0))
        self._look_at(0.0)
        while self._served < total:
            if n < total and (not events or arrival[n] <= events[0][0]):
                self.now = arrival[n]
                self.seen.arrivals.append(n)
                self.queue.append(n)
                if duplicates and self._random.random() < duplicates:
                    self.queue.append(n)
                n += 1
                if self.idle:
                    self._dispatch()
                if waking:
                    self._wake()
                continue
            time, kind, subject, epoch = pop(events)
            if time > last:
                break
            self.now = time
            self._happen(kind, subject, epoch)
            if waking and kind == FINISH:
                self._wake()
        self._close()

    def _happen(self, kind: int, subject: int, epoch: int) -> None:
        if kind == LOOK:
            if epoch == self.looks:
                self._look()
        elif kind == STALL_OVER:
            self._reconcile()
        elif self._epoch[subject] != epoch and not (epoch < 0 <= self._epoch[subject]):
            return
        elif kind == FINISH:
            self._finish(subject)
        elif kind == READY:
            self._ready(subject)
        elif kind == GIVEN_UP:
            self.end(subject, lower=False)
        elif kind == NOTICE:
            self._notice(subject)
        elif kind == TAKEN:
            self._taken(subject)
        elif kind == IDLED:
            self.end(subject, lower=self.desired > self.policy.minimum)

    # What policies do

    def set_desired(self, desired: int) -> None:
        """As the group treats it: raising launches, lowering ends any instance that is not protected."""
        self.desired = max(0, min(desired, self.ground.maximum))
        surplus = self.alive - self.desired
        if surplus > 0:
            self._shrink(surplus)
        else:
            self._reconcile()

    def end(self, instance: int, *, lower: bool) -> None:
        """End this one instance, whatever it does; its job starts again."""
        if instance in self.busy:
            self.kills += 1
            self._requeue(self.busy.pop(instance))
        elif instance in self.booting:
            del self.booting[instance]
        elif instance in self._doomed:
            self._doomed.discard(instance)
        else:
            self._not_idle(instance)
        self._epoch[instance] = GONE
        self.paid_s += max(self.now - self.launched[instance], self.ground.billing_minimum_s)
        self.on_changed(instance, None, self.now)
        if lower:
            self.desired -= 1
        self._reconcile()
        if self.queue and self.idle:
            self._dispatch()

    def drain(self, instance: int) -> bool:
        """End the instance if it is still idle, and lower desired with it."""
        if instance in self.busy or instance in self.booting or self._place[instance] < 0:
            return False
        self.end(instance, lower=True)
        return True

    # What happens by itself

    def _look_at(self, time: float) -> None:
        if time < self._next_look:
            self._next_look = time
            self.looks += 1
            heappush(self._events, (time, LOOK, 0, self.looks))

    def _wake(self) -> None:
        delay, spacing = self.policy.wake_s or (0.0, 0.0)
        time = self.now + delay
        soonest = self._last_look + spacing
        self._look_at(max(time, soonest))

    def _look(self) -> None:
        self._next_look, self._last_look = float("inf"), self.now
        self._look_at(self.now + max(self.policy.look(self), 0.1))

    def _stalled(self) -> bool:
        return any(begin <= self.now < end for begin, end in self.ground.faults.stalls)

    def _reconcile(self) -> None:
        missing = self.desired - self.alive
        if missing <= 0 or self._stalled():
            return
        for _ in range(missing):
            self._launch()
        self.peak = max(self.peak, self.alive)

    def _launch(self) -> None:
        instance, faults = len(self.launched), self.ground.faults
        self.launched.append(self.now)
        self._idle_since.append(0.0)
        self._place.append(-1)
        self._epoch.append(0)
        self.launches += 1
        self.booting[instance] = self.now
        boot = self._boots.uniform(*self.ground.boot_s)
        fails = faults.boot_failures and self._boots.random() < faults.boot_failures
        heappush(
            self._events,
            (self.now + (HOOK_TIMEOUT_S if fails else boot), GIVEN_UP if fails else READY, instance, 0),
        )
        if faults.interruptions_per_hour:
            lives = self._boots.expovariate(faults.interruptions_per_hour / 3600)
            heappush(self._events, (self.now + lives, NOTICE, instance, -1))
        self.on_changed(instance, Stage.ONLINE, self.now)

    def _ready(self, instance: int) -> None:
        self.seen.booted.append(self.now - self.booting.pop(instance))
        self._free(instance)

    def _finish(self, instance: int) -> None:
        job = self.busy.pop(instance)
        self._epoch[instance] += 1
        self.done[job] = 1
        self._served += 1
        self.seen.finished.append(job)
        if instance in self._noticed:
            self._doomed.add(instance)
            return
        if self.policy.one_job or self.alive + 1 > self.desired:
            # A protected instance that the group could not end while it worked goes now.
            self.idle.append(instance)
            self._place[instance] = len(self.idle) - 1
            self.end(instance, lower=self.policy.one_job)
            return
        self._free(instance)

    def _free(self, instance: int) -> None:
        if self.queue and self._next_job():
            self._start(instance, self.queue.popleft())
            return
        if self.policy.one_job:
            self._become_idle(instance)
            self.end(instance, lower=True)
            return
        self._become_idle(instance)
        self.on_changed(instance, Stage.IDLE, self.now)
        if self.policy.idle_exit_s is not None:
            due = self.now + self.policy.idle_exit_s + EXIT_WAIT_S
            heappush(self._events, (due, IDLED, instance, self._epoch[instance]))

    def _next_job(self) -> bool:
        """Drop messages of jobs that are already in work or done (duplicate deliveries)."""
        queue = self.queue
        while queue and self.done[queue[0]]:
            queue.popleft()
        return bool(queue)

    def _dispatch(self) -> None:
        """An idle worker takes the next message; which one is the queue's choice."""
        while self.idle and self._next_job():
            instance = self.idle[int(self._random.random() * len(self.idle))]
            self._not_idle(instance)
            self._start(instance, self.queue.popleft())

    def _start(self, instance: int, job: int) -> None:
        self.done[job] = 2
        wait = self.now - self._queued_at[job]
        self.waits[job] += wait
        self.seen.waits.append(wait)
        self.busy[instance] = job
        self._epoch[instance] += 1
        heappush(self._events, (self.now + self._service[job], FINISH, instance, self._epoch[instance]))
        self.on_changed(instance, Stage.BUSY, self.now)

    def _requeue(self, job: int) -> None:
        self.done[job] = 0
        self._queued_at[job] = self.now
        self.queue.appendleft(job)

    def _become_idle(self, instance: int) -> None:
        self._place[instance] = len(self.idle)
        self._idle_since[instance] = self.now
        self.idle.append(instance)

    def _not_idle(self, instance: int) -> None:
        place, moved = self._place[instance], self.idle[-1]
        self.idle[place] = moved
        self._place[moved] = place
        self.idle.pop()
        self._place[instance] = -1

    def _shrink(self, surplus: int) -> None:
        """The group lowers itself: any instance may go unless busy ones are protected."""
        victims = [*self.idle, *self.booting]
        if not self.policy.protects_busy:
            victims += self.busy
        self._random.shuffle(victims)
        for instance in victims[:surplus]:
            self.end(instance, lower=False)

    def _notice(self, instance: int) -> None:
        """AWS takes a spot instance back: it claims nothing more and has two minutes."""
        if instance in self.booting:
            del self.booting[instance]
            self._doomed.add(instance)
        elif instance not in self.busy:
            self._not_idle(instance)
            self._doomed.add(instance)
        self._noticed.add(instance)
        self.on_changed(instance, Stage.DRAINING, self.now)
        heappush(self._events, (self.now + SPOT_NOTICE_S, TAKEN, instance, -1))

    def _taken(self, instance: int) -> None:
        if instance in self.busy:
            self.interrupted += 1
            self.kills -= 1
        self.end(instance, lower=False)

    def _close(self) -> None:
        for instance in (*self.idle, *self.busy, *self.booting, *self._doomed):
            self.paid_s += max(self.now - self.launched[instance], self.ground.billing_minimum_s)
        for job in range(len(self.done)):
            if self.done[job] == 0:
                self.waits[job] += max(0.0, self.now - self._queued_at[job])

    @property
    def lost(self) -> int:
        """Jobs that were never finished."""
        return len(self.done) - self._served

    def waits_s(self) -> np.ndarray:
        """Seconds that each job stood in the queue."""
        return np.array(self.waits)
