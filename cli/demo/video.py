"""Checks a video by decoding every frame."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from cli.exits import CommandError

_BYTES_A_PIXEL = 3
_TIMEOUT_S = 60


class NotThatVideoError(CommandError):
    """The file does not decode, or is not the expected video."""


@dataclass(frozen=True, kw_only=True)
class Video:
    """The result of decoding a file."""

    width: int
    height: int
    frames: int
    rate: float

    @property
    def duration_s(self) -> float:
        """The duration of all frames."""
        return self.frames / self.rate


def decode(path: Path) -> Video:
    """Decode a file from its first frame to its last.

    Raises:
        NotThatVideoError: It cannot be decoded.
    """
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    strict = [ffmpeg, "-v", "error", "-xerror", "-i", str(path), "-f", "null", "-"]
    done = subprocess.run(strict, check=False, capture_output=True, text=True, timeout=_TIMEOUT_S)
    if done.returncode or done.stderr.strip():
        raise NotThatVideoError(f"{path} does not decode: {done.stderr.strip()[:500]}")
    frames = imageio_ffmpeg.read_frames(str(path))
    try:
        about = next(frames)
        width, height = about["size"]
        sizes = [len(frame) for frame in frames]
    except (OSError, StopIteration, RuntimeError) as problem:
        raise NotThatVideoError(f"{path} does not decode: {problem}") from problem
    if set(sizes) != {width * height * _BYTES_A_PIXEL}:
        raise NotThatVideoError(f"{path} has no frames, or broken ones.")
    return Video(width=width, height=height, frames=len(sizes), rate=float(about["fps"]))


def expect(path: Path, *, width: int, height: int, duration_s: float) -> Video:
    """Decode a file and compare it with the expected size and duration; two frames more or less are rounding.

    Raises:
        NotThatVideoError: It differs.
    """
    video = decode(path)
    if (video.width, video.height) != (width, height):
        raise NotThatVideoError(f"{path} is {video.width}x{video.height}; {width}x{height} was expected.")
    if abs(video.duration_s - duration_s) > 2 / video.rate:
        raise NotThatVideoError(f"{path} lasts {video.duration_s:.2f} s; {duration_s:.2f} s was expected.")
    return video
