"""The Auto Scaling group on paper: instances that launch, boot, idle, work and end, and what they cost."""

from heapq import heappush
from random import Random
from typing import Final

from simulator.conditions import Conditions
from simulator.scaling_policy import Observed, ScalingPolicy, Stage

FINISH, READY, GIVEN_UP, NOTICE, TAKEN, LOOK, IDLED, STALL_OVER = range(8)
GONE: Final = -9
ANY_TIME: Final = -1
HOOK_TIMEOUT_S: Final = 600.0
SPOT_NOTICE_S: Final = 120.0


class Fleet:
    """Instances by what they do. Policies read the public names and order through the public methods."""

    def __init__(self, policy: ScalingPolicy, conditions: Conditions) -> None:
        self.conditions, self.policy = conditions, policy
        self.now = 0.0
        self.desired = 0
        self.idle: list[int] = []
        self.busy: dict[int, int] = {}
        self.booting: dict[int, float] = {}
        self.seen = Observed()
        self.kills = self.interrupted = self.launches = self.peak = 0
        self.paid_s = 0.0
        self._launched: list[float] = []
        self._idle_since: list[float] = []
        self._place: list[int] = []
        self._epoch: list[int] = []
        self._noticed: set[int] = set()
        self._doomed: set[int] = set()
        self._events: list[tuple[float, int, int, int]] = []
        self._random = Random(conditions.seed)  # noqa: S311 - chance that can be repeated is the point
        self._fate = Random(conditions.seed + 1)  # noqa: S311

    @property
    def alive(self) -> int:
        """Instances that count towards desired."""
        return len(self.idle) + len(self.busy) + len(self.booting) + len(self._doomed)

    def age(self, instance: int) -> float:
        """Seconds since its launch."""
        return self.now - self._launched[instance]

    def idle_for(self, instance: int) -> float:
        """Seconds for which an idle instance has been so."""
        return self.now - self._idle_since[instance]

    def set_desired(self, desired: int) -> None:
        """As the group treats it: raising launches, lowering ends any instance that is not protected."""
        self.desired = max(0, min(desired, self.conditions.maximum))
        excess = self.alive - self.desired
        if excess > 0:
            victims = [*self.idle, *self.booting, *(() if self.policy.protects_busy else self.busy)]
            self._random.shuffle(victims)
            for instance in victims[:excess]:
                self.end(instance, lower=False)
        self._reconcile()

    def drain(self, instance: int) -> bool:
        """End the instance if it is still idle, and lower desired with it."""
        if self._place[instance] < 0:
            return False
        self.end(instance, lower=True)
        return True

    def end(self, instance: int, *, lower: bool) -> None:
        """End this one instance, whatever it does; its job starts again."""
        if instance in self.busy:
            self.kills += 1
            self._abandoned(self.busy.pop(instance))
        elif instance in self.booting:
            del self.booting[instance]
        elif instance in self._doomed:
            self._doomed.discard(instance)
        else:
            self._not_idle(instance)
        self._epoch[instance] = GONE
        self._pay(instance)
        self.policy.changed(instance, None, self.now)
        if lower:
            self.desired -= 1
        self._reconcile()

    def _abandoned(self, job: int) -> None:
        """A job lost its instance."""

    def _reconcile(self) -> None:
        if any(begin <= self.now < end for begin, end in self.conditions.faults.stalls):
            return
        for _ in range(self.desired - self.alive):
            self._launch()
        self.peak = max(self.peak, self.alive)

    def _launch(self) -> None:
        instance, faults = len(self._launched), self.conditions.faults
        self._launched.append(self.now)
        self._idle_since.append(0.0)
        self._place.append(-1)
        self._epoch.append(0)
        self.launches += 1
        self.booting[instance] = self.now
        boot = self._fate.uniform(*self.conditions.boot_s)
        if faults.boot_failures and self._fate.random() < faults.boot_failures:
            # The launch hook runs into its timeout; the group ends the instance and launches another.
            heappush(self._events, (self.now + HOOK_TIMEOUT_S, GIVEN_UP, instance, 0))
        else:
            heappush(self._events, (self.now + boot, READY, instance, 0))
        if faults.interruptions_per_hour:
            lives = self._fate.expovariate(faults.interruptions_per_hour / 3600)
            heappush(self._events, (self.now + lives, NOTICE, instance, ANY_TIME))
        self.policy.changed(instance, Stage.LAUNCHED, self.now)

    def _notice(self, instance: int) -> None:
        """AWS takes a spot instance back: it claims nothing more and has two minutes."""
        if instance not in self.busy:
            self._epoch[instance] += 1
            if instance in self.booting:
                del self.booting[instance]
            else:
                self._not_idle(instance)
            self._doomed.add(instance)
        self._noticed.add(instance)
        self.policy.changed(instance, Stage.DRAINING, self.now)
        heappush(self._events, (self.now + SPOT_NOTICE_S, TAKEN, instance, ANY_TIME))

    def _taken(self, instance: int) -> None:
        if instance in self.busy:
            # AWS ended it, not the policy.
            self.interrupted += 1
            self.kills -= 1
        self.end(instance, lower=False)

    def _is_meant(self, instance: int, epoch: int) -> bool:
        """An event of an instance still concerns it: nothing else has happened to it since."""
        now = self._epoch[instance]
        return now == epoch or (epoch == ANY_TIME and now != GONE)

    def _pay(self, instance: int) -> None:
        self.paid_s += max(self.now - self._launched[instance], self.conditions.billing_minimum_s)

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
