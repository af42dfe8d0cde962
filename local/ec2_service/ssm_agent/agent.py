"""The agent's rounds: say hello, see what is associated with this instance, apply what is due."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from local import rates
from local.ec2_service.ssm_agent.documents import Arguments, DocumentError, steps
from local.ec2_service.ssm_agent.steps import Machine, StepResult, run

_ROUND_S = 0.5
_PING_S = 10.0
_OWNED_BY_AWS = ("AWS", "Amazon")

Announce = Callable[[str, str], None]
"""Called with a stage of the boot and a detail."""


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """A version of an association that this instance has to apply."""

    association: str
    version: str
    name: str
    document: str
    arguments: Arguments
    schedule: str


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


@dataclass
class Agent:
    """Applies associations: once when they first appear or change, then at their rate."""

    service: Service
    machine: Machine
    announce: Announce
    clock: Callable[[], float] = time.monotonic
    _due: dict[tuple[str, str], float] = field(default_factory=dict)
    _next_ping: float = 0.0

    def work(self, stop: threading.Event) -> None:
        """Make rounds until told to stop; a service that fails is tried again in the next round."""
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
        for assignment in self.service.assignments():
            if assignment.document.startswith(_OWNED_BY_AWS):
                self._pass_over(assignment)
                continue
            key = (assignment.association, assignment.version)
            if now >= self._due.get(key, 0.0):
                self._due[key] = now + _period_s(assignment.schedule)
                self._apply(assignment)

    def _pass_over(self, assignment: Assignment) -> None:
        key = (assignment.association, assignment.version)
        if key not in self._due:
            self._due[key] = float("inf")
            what = f"{assignment.name} uses AWS's own {assignment.document}"
            self.announce("association", f"{what}: not run here")

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
        for step in todo:
            self.announce("step", step.name)
            result = run(step, self.machine)
            if not result.ok:
                failed.append(result)
                if step.ends_on_failure:
                    break
        return failed


def _period_s(schedule: str) -> float:
    """Seconds between two applications; an association without a rate is applied once."""
    return rates.period_s(schedule) if rates.is_rate(schedule) else float("inf")
