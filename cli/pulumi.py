"""The Pulumi CLI that the operator has and is logged in with: found, never installed, run in the checkout."""

import json
import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.exits import CommandError, Exit
from local.toolchain.pulumi_cli import Cli, toolchain

ROOT = Path(__file__).resolve().parents[1]
_ANSWER_S = 120


class NoCliFoundError(CommandError):
    """There is no Pulumi CLI on PATH or in the cache."""

    code = Exit.NO_ENGINE


class PulumiError(CommandError):
    """The Pulumi CLI did not do what it was asked to; the text is its own."""


def installed() -> Cli:
    """The CLI that is already there.

    Raises:
        NoCliFoundError: There is none.
    """
    tools = toolchain(lambda _line: None)
    found = tools.on_path() or tools.cached()
    if found is None:
        raise NoCliFoundError("there is no Pulumi CLI on PATH or in the cache; `make pulumi` gets one")
    return found


def policy_arguments(stack: str) -> tuple[str, ...]:
    """The options that put a command of the CLI under the policy pack, at the levels of the stack."""
    return ("--policy-pack", "policy", "--policy-pack-config", f"policy/levels/{stack}.json")


@dataclass(frozen=True, kw_only=True)
class Pulumi:
    """The CLI for one stack."""

    executable: Path
    stack: str

    @classmethod
    def of(cls, stack: str) -> "Pulumi":
        """The installed CLI for a stack.

        Raises:
            NoCliFoundError: There is none.
        """
        return cls(executable=installed().executable, stack=stack)

    def typed(self, *arguments: str) -> str:
        """The command as one could type it."""
        return shlex.join(("pulumi", *arguments))

    def run(self, *arguments: str) -> int:
        """Run a command on this terminal and give its exit code; Ctrl-C reaches the CLI, which ends it."""
        process = subprocess.Popen([self.executable, *arguments], cwd=ROOT)
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue

    def outputs(self) -> Mapping[str, object]:
        """What the stack exports.

        Raises:
            PulumiError: There is no such stack, or the CLI is not logged in.
        """
        command = [str(self.executable), "stack", "output", "--json", "--stack", self.stack]
        quiet = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        try:
            done = subprocess.run(
                [*command, "--non-interactive"],
                cwd=ROOT,
                env=quiet,
                capture_output=True,
                text=True,
                timeout=_ANSWER_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PulumiError(f"pulumi stack output: no answer within {_ANSWER_S} s") from None
        if done.returncode:
            raise PulumiError(f"pulumi stack output: {done.stderr.strip() or done.returncode}")
        exported: Mapping[str, object] = json.loads(done.stdout)
        return exported
