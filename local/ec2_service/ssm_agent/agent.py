"""The agent's rounds: register, list this instance's associations, apply those that are due.

Like the real one it applies one association after the other, and nobody may rely on the order of those that
are new to an instance: it is drawn here, by the name of the instance.
"""

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from local import rates
from local.ec2_service.ssm_agent.documents import Arguments, DocumentError, steps
from local.ec2_service.ssm_agent.steps import Machine, StepResult, run

_ROUND_S = 0.5
_PING_S = 10.0
_REFRESH_S = 600.0
"""The agent asks for its list every ten minutes: what a late tag brings is seen then. What is new or changed
is announced to it."""
_AWS_DOCUMENT_S = 1.0
"""How long a document of AWS stands in the way here; the real ones take from seconds to minutes."""
_OWNED_BY_AWS = ("AWS", "Amazon")

Announce = Callable[[str, str], None]
"""Called with a stage of the boot and a detail."""


@dataclass(frozen=True, kw_only=True)
class OutputLocation:
    """Where what a document prints is kept."""

    bucket: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """A version of an association that this instance has to apply."""

    association: str
    version: str
    name: str
    document: str
    arguments: Arguments
    schedule: str
    only_at_interval: bool
    updated_at: float
    output: OutputLocation | None = None


class Service(Protocol):
    """Systems Manager as the agent sees it."""

    def ping(self) -> None:
        """Say that the agent is there."""

    def assignments(self) -> list[Assignment]:
        """What is associated with this instance."""

    def document(self, name: str) -> str:
        """The content of a document."""

    def parameter(self, name: str) -> str:
        """The value of a parameter."""

    def report(self, association: str, *, execution: str, status: str, summary: str) -> None:
        """Say how far an association has come."""

    def keep(self, to: OutputLocation, name: str, text: str) -> None:
        """Keep what a step of this instance printed, under a name below the prefix and the instance."""


@dataclass
class Agent:
    """Applies associations: once when they first appear or change, then at their rate."""

    service: Service
    machine: Machine
    announce: Announce
    order: random.Random
    clock: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    _due: dict[tuple[str, str], float] = field(default_factory=dict)
    _next_ping: float = 0.0
    _listed: frozenset[str] = frozenset()
    _listed_at: float | None = None

    def work(self, stop: threading.Event) -> None:
        """Make rounds until `stop` is set; a service that fails is tried again in the next round."""
        troubled = False
        while not stop.is_set():
            try:
                self.round()
                troubled = False
            except Exception as problem:
                if not troubled:
                    self.announce("trouble", f"Systems Manager cannot be reached: {problem}")
                troubled = True
            stop.wait(_ROUND_S)

    def round(self) -> None:
        """One round."""
        now = self.clock()
        if now >= self._next_ping:
            first = self._next_ping == 0.0
            self.service.ping()
            self._next_ping = now + _PING_S
            if first:
                self.announce("ssm-online", "the agent has registered with Systems Manager")
        due = [one for one in self._visible(now) if now >= self._due.get(_key(one), _first_due(one))]
        self.order.shuffle(due)
        for assignment in due:
            self._due[_key(assignment)] = now + _period_s(assignment.schedule)
            if assignment.document.startswith(_OWNED_BY_AWS):
                self._pass_over(assignment)
            else:
                self._apply(assignment)

    def _visible(self, now: float) -> list[Assignment]:
        """What the agent knows of: the list as it was last refreshed, and what was announced since."""
        found = self.service.assignments()
        if self._listed_at is None or now >= self._listed_at + _REFRESH_S:
            self._listed, self._listed_at = frozenset(one.association for one in found), now
        since = self._listed_at
        return [one for one in found if one.association in self._listed or one.updated_at >= since]

    def _pass_over(self, assignment: Assignment) -> None:
        self._due[_key(assignment)] = float("inf")
        what = f"{assignment.name} uses AWS's own {assignment.document}"
        self.announce("association", f"{what}: not run here")
        self.pause(_AWS_DOCUMENT_S)

    def _apply(self, assignment: Assignment) -> None:
        execution = str(uuid.uuid4())
        self.announce("association", f"applying {assignment.name}")

        def report(status: str, summary: str) -> None:
            self.service.report(assignment.association, execution=execution, status=status, summary=summary)

        report("InProgress", "")
        failed = self._failed_steps(assignment)
        if failed:
            summary = "; ".join(f"{result.name}: {result.message}" for result in failed)
            report("Failed", summary)
            self.announce("bootstrap-failed", summary)
        else:
            report("Success", "all steps succeeded")
            self.announce("bootstrap-passed", assignment.name)

    def _failed_steps(self, assignment: Assignment) -> list[StepResult]:
        try:
            content = self.service.document(assignment.document)
            todo = steps(content, assignment.arguments, self.service.parameter)
        except (DocumentError, LookupError) as problem:
            return [StepResult(name=assignment.document, ok=False, message=str(problem))]
        failed = []
        started = datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%dT%H-%M-%S.%f")[:-3] + "Z"
        for step in todo:
            self.announce("step", step.name)
            result = run(step, self.machine)
            self._keep(assignment, f"{started}/{step.action.replace(':', '')}/{step.name}", result)
            if not result.ok:
                failed.append(result)
                if step.ends_on_failure:
                    break
        return failed

    def _keep(self, assignment: Assignment, place: str, result: StepResult) -> None:
        """Keep what was printed where the real agent does.

        https://github.com/aws/amazon-ssm-agent (agent/association/parser/parser.go)
        """
        for name, text in result.outputs.items():
            if assignment.output and text:
                self.service.keep(assignment.output, f"{assignment.association}/{place}/{name}", text)


def _key(assignment: Assignment) -> tuple[str, str]:
    return assignment.association, assignment.version


def _first_due(assignment: Assignment) -> float:
    """At once, unless the association waits for its hour: no hour comes as long as a local stack lives."""
    return float("inf") if assignment.only_at_interval else 0.0


def _period_s(schedule: str) -> float:
    """Seconds between two applications; an association without a rate is applied once."""
    return rates.period_s(schedule) if rates.is_rate(schedule) else float("inf")
