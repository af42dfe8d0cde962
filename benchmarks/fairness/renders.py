"""How long a tenant's renders take, from submission to video, while another floods the same fleet.

The scaler is ours, over the fleet on paper of `simulator`. The queue gives out the message of the tenant that
has the fewest in flight, as the fair queues of SQS do for groups (SQS developer guide, "Amazon SQS fair
queues"); the job server names the tenant as the group, which a test proves.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from benchmarks.fairness.served import ATTACKER, TENANT_QUEUED_LIMIT, VICTIM
from simulator.conditions import Conditions
from simulator.ours import ClipIt
from simulator.scaling_policy import ScalingPolicy
from simulator.standard import LIMITS
from simulator.trace import Trace
from simulator.world import World

MAXIMUM: Final = 60
"""Instances, as `Pulumi.prod.yaml` has it."""
TENANT_MAXIMUM: Final = 45
"""Of them for one tenant, as the same file has it; agents put the others off."""
VICTIM_EVERY_S, VICTIM_SERVICE_S = 120.0, 60.0
ATTACK_BEGINS_S, ENDS_S = 3_600.0, 7_200.0


@dataclass(frozen=True, kw_only=True)
class Flood:
    """An attacker that keeps its queue as long as it may be, with renders of this length."""

    name: str
    service_s: float


FLOODS = (
    Flood(name="floods with renders of 10 s", service_s=10),
    Flood(name="floods with renders of 600 s", service_s=600),
    Flood(name="holds engines for the hour that a job may take", service_s=3_600),
)


class FairWorld(World):
    """A worker that is free takes the oldest message of the tenant with the fewest in flight."""

    def __init__(
        self, trace: Trace, policy: ScalingPolicy, conditions: Conditions, tenants: Sequence[str]
    ) -> None:
        super().__init__(trace, policy, conditions)
        self._tenants = tenants

    def _next_job(self) -> bool:
        if not super()._next_job():
            return False
        held = Counter(self._tenants[job] for job in self.busy.values())
        chosen = min(self.queue, key=lambda job: held[self._tenants[job]])
        if held[self._tenants[chosen]] >= TENANT_MAXIMUM:
            return False
        self.queue.remove(chosen)
        self.queue.appendleft(chosen)
        return True


def measure(flood: Flood | None, *, ends_s: float = ENDS_S) -> list[float]:
    """Seconds from submission to video of each of the victim's renders while the attack lasts."""
    arrivals = [(at, VICTIM, VICTIM_SERVICE_S) for at in np.arange(30.0, ends_s, VICTIM_EVERY_S)]
    if flood:
        arrivals += [(at, ATTACKER, flood.service_s) for at in _attack(flood, ends_s)]
    arrivals.sort(key=lambda one: one[0])
    at, tenants, service = zip(*arrivals, strict=True)
    trace = Trace(name="fairness", arrival=np.array(at), service=np.array(service))
    policy = ClipIt(limits=replace(LIMITS, maximum=MAXIMUM), trace=trace)
    world = FairWorld(trace, policy, Conditions(maximum=MAXIMUM), tenants)
    world.run()
    waits = world.waits()
    return [
        float(waits[job]) + service[job]
        for job, tenant in enumerate(tenants)
        if tenant == VICTIM and at[job] >= ATTACK_BEGINS_S
    ]


def _attack(flood: Flood, ends_s: float) -> list[float]:
    """Its whole limit at once, and then one for each that a full fleet can start."""
    ongoing = np.arange(ATTACK_BEGINS_S, ends_s, flood.service_s / MAXIMUM)
    return [ATTACK_BEGINS_S] * TENANT_QUEUED_LIMIT + [float(one) for one in ongoing]
