"""Deploys step by step, and waits until everything runs the new revision."""

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from cli import aws
from cli.deploy.conditions import Judgement, Status
from cli.deploy.looking import Looking
from cli.deployed_stack import DeployedStack
from cli.display.display import Display
from cli.exits import CommandError, Exit
from cli.pulumi import Pulumi, policy_arguments

FUNCTIONS_S, SERVICE_S, AGENTS_S = 300.0, 1800.0, 900.0
"""Deadlines; a service with three tasks takes some minutes to fail, an agent registers within one."""
_ASK_S = 5.0
_NOTHING_DEPLOYED = "nothing was deployed; repeat the command when that is mended"
_SILENT_LOOKS = 5
"""This many checks in a row may fail, because AWS throttles and connections break."""
_CLOCK_SKEW_S = 60.0


class DeploymentError(CommandError):
    """The deployment is not finished; the text says what serves now and how to roll back."""


class LateError(DeploymentError):
    """A part did not finish within its deadline; it may still finish."""

    code = Exit.TOO_LATE


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a deployment needs; `look` asks AWS, `smoke` gives the exit code of `clipit smoke`."""

    pulumi: Pulumi
    display: Display
    look: Callable[[DeployedStack], Looking]
    smoke: Callable[[], int]
    fleet_deadline_s: float
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time

    def run(self, *, confirm: Callable[[], bool]) -> None:
        """Preview, ask, deploy, wait until everything runs it, and render a test.

        Raises:
            DeploymentError: A step failed, or something is not finished in time.
        """
        under = (*policy_arguments(self.pulumi.stack), "--refresh", "--stack", self.pulumi.stack)
        self.display.phase("preview", "Previewing under the policy pack")
        self._step("preview", *under)
        if not confirm():
            raise DeploymentError("nothing was deployed")
        began = self.now() - _CLOCK_SKEW_S
        self.display.phase("up", "Deploying")
        self._step("up", "--yes", "--skip-preview", *under)
        self._finish(began)
        self.display.phase("smoke", "Trying it")
        self._say(f"$ clipit smoke --stack {self.pulumi.stack}")
        with self.display.handed_over():
            code = self.smoke()
        if code:
            raise DeploymentError(f"the deployed service does not work\n{self._way_back()}", Exit(code))

    def _step(self, *arguments: str) -> None:
        self._say(f"$ {shlex.join(('pulumi', *arguments))}")
        with self.display.handed_over():
            code = self.pulumi.run(*arguments)
        if code:
            raise DeploymentError(
                f"pulumi {arguments[0]} ended with exit code {code}; its output above says why\n"
                + (_NOTHING_DEPLOYED if arguments[0] == "preview" else self._way_back(updated=False))
            )

    def _finish(self, began: float) -> None:
        stack = DeployedStack.read(self.pulumi)
        with aws.making_clients():
            looking = self.look(stack)
        self.display.phase("functions", "Waiting for the functions")
        self._wait("functions", looking.functions, FUNCTIONS_S, looking)
        self.display.phase("api", "Waiting for the API")
        self._wait("API", looking.service, SERVICE_S, looking)
        for fleet in stack.texts("group_names"):
            self.display.phase("fleet", f"Waiting for the fleet {fleet}")
            replaced = partial(looking.refresh, fleet, since=began)
            self._wait(f"fleet {fleet}", replaced, self.fleet_deadline_s, looking)
            self._wait(f"agents of {fleet}", partial(looking.agents, fleet), AGENTS_S, looking)

    def _wait(self, part: str, judge: Callable[[], Judgement], deadline_s: float, looking: Looking) -> None:
        """Check until the part is done, and report each change."""
        until, seen, silent = self.clock() + deadline_s, "", 0
        while True:
            try:
                with aws.calling():
                    found = judge()
                silent = 0
            except CommandError:
                silent += 1
                if silent > _SILENT_LOOKS:
                    raise
            else:
                if found.reason != seen:
                    self._say(f"{part}: {found.reason}")
                seen = found.reason
                if found.status is Status.DONE:
                    return
                if found.status is Status.FAILED:
                    raise DeploymentError(f"{part}: {found.reason}\n{self._served(looking)}")
            if self.clock() > until:
                raise LateError(f"{part}: not within {deadline_s:.0f} s: {seen}\n{self._served(looking)}")
            self.pause(_ASK_S)

    def _served(self, looking: Looking) -> str:
        """What serves now, as far as AWS reports, and how to roll back."""
        try:
            with aws.calling():
                serving = [
                    f"{one.revision} ({one.running} of {one.desired} tasks)"
                    for one in looking.deployments()
                    if one.running
                ]
        except CommandError as problem:
            serving = [f"unknown: {problem}"]
        return f"served now: {', '.join(serving) or 'nothing'}\n{self._way_back()}"

    def _way_back(self, *, updated: bool = True) -> str:
        """How to deploy the revision before; only a successful update is itself among the deployed ones."""
        try:
            deployed = self.pulumi.revisions()
        except CommandError:
            deployed = []
        before = deployed[1:] if updated else deployed
        revision = before[0] if before else "<Git revision>"
        return f"to roll back: clipit rollback --stack {self.pulumi.stack} --to {revision}"

    def _say(self, text: str) -> None:
        self.display.line(text)
