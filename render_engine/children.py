"""Runs ffmpeg as a child that never outlives the call."""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from render_engine.errors import TryAgainLater

FFMPEG_VARIABLE = "CLIPIT_ENGINE_FFMPEG"
TAIL_BYTES = 4000


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


@contextlib.contextmanager
def running(command: Sequence[str], *, folder: Path, complaints: Path) -> Iterator[subprocess.Popen[str]]:
    """A child in `folder` whose standard error goes to `complaints`; it is gone when the block ends."""
    with complaints.open("wb") as log:
        try:
            child = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
            )
        except OSError as error:
            detail = f"The encoder did not start: {error.strerror or error}."
            raise TryAgainLater("encoder_missing", detail) from error
    try:
        yield child
    finally:
        _end(child)


def tail(complaints: Path) -> str:
    """The end of what a child wrote to its standard error."""
    with complaints.open("rb") as log:
        size = log.seek(0, os.SEEK_END)
        log.seek(max(0, size - TAIL_BYTES))
        return log.read().decode(errors="replace").strip()


def _end(child: subprocess.Popen[str]) -> None:
    # Whatever a child has written by now is thrown away, so it need not finish its file.
    child.kill()
    child.wait()
    if child.stdout:
        child.stdout.close()
