"""Checks a deployed stack by running `pulumi policy analyze` on its exported state."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cli.event_log import EventLogError
from cli.exits import CommandError
from cli.policy.diagnostics import stack_in
from cli.policy.event_log import Run, RunFailedError, read
from cli.pulumi import installed
from local.toolchain.pulumi_home import prepared

SECONDS = 600


class AnalyzeError(CommandError):
    """The Pulumi CLI could not analyze the state; the message ends with its own."""

    def __init__(self, state: Path, why: str) -> None:
        super().__init__(f"Pulumi could not analyze {state}: {why}")


def stack_of(state: Path) -> str:
    """The stack that a state file belongs to, empty when it names none."""
    return stack_in(state.read_text(encoding="utf-8", errors="replace"))


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """The pack's diagnostics about a state, and what Pulumi could not read in it."""

    run: Run
    warnings: tuple[str, ...]


def analyze(root: Path, state: Path, stack: str) -> Analysis:
    """Check a state with the pack at the levels of a stack.

    Secrets are decrypted if the environment has the passphrase; otherwise Pulumi warns and leaves them out.
    Raises NoCliFoundError, and AnalyzeError for a file that is no state.
    """
    cli = installed()
    with tempfile.TemporaryDirectory(prefix="clipit-analyze-") as home:
        environment = {
            **os.environ,
            **prepared(cli, Path(home), os.environ).environment,
            "PULUMI_BACKEND_URL": f"file://{home}",
        }
        if "PULUMI_CONFIG_PASSPHRASE_FILE" not in environment:
            environment.setdefault("PULUMI_CONFIG_PASSPHRASE", "")
        command = [str(cli.executable), "policy", "analyze", "--json", "--non-interactive"]
        command += ["--file", str(state.resolve()), "--policy-pack", str(root / "policy")]
        command += ["--policy-pack-config", str(root / "policy" / "levels" / f"{stack}.json")]
        try:
            done = subprocess.run(
                command,
                cwd=root,
                env=environment,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise AnalyzeError(state, f"it took longer than {SECONDS} s") from late
    return _analysis(state, done)


def _analysis(state: Path, done: subprocess.CompletedProcess[str]) -> Analysis:
    complaint = done.stderr.strip()
    try:
        run = read(done.stdout)
    except (EventLogError, RunFailedError) as broken:
        raise AnalyzeError(state, complaint or str(broken)) from broken
    if done.returncode and not any(each.level.binding for each in run.diagnostics):
        raise AnalyzeError(state, complaint or f"it ended with code {done.returncode}")
    warnings = tuple(line for line in complaint.splitlines() if line.startswith("warning:"))
    return Analysis(run=run, warnings=warnings)
