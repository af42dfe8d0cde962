"""Breaks the fleet: its launches, its engines, its instance refresh, and whoever hears of that."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from clipit_client import StatusError

from cli.incidents.breaks.repeating import repeatedly
from cli.incidents.calm import rendered
from cli.incidents.cloud import FLEET, TENANT, WAIT_OBJECTIVE_S, Cloud, misses
from handlers.jobs.reasons import WaitReason
from local.processes import children
from local.stack.runner import LocalStack

_LONG_S = 60.0
"""Of video: its engine lives long enough to be killed."""
_OF_SCALER = {"service": "scaler", "environment": "local", "fleet": FLEET}
_OF_RENDERS = {"service": "renders", "environment": "local", "fleet": FLEET}
_BACKLOG, _SHARE, _TOO_LONG_S = 60, 0.35, 60
"""Many more renders than two instances start within the wait objective."""
_SLOW_S = 60.0
"""Of video: of a backlog of shorter ones the scaler says that a worker will soon be free."""
_SOME, _LONGER_S = 16, 450.0
"""Renders of so many seconds of video: too few for a page, and each takes about as long as a boot. With
shorter ones the scaler says that a worker will soon be free, and soon none waits any more."""
_GOOD = 4
"""Renders: with one more, the floor of six hours."""


def rendering(stack: LocalStack) -> tuple[bytes, ...]:
    """What the command lines of all engines that render on a stack have."""
    return b"\0render\0--composition\0", bytes(stack.folder)


@contextmanager
def engines_die(cloud: Cloud) -> Iterator[None]:
    """Every engine is killed while it renders, until the render is given up."""
    with repeatedly(lambda: children.signal_having(signal.SIGKILL, *rendering(cloud.stack))):
        render = cloud.submit(seconds=_LONG_S)
        cloud.until("the render is given up", lambda: cloud.letters(f"{FLEET}-renders-dead-letters") > 0)
        cloud.known.update({"job id": render, "tenant": TENANT, "attempt": "1"})
        yield
    cloud.follow("RenderDeadLetters", "clipit redrive --fleet")


@contextmanager
def a_breaker_opens(cloud: Cloud) -> Iterator[None]:
    """AWS launches no instance for the fleet while a render waits, until the scaler tries no longer."""
    with _nothing_launches(cloud) as since:

        def open_now() -> bool:
            return max(cloud.measured("ClipIt", "OpenBreakers", since, **_OF_SCALER), default=0) > 0

        cloud.until("a breaker is open", open_now)
        yield


@contextmanager
def a_render_waits(cloud: Cloud) -> Iterator[None]:
    """AWS launches no instance for the fleet until a render has waited too long."""
    with _nothing_launches(cloud) as since:

        def too_long() -> bool:
            ages = cloud.measured("ClipIt", "OldestQueuedJobAge", since, **_OF_SCALER)
            return max(ages, default=0) > _TOO_LONG_S

        cloud.until("a render has waited too long", too_long)
        yield


@contextmanager
def _nothing_launches(cloud: Cloud) -> Iterator[datetime]:
    """AWS has no instance; the pages say to wait until it has.

    Yields since when: what was measured before is of renders that waited for something else.
    """
    group, scaling = cloud.name(FLEET), cloud.connection.autoscaling()
    cloud.until("the fleet is empty", lambda: not _instances(cloud))
    scaling.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["Launch"])
    since = datetime.now(UTC)
    try:
        cloud.submit()
        yield since
    finally:
        scaling.resume_processes(AutoScalingGroupName=group, ScalingProcesses=["Launch"])


def _instances(cloud: Cloud) -> int:
    shown = cloud.connection.autoscaling().describe_auto_scaling_groups(
        AutoScalingGroupNames=[cloud.name(FLEET)]
    )
    return sum(len(group["Instances"]) for group in shown["AutoScalingGroups"])


@contextmanager
def many_renders_arrive(cloud: Cloud) -> Iterator[None]:
    """More renders arrive at once than the fleet may have instances for."""
    since = datetime.now(UTC)
    renders = [cloud.submit(seconds=_SLOW_S) for _ in range(_BACKLOG)]

    def late() -> bool:
        return misses(_waits(cloud, since), WAIT_OBJECTIVE_S, _SHARE)

    cloud.until("renders start late", late)
    _until_at_maximum(cloud, renders[-1])
    cloud.known["more"] = "3"
    yield
    cloud.follow("RenderWaitsTooLong", "pulumi config set")
    cloud.deploy()


@contextmanager
def some_renders_wait(cloud: Cloud) -> Iterator[None]:
    """Some long renders arrive at once: the instances that the fleet may have start the last of them late."""
    since = datetime.now(UTC)
    renders = [cloud.submit(seconds=_LONGER_S) for _ in range(_SOME)]
    cloud.until("a render starts late", lambda: max(_waits(cloud, since), default=0) > WAIT_OBJECTIVE_S)
    _until_at_maximum(cloud, renders[-1])
    yield
    with cloud.customer() as client:
        for render in renders:
            with suppress(StatusError):  # it has ended
                client.renders.cancel(render)
        cloud.until("the renders end", lambda: all(client.renders.get(one).ended for one in renders))


def _until_at_maximum(cloud: Cloud, render: str) -> None:
    """Wait until all instances that the fleet may have serve, however late they boot, and a render waits."""

    def waits() -> bool:
        waiting = client.renders.get(render).waiting
        return waiting is not None and waiting.code == WaitReason.FLEET_AT_MAXIMUM

    with cloud.customer() as client:
        cloud.until("a render waits because the fleet may have no more instances", waits)


@contextmanager
def one_render_fails(cloud: Cloud) -> Iterator[None]:
    """Some renders succeed; of one every engine is killed, until it is given up."""
    rendered(cloud, count=_GOOD)
    with engines_die(cloud):
        yield


def _waits(cloud: Cloud, since: datetime) -> list[float]:
    return cloud.measured("ClipIt", "RenderWaitSeconds", since, **_OF_RENDERS)


@contextmanager
def a_refresh_is_cancelled(cloud: Cloud) -> Iterator[None]:
    """An operator cancels an instance refresh."""
    group, scaling = cloud.name(FLEET), cloud.connection.autoscaling()

    def idle() -> bool:
        shown = scaling.describe_instance_refreshes(AutoScalingGroupName=group)["InstanceRefreshes"]
        return all("EndTime" in one for one in shown)

    cloud.until("the end of the refresh before", idle)
    scaling.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["Launch"])
    scaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=1)
    scaling.start_instance_refresh(AutoScalingGroupName=group)
    scaling.cancel_instance_refresh(AutoScalingGroupName=group)
    scaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=0)
    scaling.resume_processes(AutoScalingGroupName=group, ScalingProcesses=["Launch"])
    yield
    cloud.follow("FleetRefreshStopped", "aws autoscaling start-instance-refresh")
