"""What AWS measures of a service: its load balancer and target group, and what its tasks use.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_utilization.html
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from local.ecs_service.listener_rules import FixedAnswer, answer_to, fixed_answers
from local.telemetry.measurements import Measurements, Subject

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.literals import StandardUnitType
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_UNITS_PER_CPU = 1024
_USER, _SYSTEM = 11, 12
"""Fields of /proc/PID/stat after the state: ticks in user mode and in kernel mode."""


@dataclass
class Entrance:
    """The balancer of a service: its requests are measured once it is known what it is called.

    `fixed` is what the rules of its listener answer.
    """

    measurements: Measurements
    elbv2: "ElasticLoadBalancingv2Client"
    fixed: tuple[FixedAnswer, ...] = ()
    _balancer: Subject | None = None
    _targets: Subject | None = None

    def look_up(self, target_group: str) -> None:
        """Find the names of a target group and of its balancer, as dimensions have them, and its rules."""
        shown = self.elbv2.describe_target_groups(TargetGroupArns=[target_group])["TargetGroups"][0]
        for balancer in shown["LoadBalancerArns"]:
            of_balancer = {"LoadBalancer": balancer.partition(":loadbalancer/")[2]}
            of_targets = {**of_balancer, "TargetGroup": target_group.rpartition(":")[2]}
            self._balancer = Subject(namespace="AWS/ApplicationELB", dimensions=of_balancer)
            self._targets = Subject(namespace="AWS/ApplicationELB", dimensions=of_targets)
            self.fixed = fixed_answers(self.elbv2, balancer)

    def answer_to(self, target: str) -> FixedAnswer | None:
        """What a rule of the listener answers to a request for a target, if one does."""
        return answer_to(target, self.fixed)

    def measure(self, metric: str, value: float) -> None:
        """Measure a request; what the balancer answers itself is of no target group."""
        unit: StandardUnitType = "Seconds" if metric == "TargetResponseTime" else "Count"
        subjects = (self._balancer,) if "_ELB_" in metric else (self._balancer, self._targets)
        for subject in subjects:
            if subject:
                self.measurements.add(subject, metric, value, unit)

    def count_hosts(self, *, healthy: int, unhealthy: int) -> None:
        """Measure the targets by their health."""
        if self._targets:
            self.measurements.add(self._targets, "HealthyHostCount", healthy)
            self.measurements.add(self._targets, "UnHealthyHostCount", unhealthy)


@dataclass
class Utilization:
    """How much of what they may use the tasks of each service use."""

    measurements: Measurements
    _before: dict[int, tuple[float, float]] = field(default_factory=dict)

    def measure(self, cluster: str, service: str, cpu_units: Mapping[int, int]) -> None:
        """Measure the CPU in use by processes, each with the units that it may use."""
        used = [self._percent(process, units) for process, units in cpu_units.items()]
        known = [percent for percent in used if percent is not None]
        for dimensions in ({"ClusterName": cluster}, {"ClusterName": cluster, "ServiceName": service}):
            subject = Subject(namespace="AWS/ECS", dimensions=dimensions)
            for percent in known:
                self.measurements.add(subject, "CPUUtilization", percent, "Percent")

    def _percent(self, process: int, units: int) -> float | None:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        now, busy = time.monotonic(), (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS_PER_S
        before, self._before[process] = self._before.get(process), (now, busy)
        if before is None or now == before[0]:
            return None
        return 100 * (busy - before[1]) / (now - before[0]) / (units / _UNITS_PER_CPU)
