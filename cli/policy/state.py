"""A deployed stack, audited from its exported state by `pulumi policy analyze`."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cli.event_log import EventLogError
from cli.exits import CommandError, Exit
from cli.policy.diagnostics import stack_in
from cli.policy.event_log import Run, RunFailedError, read
from local.toolchain.pulumi_cli import Cli, toolchain
from local.toolchain.pulumi_home import prepared

SECONDS = 600


class AnalyzeError(CommandError):
    """The Pulumi CLI could not analyze the state; the message ends with its own."""

    def __init__(self, state: Path, why: str) -> None:
        super().__init__(f"the engine could not analyze {state}: {why}")


class NoCliFoundError(CommandError):
    """There is no Pulumi CLI on PATH or in the cache."""

    code = Exit.NO_ENGINE


def stack_of(state: Path) -> str:
    """The stack that a state file belongs to, empty when it names none."""
    return stack_in(state.read_text(encoding="utf-8", errors="replace"))


def installed() -> Cli:
    """The CLI that is already there; an audit installs nothing."""
    tools = toolchain(lambda _line: None)
    found = tools.on_path() or tools.cached()
    if found is None:
        raise NoCliFoundError("there is no Pulumi CLI on PATH or in the cache; `make pulumi` gets one")
    return found


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """The pack's diagnostics about a state, and what the engine could not read in it."""

    run: Run
    warnings: tuple[str, ...]


def analyze(root: Path, state: Path, stack: str) -> Analysis:
    """What the pack says about a state at the levels of a stack.

    Secrets are opened where the environment holds the passphrase; otherwise the engine warns and leaves them
    out. Raises NoCliFoundError, and AnalyzeError for what is no state.
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
