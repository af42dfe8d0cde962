"""Decides whether each part of a deployment is finished. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

IN_SERVICE = "InService"
_OPEN = frozenset({"Pending", "InProgress", "Cancelling", "RollbackInProgress"})


class Status(StrEnum):
    """The progress of a part of the deployment."""

    WAIT = "wait"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The status and its reason in words."""

    status: Status
    reason: str


def _wait(reason: str) -> Judgement:
    return Judgement(status=Status.WAIT, reason=reason)


def _done(reason: str) -> Judgement:
    return Judgement(status=Status.DONE, reason=reason)


def _failed(reason: str) -> Judgement:
    return Judgement(status=Status.FAILED, reason=reason)


@dataclass(frozen=True, kw_only=True)
class ServiceDeployment:
    """One deployment of the API, as ECS reports it."""

    primary: bool
    revision: str
    state: str
    reason: str
    running: int
    desired: int


def service(deployments: Sequence[ServiceDeployment], wanted: str) -> Judgement:
    """Whether the wanted revision serves.

    ECS reports a rollback as a success too, and lists what failed only until the rollback is completed.
    """
    primary = next((one for one in deployments if one.primary), None)
    if primary is None:
        return _failed("the service has no primary deployment")
    given_up = next((one for one in deployments if one.revision == wanted and one.state == "FAILED"), None)
    if given_up is not None:
        return _failed(f"{wanted}: {given_up.reason}; {primary.revision} serves")
    if primary.revision != wanted:
        return _failed(
            f"{primary.revision} serves instead of {wanted}: ECS or an operator rolled back; "
            "docs/runbooks/ApiDeploymentFailed.md says how to see why"
        )
    if primary.state == "COMPLETED":
        return _done(f"{wanted} serves")
    return _wait(f"{wanted}: {primary.running} of {primary.desired} tasks run")


@dataclass(frozen=True, kw_only=True)
class FunctionCode:
    """The code that a function has, and whether Lambda has finished putting it in place."""

    name: str
    code: str
    update: str
    reason: str


def functions(found: Sequence[FunctionCode], wanted: Mapping[str, str]) -> Judgement:
    """Whether every function runs the wanted code."""
    for one in found:
        if one.update == "Failed":
            return _failed(f"{one.name}: Lambda could not put the new code in place: {one.reason}")
    left = sorted(one.name for one in found if one.update != "Successful" or one.code != wanted[one.name])
    missing = sorted(set(wanted) - {one.name for one in found})
    if missing:
        return _failed(f"there is no function {', '.join(missing)}")
    return _wait(f"not yet: {', '.join(left)}") if left else _done(f"{len(found)} functions run the new code")


@dataclass(frozen=True, kw_only=True)
class Refresh:
    """The newest instance refresh of a group."""

    started: float
    status: str
    percent: int
    left: int
    reason: str


def refresh(newest: Refresh | None, *, since: float) -> Judgement:
    """Whether the instances have been replaced.

    A deployment that changes no template starts no refresh; then one from before `since` counts, because what
    it did not replace still runs the template before.
    """
    if newest is None:
        return _done("no instance needs to be replaced")
    before = newest.started < since
    if newest.status == "Successful":
        return _done("no instance needs to be replaced" if before else "all instances have been replaced")
    if newest.status in _OPEN:
        return _wait(f"{newest.percent} % replaced, {newest.left} instances to go")
    if before:
        return _failed(
            f"the instance refresh of an earlier deployment ended as {newest.status}: instances of before "
            "may still run; docs/runbooks/FleetRefreshStopped.md says how to start another one"
        )
    return _failed(f"the instance refresh ended as {newest.status}: {newest.reason or 'no reason was given'}")


@dataclass(frozen=True, kw_only=True)
class AgentVersion:
    """What an instance's agent reports; None while it has reported nothing."""

    instance: str
    version: str | None


def agents(reported: Sequence[AgentVersion], wanted: str) -> Judgement:
    """Whether every worker reports the wanted agent."""
    others = [one for one in reported if one.version != wanted]
    if not others:
        return _done(f"{len(reported)} workers run the new agent")
    named = ", ".join(f"{one.instance} ({(one.version or 'unknown')[:12]})" for one in others[:3])
    return _wait(f"{len(others)} of {len(reported)} workers run another agent: {named}")
