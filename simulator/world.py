"""Jobs and a fleet under a policy, event by event."""

from collections import deque
from heapq import heappop, heappush
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.conditions import Conditions
from simulator.fleet import FINISH, GIVEN_UP, IDLED, LOOK, NOTICE, READY, STALL_OVER, TAKEN, Fleet
from simulator.scaling_policy import ScalingPolicy, Stage
from simulator.trace import Trace

WAITING, DONE, IN_WORK = range(3)
LEFT_TO_RUN_S: Final = 86_400.0
EXIT_WAIT_S: Final = 10.0
SOONEST_LOOK_S: Final = 0.1


class World(Fleet):
    """One run of one policy on one trace. A policy never sees the service time of a job that is not done."""

    def __init__(self, trace: Trace, policy: ScalingPolicy, conditions: Conditions) -> None:
        super().__init__(policy, conditions)
        self.queue: deque[int] = deque()
        self.looks = 0
        self._arrival: list[float] = trace.arrival.tolist()
        self._service: list[float] = trace.service.tolist()
        self._queued_at: list[float] = self._arrival.copy()
        self._waits = [0.0] * len(trace)
        self._state = bytearray(len(trace))
        self._next_look = float("inf")
        self._last_look = float("-inf")
        self._served = 0
        self._on = {
            FINISH: self._finish,
            READY: self._ready,
            GIVEN_UP: self._give_up,
            NOTICE: self._notice,
            TAKEN: self._taken,
            IDLED: self._idled,
        }

    @property
    def oldest_s(self) -> float:
        """For how long the job at the head of the queue has stood there."""
        return self.now - self._queued_at[self.queue[0]] if self.queue else 0.0

    @property
    def lost(self) -> int:
        """Jobs that were never finished."""
        return len(self._state) - self._served

    def waits(self) -> NDArray[np.float64]:
        """Seconds that each job stood in the queue, in all its attempts."""
        return np.array(self._waits)

    def run(self) -> None:
        """From the first look to the last finished job, or a day after the last arrival."""
        arrival, events, total = self._arrival, self._events, len(self._arrival)
        wakes, last, n = self.policy.wake_s is not None, arrival[-1] + LEFT_TO_RUN_S if arrival else 0.0, 0
        for _, end in self.conditions.faults.stalls:
            heappush(events, (end, STALL_OVER, 0, 0))
        self._look_at(0.0)
        while self._served < total and (n < total or events):
            if n < total and (not events or arrival[n] <= events[0][0]):
                self.now = arrival[n]
                self._arrive(n)
                n += 1
            else:
                self.now, kind, subject, epoch = heappop(events)
                if self.now > last:
                    break
                self._happen(kind, subject, epoch)
                if kind != FINISH:
                    continue
            if wakes:
                self._wake()
        self._close()

    def _arrive(self, job: int) -> None:
        self.seen.arrivals.append(job)
        self.queue.append(job)
        duplicates = self.conditions.faults.duplicates
        if duplicates and self._random.random() < duplicates:
            self.queue.append(job)
        if self.idle:
            self._dispatch()

    def _happen(self, kind: int, subject: int, epoch: int) -> None:
        if kind == LOOK:
            if epoch == self.looks:
                self._look()
        elif kind == STALL_OVER:
            self._reconcile()
        elif self._is_meant(subject, epoch):
            self._on[kind](subject)

    def _ready(self, instance: int) -> None:
        self.seen.booted.append(self.now - self.booting.pop(instance))
        self._free(instance)

    def _give_up(self, instance: int) -> None:
        self.end(instance, lower=False)

    def _idled(self, instance: int) -> None:
        """It ends itself; at the minimum without decrement, so that the group replaces it."""
        self.end(instance, lower=self.desired > self.policy.minimum)

    def _look_at(self, time: float) -> None:
        if time < self._next_look:
            self._next_look = time
            self.looks += 1
            heappush(self._events, (time, LOOK, 0, self.looks))

    def _wake(self) -> None:
        delay, spacing = self.policy.wake_s or (0.0, 0.0)
        self._look_at(max(self.now + delay, self._last_look + spacing))

    def _look(self) -> None:
        self._next_look, self._last_look = float("inf"), self.now
        self._look_at(self.now + max(self.policy.look(self), SOONEST_LOOK_S))

    def _finish(self, instance: int) -> None:
        job = self.busy.pop(instance)
        self._epoch[instance] += 1
        self._state[job] = DONE
        self._served += 1
        self.seen.finished.append(job)
        if instance in self._noticed:
            self._doomed.add(instance)
            return
        if self.policy.one_job or self.alive >= self.desired:
            # One job was all, or the group has waited for this protected instance to become free.
            self._become_idle(instance)
            self.end(instance, lower=self.policy.one_job)
            return
        self._free(instance)

    def _free(self, instance: int) -> None:
        if self._next_job():
            self._start(instance, self.queue.popleft())
            return
        self._become_idle(instance)
        if self.policy.one_job:
            self.end(instance, lower=True)
            return
        self.policy.changed(instance, Stage.IDLE, self.now)
        if self.policy.idle_exit_s is not None:
            due = self.now + self.policy.idle_exit_s + EXIT_WAIT_S
            heappush(self._events, (due, IDLED, instance, self._epoch[instance]))

    def _next_job(self) -> bool:
        """Drop messages of jobs that are already in work or done (duplicate deliveries)."""
        queue, state = self.queue, self._state
        while queue and state[queue[0]] != WAITING:
            queue.popleft()
        return bool(queue)

    def _dispatch(self) -> None:
        """An idle worker takes the next message; which one is chance."""
        while self.idle and self._next_job():
            instance = self.idle[int(self._random.random() * len(self.idle))]
            self._not_idle(instance)
            self._start(instance, self.queue.popleft())

    def _start(self, instance: int, job: int) -> None:
        self._state[job] = IN_WORK
        wait = self.now - self._queued_at[job]
        self._waits[job] += wait
        self.seen.waits.append(wait)
        self.busy[instance] = job
        self._epoch[instance] += 1
        heappush(self._events, (self.now + self._service[job], FINISH, instance, self._epoch[instance]))
        self.policy.changed(instance, Stage.BUSY, self.now)

    def _abandoned(self, job: int) -> None:
        self._state[job] = WAITING
        self._queued_at[job] = self.now
        self.queue.appendleft(job)
        if self.idle:
            self._dispatch()

    def _close(self) -> None:
        for instance in (*self.idle, *self.busy, *self.booting, *self._doomed):
            self._pay(instance)
        for job, state in enumerate(self._state):
            if state == WAITING:
                self._waits[job] += max(0.0, self.now - self._queued_at[job])
