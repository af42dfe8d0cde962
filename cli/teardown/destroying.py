"""Takes a stack down step by step: unprotects, destroys, and deletes what no program owns."""

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cli import aws
from cli.display.display import Display
from cli.exits import CommandError, Exit
from cli.pulumi import Pulumi
from cli.teardown.protection import unprotected
from cli.teardown.work import Work


class DestroyError(CommandError):
    """A step failed; what was destroyed before stays destroyed, and the command can be repeated."""


class WorkLeftError(DestroyError):
    """The stack still works; taking it down would lose renders."""

    code = Exit.REFUSED


@dataclass(frozen=True, kw_only=True)
class Destroying:
    """One tear-down; `work` tells what is left to do, `strays` deletes what is in no state."""

    pulumi: Pulumi
    display: Display
    protected: bool
    work: Callable[[], Work]
    strays: Callable[[], Iterable[str]]

    def run(self) -> None:
        """Take the stack down.

        Raises:
            WorkLeftError: Renders or webhooks would be lost.
            DestroyError: A step of the Pulumi CLI failed.
            CommandError: AWS refused or did not answer.
        """
        stack = self.pulumi.stack
        self.display.phase("work", "Checking that no work is left")
        with aws.calling():
            left = self.work()
        self.display.line(left.text())
        if not left.done:
            raise WorkLeftError(f"{left.text()}; first: clipit drain --stack {stack}")
        if self.protected:
            self.display.phase(
                "unprotect", "Removing the protection, without the policy pack, which demands it"
            )
            with unprotected(self.pulumi.root / f"Pulumi.{stack}.yaml") as file:
                self._step("up", "--yes", "--skip-preview", "--config-file", str(file), "--stack", stack)
        self.display.phase("destroy", "Destroying")
        self._step("destroy", "--yes", "--skip-preview", "--stack", stack)
        self.display.phase("strays", "Deleting what commands and AWS have made beside it")
        with aws.calling():
            for name in self.strays():
                self.display.line(f"deleted {name}")

    def _step(self, *arguments: str) -> None:
        self.display.line(f"$ {shlex.join(('pulumi', *arguments))}")
        if code := self.pulumi.run(*arguments):
            raise DestroyError(
                f"pulumi {arguments[0]} ended with exit code {code}; see its output above; "
                "the command can be repeated"
            )
