"""Runs ffmpeg as a child that never outlives the call."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from render_engine.errors import TryAgainLater
from render_engine.reading import CUT_SHORT

FFMPEG_VARIABLE = "CLIPIT_ENGINE_FFMPEG"
LAST_CHARACTERS = 4000
MOST_BYTES_OF_AN_ANSWER = 1_000_000
SECONDS_TO_FALL_SILENT = 2.0


@dataclass(frozen=True, kw_only=True)
class Printed:
    """How a child ended and what it said; a negative code is a signal, or the end of its time."""

    code: int
    words: str


class Complaints:
    """What a child writes to its standard error, passed on at once and kept as far as its end."""

    def __init__(self, stream: IO[str]) -> None:
        self.cut_short = False
        self._stream = stream
        self._last = ""
        self._pump = threading.Thread(target=self._pass_on, daemon=True)
        self._pump.start()

    def last_words(self) -> str:
        """The end of it, once the child has ended."""
        self._pump.join(SECONDS_TO_FALL_SILENT)
        return self._last.strip()

    def _pass_on(self) -> None:
        with self._stream:
            while line := self._stream.readline(LAST_CHARACTERS):
                self._last = (self._last + line)[-LAST_CHARACTERS:]
                self.cut_short = self.cut_short or bool(CUT_SHORT.search(line))
                with contextlib.suppress(OSError, ValueError):  # whoever listened has gone
                    sys.stderr.write(line)
                    sys.stderr.flush()


def find_ffmpeg() -> str:
    """The path of the encoder.

    Raises:
        TryAgainLater: with code `encoder_missing` when this machine has none.
    """
    if given := os.environ.get(FFMPEG_VARIABLE):
        return given
    try:
        import imageio_ffmpeg  # noqa: PLC0415 - a missing package must become an answer, not a traceback

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        detail = f"No ffmpeg: install imageio-ffmpeg or set {FFMPEG_VARIABLE}."
        raise TryAgainLater("encoder_missing", detail) from error


def ask(command: Sequence[str], *, seconds: float) -> Printed:
    """Runs a short command to its end and returns the beginning of what it said.

    Raises:
        TryAgainLater: with code `encoder_missing` when it does not start.
    """
    with TemporaryFile() as words:
        child = _start(command, stdout=words, stderr=subprocess.STDOUT)
        try:
            code = child.wait(seconds)
        except subprocess.TimeoutExpired:
            code = -1
        finally:
            _end(child)
        words.seek(0)
        return Printed(code=code, words=words.read(MOST_BYTES_OF_AN_ANSWER).decode(errors="replace"))


@contextlib.contextmanager
def running(command: Sequence[str], *, folder: Path) -> Iterator[tuple[subprocess.Popen[str], Complaints]]:
    """A child in `folder` with its complaints; it is gone when the block ends.

    Raises:
        TryAgainLater: with code `encoder_missing` when it does not start.
    """
    child = _start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, folder=folder)
    if child.stderr is None:
        raise TypeError("the child was started with a pipe for its standard error")
    try:
        yield child, Complaints(child.stderr)
    finally:
        _end(child)


def _start(
    command: Sequence[str], *, stdout: int | IO[bytes], stderr: int, folder: Path | None = None
) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, text=True,
            errors="replace",
        )  # fmt: skip
    except OSError as error:
        detail = f"The encoder did not start: {error.strerror or error}."
        raise TryAgainLater("encoder_missing", detail) from error


def _end(child: subprocess.Popen[str]) -> None:
    # Whatever a child has written by now is thrown away, so it need not finish its file.
    child.kill()
    child.wait()
    if child.stdout:
        child.stdout.close()
