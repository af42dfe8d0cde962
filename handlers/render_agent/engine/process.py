"""The engine as a child process: started or not, running or not, and three different ends.

The child leads its own process group, and whatever it starts ends with it. It gets no credentials: its
environment holds the names that are listed here, and no others.
"""

import contextlib
import errno
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from handlers.render_agent.engine import cgroups
from handlers.render_agent.engine.confinement import Confinement
from handlers.render_agent.engine.descendants import (
    SECONDS_TO_DIE,
    Containment,
    EngineDescendants,
    contained,
)
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
class Stalled:
    """It said nothing for longer than an engine at work is silent."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class Exited:
    """It ended by itself: a code, or a negative signal number, and its last words.

    `out_of_memory`: the kernel ended a process of it because memory was short.
    """

    code: int
    result: Result | None
    complaint: Complaint | None
    out_of_memory: bool = False


EngineEnd = DidNotStart | Stopped | TimedOut | Stalled | Exited


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What ends an engine that does not end by itself: its time, its silence, or the agent's wish."""

    timeout_seconds: float
    stall_seconds: float
    seconds_to_obey: float = SECONDS_TO_OBEY
    should_stop: Callable[[], bool] = lambda: False


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
        confinement: Confinement,
    ) -> None:
        self._command = list(command)
        self._confinement = confinement
        self._folder = folder
        self._log = log
        self._environment = dict(environment)
        self._child: subprocess.Popen[bytes] | None = None
        self._refusal: str | None = None
        self._pumps: list[threading.Thread] = []
        self._progress: Progress | None = None
        self._furthest = -1
        self._result: Result | None = None
        self._complaint: Complaint | None = None
        self._heard_at = 0.0
        self.containment: Containment | None = None
        self.survivors = 0
        """How many of its processes could not be killed: whatever runs next beside them is not safe."""

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

    def run(self, limits: Limits, *, on_progress: Callable[[Progress], None] = lambda _: None) -> EngineEnd:
        """Starts the engine and stays until nothing of it is left."""
        ended_before = cgroups.ended_for_memory()
        with contained() as descendants:
            self._start()
            if self._child is None:
                return DidNotStart(detail=self._refusal or "unknown")
            try:
                self.containment = descendants.adopt(self._child.pid)
                end = self._follow(self._child, limits, descendants, on_progress)
            finally:
                self._end(self._child, descendants, limits.seconds_to_obey)
        if end is not None:
            return end
        return Exited(
            code=self._child.returncode,
            result=self._result,
            complaint=self._complaint,
            out_of_memory=cgroups.ended_for_memory() > ended_before,
        )

    def _start(self) -> None:
        try:
            if shutil.which(self._command[0], path=self._environment.get("PATH")) is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            self._child = subprocess.Popen(
                self._confinement.wrap(self._command),
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
        limits: Limits,
        descendants: EngineDescendants,
        on_progress: Callable[[Progress], None],
    ) -> Stopped | TimedOut | Stalled | None:
        started = time.monotonic()
        reported: Progress | None = None
        while child.poll() is None:
            now = time.monotonic()
            if limits.should_stop():
                self._log.note("is no longer wanted, and is stopped")
                return Stopped()
            if now - started > limits.timeout_seconds:
                self._log.note(f"has had its {limits.timeout_seconds:g} s, and is stopped")
                return TimedOut(seconds=limits.timeout_seconds)
            if now - max(started, self._heard_at) > limits.stall_seconds:
                self._log.note(f"was silent for {limits.stall_seconds:g} s, and is stopped")
                return Stalled(seconds=limits.stall_seconds)
            if self._progress and self._progress is not reported:
                reported = self._progress
                on_progress(reported)
            descendants.bury_orphans(child.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(LOOK_SECONDS)
        return None

    def _end(
        self, child: subprocess.Popen[bytes], descendants: EngineDescendants, seconds_to_obey: float
    ) -> None:
        """Asks the group to stop, then makes everybody; one that ended by itself may have left children."""
        if child.poll() is None:
            _signal_group(child.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(seconds_to_obey)
        _signal_group(child.pid, signal.SIGKILL)
        child.kill()  # It may have moved to another group.
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(SECONDS_TO_DIE)
        self.survivors = descendants.end()
        if self.survivors:
            self._log.write(f"\n[{self.survivors} processes of the engine could not be killed]\n".encode())
        for pump in self._pumps:
            pump.join(SECONDS_TO_FALL_SILENT)
        self._log.note(f"ended with code {child.returncode}")

    def _listen(self, stream: IO[bytes]) -> None:
        begun, too_long = b"", False
        with stream:
            while words := stream.read1(LONGEST_LINE):  # type: ignore[attr-defined]
                self._heard_at = time.monotonic()
                *lines, begun = (begun + words).split(b"\n")
                for line in lines:
                    self._take(line + b"\n", whole=not too_long)
                    too_long = False
                if len(begun) > LONGEST_LINE:
                    self._log.write(begun)
                    begun, too_long = b"", True
        if begun:
            self._take(begun, whole=not too_long)

    def _take(self, line: bytes, *, whole: bool) -> None:
        match parse(line) if whole else None:
            case Progress() as progress:
                self._note_progress(progress)
            case Result() as result:
                self._result = result
                self._log.note(f"result: {result.duration_s:g} s, {result.width}x{result.height}")
            case Complaint() as complaint:
                self._complaint = complaint
                self._log.note(f"error: {complaint.code}: {complaint.detail}")
            case None:
                self._log.write(line)

    def _note_progress(self, progress: Progress) -> None:
        """Only what is further than ever goes to the log, so that no engine fills it with progress."""
        if progress.percent > self._furthest:
            self._furthest = progress.percent
            self._log.note(f"progress: {progress.percent} %, {progress.stage}")
        self._progress = progress

    def _record(self, stream: IO[bytes]) -> None:
        with stream:
            while words := stream.read1(LONGEST_LINE):  # type: ignore[attr-defined]
                self._heard_at = time.monotonic()
                self._log.write(words)


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
