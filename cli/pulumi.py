"""The Pulumi CLI that the operator has and is logged in with: found, never installed, run in the checkout."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.exits import CommandError, Exit
from local.toolchain.pulumi_cli import Cli, toolchain

ROOT = Path(__file__).resolve().parents[1]
STDERR = 2
"""The file descriptor of standard error, for what would disturb the JSON on standard output."""
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


def ask(
    executable: Path, *words: str, root: Path, seconds: float = _ANSWER_S, environment: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[str]:
    """Run a command that asks nothing back and changes no terminal; `environment` is added to the caller's.

    Raises:
        PulumiError: It did not end in time.
    """
    try:
        return subprocess.run(
            [str(executable), *words, "--non-interactive"],
            cwd=root,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true", **environment},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise PulumiError(f"pulumi {words[0]}: no answer within {seconds:g} s; repeat the command") from late


def policy_arguments(stack: str) -> tuple[str, ...]:
    """The options that put a command of the CLI under the policy pack, at the levels of the stack."""
    return ("--policy-pack", "policy", "--policy-pack-config", f"policy/levels/{stack}.json")


@dataclass(frozen=True, kw_only=True)
class Pulumi:
    """The CLI for one stack of one checkout."""

    executable: Path
    stack: str
    root: Path = ROOT
    """The checkout whose program is deployed."""
    output: int | None = None
    """The file descriptor for what `run` prints; None is standard output."""

    @classmethod
    def of(cls, stack: str, root: Path = ROOT, *, output: int | None = None) -> "Pulumi":
        """The installed CLI for a stack.

        Raises:
            NoCliFoundError: There is none.
        """
        return cls(executable=installed().executable, stack=stack, root=root, output=output)

    def run(self, *arguments: str) -> int:
        """Run a command on this terminal and give its exit code; Ctrl-C reaches the CLI, which ends it."""
        process = subprocess.Popen([str(self.executable), *arguments], cwd=self.root, stdout=self.output)
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue

    def revisions(self) -> list[str]:
        """The Git revisions that were deployed, the newest first, each once; those of the last updates."""
        history = self._ask("stack", "history", "--page-size", "50")
        heads = [
            environment.get("git.head")
            for update in (history if isinstance(history, list) else [])
            if update.get("kind") == "update" and update.get("result") == "succeeded"
            if isinstance(environment := update.get("environment"), dict)
        ]
        return list(dict.fromkeys(head for head in heads if isinstance(head, str)))

    def outputs(self) -> Mapping[str, object]:
        """What the stack exports.

        Raises:
            PulumiError: There is no such stack, or the CLI is not logged in.
        """
        exported = self._ask("stack", "output")
        return exported if isinstance(exported, dict) else {}

    def _ask(self, *arguments: str) -> object:
        """What a command answers in JSON."""
        asked = " ".join(("pulumi", *arguments[:2]))
        done = ask(self.executable, *arguments, "--json", "--stack", self.stack, root=self.root)
        if done.returncode:
            raise PulumiError(f"{asked}: {done.stderr.strip() or done.returncode}")
        answer: object = json.loads(done.stdout)
        return answer
