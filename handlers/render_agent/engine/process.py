"""The engine as a child process: started or not, running or not, and three different ends.

The child leads its own process group and is the first of a marked family, so that whatever it starts ends
with it. It gets no credentials: its environment holds the mark and names that are listed here, and no others.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from handlers.render_agent.engine.descendants import EngineDescendants
from handlers.render_agent.engine.log import EngineLog
from handlers.render_agent.engine.protocol import LONGEST_LINE, Complaint, Progress, Result, parse

SECONDS_TO_OBEY = 10.0
SECONDS_TO_FALL_SILENT = 2.0
LOOK_SECONDS = 0.1
_PASSED_ON = frozenset(
    {
        "HOME",
        "LANG",
        "LD_LIBRARY_PATH",
        "PATH",
        "TMPDIR",
        "TZ",
        "VIRTUAL_ENV",
        "IMAGEIO_FFMPEG_EXE",
    }
)
_PASSED_ON_PREFIXES = ("CLIPIT_ENGINE_", "CUDA_", "LC_", "NVIDIA_", "XDG_")


@dataclass(frozen=True, kw_only=True)
class DidNotStart:
    """There is no such program, or it may not be run."""

    detail: str


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """The agent wanted it to stop."""


@dataclass(frozen=True, kw_only=True)
class TimedOut:
    """It ran longer than a job may."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class Exited:
    """It ended by itself: a code, or a negative signal number, and its last words."""

    code: int
    result: Result | None
    complaint: Complaint | None


EngineEnd = DidNotStart | Stopped | TimedOut | Exited


def engine_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What of the agent's environment the engine may see."""
    return {
        name: value
        for name, value in environment.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }


class EngineProcess:
    """One run of the engine."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        log: EngineLog,
        environment: Mapping[str, str],
        seconds_to_obey: float = SECONDS_TO_OBEY,
    ) -> None:
        self._command = list(command)
        self._folder = folder
        self._log = log
        self._family = EngineDescendants()
        self._environment = {**environment, **self._family.mark}
        self._seconds_to_obey = seconds_to_obey
        self._child: subprocess.Popen[bytes] | None = None
        self._refusal: str | None = None
        self._pumps: list[threading.Thread] = []
        self._progress: Progress | None = None
        self._furthest = -1
        self._result: Result | None = None
        self._complaint: Complaint | None = None

    @property
    def has_started(self) -> bool:
        """A process exists or existed."""
        return self._child is not None

    @property
    def failed_to_start(self) -> bool:
        """Starting was tried and the system refused."""
        return self._refusal is not None

    @property
    def is_running(self) -> bool:
        """The process exists now."""
        return self._child is not None and self._child.poll() is None

    def run(
        self,
        *,
        timeout_seconds: float,
        should_stop: Callable[[], bool],
        on_progress: Callable[[Progress], None],
    ) -> EngineEnd:
        """Starts the engine and stays until nothing of it is left."""
        self._start()
        if self._child is None:
            return DidNotStart(detail=self._refusal or "unknown")
        try:
            end = self._follow(self._child, timeout_seconds, should_stop, on_progress)
        finally:
            self._end(self._child)
        if end is not None:
            return end
        return Exited(code=self._child.returncode, result=self._result, complaint=self._complaint)

    def _start(self) -> None:
        try:
            self._child = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                process_group=0,
            )
        except (OSError, ValueError) as error:
            self._refusal = f"{self._command[0]}: {getattr(error, 'strerror', None) or error}"
            self._log.note(f"did not start: {self._refusal}")
            return
        self._log.note(f"started: {shlex.join(self._command)}")
        for pump, stream in ((self._listen, self._child.stdout), (self._record, self._child.stderr)):
            thread = threading.Thread(target=pump, args=(stream,), daemon=True)
            thread.start()
            self._pumps.append(thread)

    def _follow(
        self,
        child: subprocess.Popen[bytes],
        timeout_seconds: float,
        should_stop: Callable[[], bool],
        on_progress: Callable[[Progress], None],
    ) -> Stopped | TimedOut | None:
        deadline = time.monotonic() + timeout_seconds
        told: Progress | None = None
        while child.poll() is None:
            if should_stop():
                self._log.note("is no longer wanted, and is stopped")
                return Stopped()
            if time.monotonic() > deadline:
                self._log.note(f"has had its {timeout_seconds:g} s, and is stopped")
                return TimedOut(seconds=timeout_seconds)
            if self._progress and self._progress is not told:
                told = self._progress
                on_progress(told)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(LOOK_SECONDS)
        return None

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        """Asks the group to stop, then makes everybody; one that ended by itself may have left children."""
        if child.poll() is None:
            _signal_group(child.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(self._seconds_to_obey)
        _signal_group(child.pid, signal.SIGKILL)
        child.wait()
        if remaining := self._family.end():
            self._log.write(f"\n[{remaining} processes of the engine could not be killed]\n".encode())
        for pump in self._pumps:
            pump.join(SECONDS_TO_FALL_SILENT)
        self._log.note(f"ended with code {child.returncode}")

    def _listen(self, stream: IO[bytes]) -> None:
        begins = True
        with stream:
            while line := stream.readline(LONGEST_LINE):
                said = parse(line) if begins else None
                begins = line.endswith(b"\n")
                match said:
                    case Progress():
                        self._note_progress(said)
                    case Result():
                        self._result = said
                        size = f"{said.width}x{said.height}"
                        self._log.note(f"result: {said.duration_s:g} s, {size}")
                    case Complaint():
                        self._complaint = said
                        self._log.note(f"error: {said.code}: {said.detail}")
                    case None:
                        self._log.write(line)

    def _note_progress(self, said: Progress) -> None:
        """Only what is further than ever goes to the log, so that no engine fills it with progress."""
        if said.percent > self._furthest:
            self._furthest = said.percent
            self._log.note(f"progress: {said.percent} %, {said.stage}")
        self._progress = said

    def _record(self, stream: IO[bytes]) -> None:
        with stream:
            while words := stream.read1(LONGEST_LINE):  # type: ignore[attr-defined]
                self._log.write(words)


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
