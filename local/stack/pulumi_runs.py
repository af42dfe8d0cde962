"""Drives the real Pulumi CLI for the local stack and turns the Pulumi CLI's event log into progress."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from local.processes import children
from local.stack.pulumi_events import Progress

ROOT = Path(__file__).resolve().parents[2]
STACK = "local"
POLICY_PACK = Path("policy")
POLICY_CONFIG = Path("policy/levels/local.json")
PASSPHRASE = ""
"""The passphrase for the salt in the stack file; the local stack has no Pulumi secrets."""
PARALLEL = 16
_POLL_S = 0.1
_WITHOUT_CHECKPOINTS = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""The state is written once at the end: an interrupted run is discarded with everything it created."""
_LOG_TAIL = 30
_INTERRUPT_DEADLINE_S = 3.0


class DeployError(Exception):
    """The Pulumi CLI failed; the text has its output."""


class DeployRefusedError(DeployError):
    """The policy pack refused the deployment; the text names each rule and resource."""


@dataclass(frozen=True, kw_only=True)
class PulumiRuns:
    """The CLI, the environment that selects this run's home and backend, and where its logs go."""

    executable: Path
    environment: Mapping[str, str]
    run: str
    logs: Path
    settings: Path | None = None
    """A stack file in place of the one in the checkout."""

    def with_settings(self, file: Path) -> "PulumiRuns":
        """The same runs with the settings of another stack file."""
        return replace(self, settings=file)

    def create_stack(self) -> None:
        """Make the stack in this run's own backend."""
        self._run("stack", "init", STACK, on_progress=None)

    def up(self, on_progress: Callable[[Progress, str], None], *, deadline_s: float) -> Progress:
        """Deploy under the policy pack.

        Raises:
            DeployRefusedError: A mandatory rule found something.
            DeployError: Anything else went wrong, or the deadline passed.
        """
        packs = ["--policy-pack", str(POLICY_PACK)]
        if (ROOT / POLICY_CONFIG).is_file():
            packs += ["--policy-pack-config", str(POLICY_CONFIG)]
        return self._run(
            *("up", "--yes", "--skip-preview", "--suppress-outputs", *packs),
            *(("--config-file", str(self.settings)) if self.settings else ()),
            on_progress=on_progress,
            deadline_s=deadline_s,
        )

    def destroy(self, on_progress: Callable[[Progress, str], None], *, deadline_s: float) -> Progress:
        """Destroy everything.

        Raises:
            DeployError: Something could not be deleted, or the deadline passed.
        """
        return self._run("destroy", "--yes", "--skip-preview", on_progress=on_progress, deadline_s=deadline_s)

    def outputs(self) -> Mapping[str, object]:
        """The outputs of the program."""
        command = [str(self.executable), "stack", "output", "--json", "--stack", STACK, "--non-interactive"]
        done = subprocess.run(
            command, env=self._marked(), cwd=ROOT, check=False, capture_output=True, timeout=60
        )
        if done.returncode:
            raise DeployError(f"pulumi stack output failed: {done.stderr.decode(errors='replace').strip()}")
        exported: Mapping[str, object] = json.loads(done.stdout)
        return exported

    def _run(
        self,
        *arguments: str,
        on_progress: Callable[[Progress, str], None] | None,
        deadline_s: float = 60.0,
    ) -> Progress:
        name = "-".join(part for part in arguments[:2] if not part.startswith("-"))
        log, events = self.logs / f"pulumi-{name}.log", self.logs / f"pulumi-{name}.events"
        events.unlink(missing_ok=True)
        command = [str(self.executable), *arguments, "--non-interactive", "--color", "never"]
        if on_progress:
            command += ["--stack", STACK, "--parallel", str(PARALLEL), "--event-log", str(events)]
        environment = {**self.environment, **_WITHOUT_CHECKPOINTS}
        process = children.spawn(command, run=self.run, env=environment, cwd=ROOT, log=log)
        progress, reader = Progress(), _Tail(events)
        deadline = time.monotonic() + deadline_s
        try:
            while process.poll() is None:
                _read_events(reader, progress, on_progress)
                if time.monotonic() > deadline:
                    raise DeployError(f"pulumi {name} did not end within {deadline_s:.0f} s.\n{_tail(log)}")
                time.sleep(_POLL_S)
            _read_events(reader, progress, on_progress)
        finally:
            self._stop(process)
        _judge(name, process.returncode, progress, log)
        return progress

    def _marked(self) -> Mapping[str, str]:
        return {**self.environment, children.RUN_MARK: self.run}

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        """End the CLI; its plugins, in their own process groups, notice this or are found by their mark."""
        if process.poll() is None:
            children.signal_group(process.pid, signal.SIGINT)
            children.end(process, deadline_s=_INTERRUPT_DEADLINE_S)


def environment(home: Mapping[str, str], *, backend: Path, endpoint: Mapping[str, str]) -> dict[str, str]:
    """The environment of every Pulumi command of a run: its home, its backend, and the emulator as AWS."""
    backend.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
    return {
        **kept,
        **home,
        **endpoint,
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        # Without it the CLI hides the flag --event-log.
        "PULUMI_DEBUG_COMMANDS": "true",
    }


class _Tail:
    """Reads the lines that have been appended to a file since the last look."""

    def __init__(self, path: Path) -> None:
        self._path, self._place, self._rest = path, 0, ""

    def lines(self) -> list[str]:
        if not self._path.exists():
            return []
        with self._path.open(encoding="utf-8", errors="replace") as file:
            file.seek(self._place)
            text = self._rest + file.read()
            self._place = file.tell()
        *whole, self._rest = text.split("\n")
        return whole


def _read_events(reader: _Tail, progress: Progress, tell: Callable[[Progress, str], None] | None) -> None:
    for line in reader.lines():
        component = progress.add(json.loads(line))
        if component and tell:
            tell(progress, component)


def _judge(name: str, code: int, progress: Progress, log: Path) -> None:
    if progress.violations:
        found = "\n".join(f"  {violation}" for violation in progress.violations)
        raise DeployRefusedError(f"The policy pack refused the deployment:\n{found}")
    if code:
        messages = "\n".join([*progress.messages[-_LOG_TAIL:], *progress.errors]) or _tail(log)
        raise DeployError(f"pulumi {name} ended with code {code}:\n{messages}")


def _tail(log: Path) -> str:
    lines: Sequence[str] = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-_LOG_TAIL:])
