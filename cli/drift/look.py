"""Compares a stack with its state through the Pulumi CLI; changes nothing and takes no lock."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cli.drift.refresh import differences
from cli.event_log import EventLogError
from cli.exits import CommandError
from cli.impact.preview import Change
from cli.policy import tables
from cli.policy.report import Report
from cli.policy.state import analyze
from cli.pulumi import PulumiError, ask

DRIFTED = 7
"""How `--expect-no-changes` ends when there are changes (exit codes of Pulumi 3.259.0, seen)."""
SECONDS = 1800
_SHOWN = 600


class UnseenError(CommandError):
    """The comparison failed, which says nothing about drift."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """The differences, and the pack's diagnostics about the state."""

    stack: str
    differences: tuple[Change, ...]
    audit: Report


def command(stack: str, log: Path) -> list[str]:
    """Compose the CLI's command, without the CLI itself."""
    words = ["refresh", "--preview-only", "--expect-no-changes"]
    return [*words, "--stack", stack, "--event-log", str(log)]


def differences_of(cli: Path, root: Path, stack: str) -> tuple[Change, ...]:
    """Compare the cloud with the state.

    Raises:
        UnseenError: The CLI ended with anything but "no changes" or "changes".
    """
    with tempfile.TemporaryDirectory(prefix="clipit-drift-") as folder:
        log = Path(folder, "events.jsonl")
        done = _run(cli, root, command(stack, log))
        if done.returncode not in {0, DRIFTED}:
            raise UnseenError(f"could not look at {stack}: {_complaint(done)}")
        try:
            found = differences(log.read_text(encoding="utf-8"))
        except (OSError, EventLogError, UnicodeDecodeError) as problem:
            raise UnseenError(f"could not look at {stack}: {problem}") from problem
    if (done.returncode == DRIFTED) != bool(found):
        raise UnseenError(
            f"could not look at {stack}: the Pulumi CLI ended with {done.returncode}, and its event log "
            f"names {len(found)} differences; run `pulumi refresh --preview-only` to see them"
        )
    return found


def audit(cli: Path, root: Path, stack: str) -> Report:
    """Check the state with the pack at the levels of the stack.

    Raises:
        UnseenError: The state could not be read.
        AnalyzeError: The CLI could not judge it.
    """
    with tempfile.TemporaryDirectory(prefix="clipit-drift-") as folder:
        state = Path(folder, "state.json")
        done = _run(cli, root, ["stack", "export", "--stack", stack, "--file", str(state)])
        if done.returncode:
            raise UnseenError(f"could not read the state of {stack}: {_complaint(done)}")
        return tables.report_of(f"{stack}, as deployed", stack, analyze(root, state, stack).run.diagnostics)


def _run(cli: Path, root: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    debugging = {"PULUMI_DEBUG_COMMANDS": "true"}  # else the CLI knows no --event-log
    try:
        return ask(cli, *words, root=root, seconds=SECONDS, environment=debugging)
    except PulumiError as problem:
        raise UnseenError(f"could not look: {problem}") from problem


def _complaint(done: subprocess.CompletedProcess[str]) -> str:
    shown = " ".join((done.stderr or done.stdout).split())[-_SHOWN:]
    return shown or f"the Pulumi CLI ended with {done.returncode}"
