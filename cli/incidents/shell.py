"""The operator's shell: one bash, opened as the runbooks say, in which their commands are typed."""

import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.exits import CommandError
from local.processes import children
from local.toolchain.environment import uv

_ROOT = Path(__file__).resolve().parents[2]
_AWS_CLI = "awscli==1.45.11"
"""Used when there is no AWS CLI on PATH."""
_DONE = "__clipit_incidents_done__"
_PULUMI = """
pulumi() {{
  case "$1" in
    up) command pulumi "$@" --config-file '{settings}' --yes --skip-preview ;;
    config) command pulumi "$@" --config-file '{settings}' ;;
    *) command pulumi "$@" ;;
  esac
}}"""
"""A deployment asks nobody here, and the settings are the stack's own."""


class ShellError(CommandError):
    """The shell has ended, or a command did not end in time."""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A command, its exit code and what it printed."""

    command: str
    code: int
    printed: str


@dataclass
class Shell:
    """A shell with the variables of a stack; the AWS CLI and curl reach the stack where it is."""

    environment: Mapping[str, str]
    run: str
    public_url: str
    local_url: str
    settings: Path
    """The stack file that a deployment reads and `pulumi config set` writes."""
    fresh: bool = field(init=False)
    """It has not been opened as the runbooks say."""
    _lines: "queue.SimpleQueue[str]" = field(init=False)

    def __post_init__(self) -> None:
        self._start()

    def _start(self) -> None:
        binaries = Path(sys.executable).parent
        search = f"{binaries}:{self.environment.get('PATH', '')}"
        self._process = children.spawn(
            ["bash", "--noprofile", "--norc"],
            run=self.run,
            env={**self.environment, "PATH": search, "AWS_CLI_AUTO_PROMPT": "off"},
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.fresh, self._lines = True, queue.SimpleQueue()
        threading.Thread(target=self._read, args=(self._lines,), daemon=True).start()
        aws = (
            "aws" if shutil.which("aws", path=search) else f"'{uv()}' tool run --quiet --from {_AWS_CLI} aws"
        )
        # Version 1 of the AWS CLI ignores AWS_ENDPOINT_URL for SQS.
        self.type("exec 2>&1")
        self.type(f'aws() {{ command {aws} --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }}')
        self.type(f"public='{self.public_url}' here='{self.local_url}'")
        self.type('curl() { command curl "${@/"$public"/"$here"}"; }')
        self.type(_PULUMI.format(settings=self.settings))

    def type(self, command: str, *, deadline_s: float = 120.0) -> Typed:
        """Type a command and wait for what it prints.

        Raises:
            ShellError: It did not end in time, and the shell was opened again; or the shell has ended.
        """
        if self._process.stdin is None:
            raise ShellError("The shell was started without an input.")
        # What the command reads must not be what is typed next.
        self._process.stdin.write(f"{{ {command}\n}} < /dev/null\necho {_DONE} $?\n".encode())
        self._process.stdin.flush()
        printed: list[str] = []
        deadline = time.monotonic() + deadline_s
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                self.end()
                self._start()
                raise ShellError(f"{command!r} did not end within {deadline_s:.0f} s.") from None
            before, done, code = line.partition(_DONE)
            printed.append(before)
            if done:
                return Typed(command=command, code=int(code), printed="".join(printed))
            if not line:
                raise ShellError(f"The shell has ended at {command!r}.")

    def end(self) -> None:
        """End the shell and what it runs."""
        children.end(self._process, deadline_s=1.0)

    def _read(self, lines: "queue.SimpleQueue[str]") -> None:
        if self._process.stdout:
            with self._process.stdout as output:
                for line in output:
                    lines.put(line.decode(errors="replace"))
        lines.put("")
