"""A deployed stack, audited from its exported state by `pulumi policy analyze`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

from cli.audit.event_log import diagnostics
from cli.audit.verdict import Diagnostic
from local.pulumi_home import prepared
from local.toolchain import Cli, toolchain

SECONDS = 600
STACK_IN_URN = re.compile(r'"urn:pulumi:([^:"]+)::')


class AnalyzeError(RuntimeError):
    """The engine could not analyze the state; the message is what it said."""


class NoCliFoundError(RuntimeError):
    """There is no Pulumi CLI on PATH or in the cache."""


def stack_of(state: Path) -> str:
    """The stack that a state file belongs to, empty when it names none."""
    found = STACK_IN_URN.search(state.read_text(encoding="utf-8"))
    return found[1] if found else ""


def installed() -> Cli:
    """The CLI that is already there; an audit installs nothing."""
    tools = toolchain(lambda _line: None)
    found = tools.on_path() or tools.cached()
    if found is None:
        raise NoCliFoundError("there is no Pulumi CLI on PATH or in the cache; `make pulumi` gets one")
    return found


def analyze(root: Path, state: Path, stack: str) -> tuple[Diagnostic, ...]:
    """What the pack says about a state at the levels of a stack."""
    cli = installed()
    with tempfile.TemporaryDirectory(prefix="clipit-analyze-") as home:
        environment = {
            **os.environ,
            **prepared(cli, Path(home), os.environ).environment,
            "PULUMI_BACKEND_URL": f"file://{home}",
            "PULUMI_CONFIG_PASSPHRASE": "",
        }
        command = [str(cli.executable), "policy", "analyze", "--json", "--non-interactive"]
        command += ["--file", str(state.resolve()), "--policy-pack", str(root / "policy")]
        command += ["--policy-pack-config", str(root / "policy" / "levels" / f"{stack}.json")]
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    return _said(done)


def _said(done: subprocess.CompletedProcess[str]) -> tuple[Diagnostic, ...]:
    try:
        found = diagnostics(done.stdout)
    except ValueError as broken:
        raise AnalyzeError(done.stderr.strip() or done.stdout.strip()) from broken
    if done.returncode and not any(said.level.binding for said in found):
        raise AnalyzeError(done.stderr.strip() or json.dumps(done.stdout)[-2000:])
    return found
