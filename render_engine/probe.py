"""Decodes a finished video and says what is really in it."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from render_engine.children import find_ffmpeg
from render_engine.errors import Refused

SECONDS_TO_DECODE = 120
_VIDEO = re.compile(
    r"Stream #0:\d+.*?: Video: (?P<codec>\w+).*?, (?P<pixels>yuv\w+|gbrp\w*|rgb\w+|bgra)"
    r".*?, (?P<w>\d+)x(?P<h>\d+)"
)
_AUDIO = re.compile(r"Stream #0:\d+.*?: Audio: (?P<codec>\w+)")
_LENGTH = re.compile(r"Duration: (\d+):(\d+):(\d+\.\d+)")


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What came out of decoding a file from its first frame to its last."""

    seconds: float
    width: int
    height: int
    frames: int
    video_codec: str
    pixel_format: str
    audio_codec: str | None


def probe(path: Path) -> Probe:
    """Decodes the whole file.

    Raises:
        Refused: with code `video_unreadable` when it cannot be decoded without an error.
    """
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-xerror", "-i", f"file:{path}"]
    command += ["-progress", "pipe:1", "-map", "0", "-f", "null", "-"]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, errors="replace", timeout=SECONDS_TO_DECODE
    )
    video, length = _VIDEO.search(done.stderr), _LENGTH.search(done.stderr)
    frames = re.findall(r"^frame=\s*(\d+)", done.stdout, re.MULTILINE)
    if done.returncode != 0 or not video or not length or not frames:
        raise Refused("video_unreadable", f"{path.name} cannot be decoded as a video.")
    audio = _AUDIO.search(done.stderr)
    hours, minutes, seconds = length.groups()
    return Probe(
        seconds=int(hours) * 3600 + int(minutes) * 60 + float(seconds),
        width=int(video["w"]),
        height=int(video["h"]),
        frames=int(frames[-1]),
        video_codec=video["codec"],
        pixel_format=video["pixels"],
        audio_codec=audio["codec"] if audio else None,
    )


def frame_at(path: Path, second: float) -> bytes:
    """The picture at a time, as rows of RGB bytes.

    Raises:
        Refused: with code `video_unreadable` when there is no picture at that time.
    """
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-v", "error", "-ss", f"{second:.3f}"]
    command += ["-i", f"file:{path}", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(command, check=False, capture_output=True, timeout=SECONDS_TO_DECODE)
    if done.returncode != 0 or not done.stdout:
        raise Refused("video_unreadable", f"{path.name} has no picture at {second:g} s.")
    return done.stdout
