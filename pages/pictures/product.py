"""Draws what `make demo` makes: a frame of its video, and the first part of the trace of its render."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import imageio_ffmpeg

from cli.demo.run import run
from pages.pictures.browser import chromium

FRAME: Final = "demo-frame.png"
TRACE: Final = "demo-trace.png"
FRAME_AT_S: Final = 1.8
"""Second of the video that the frame shows."""
FRAME_WIDTH: Final = 640
"""Pixels."""
PAGE_WIDTH: Final = 1200
PAGE_HEIGHT: Final = 1040
"""Pixels; the page is longer."""


def draw(folder: Path) -> None:
    """Run the demo, and write `demo-frame.png` and `demo-trace.png`."""
    with TemporaryDirectory() as made:
        video, page = Path(made) / "video.mp4", Path(made) / "page.png"
        run(video, port=0, as_json=True)
        with chromium() as browser:
            browser.open(video.with_name("render.html").as_uri())
            page.write_bytes(browser.picture(PAGE_WIDTH))
        _filtered(video, f"scale={FRAME_WIDTH}:-2", folder / FRAME, "-ss", str(FRAME_AT_S))
        _filtered(page, f"crop={PAGE_WIDTH}:{PAGE_HEIGHT}:0:0", folder / TRACE)


def _filtered(source: Path, by: str, picture: Path, *seek: str) -> None:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    options = ("-v", "error", "-y", *seek)
    subprocess.run([ffmpeg, *options, "-i", source, "-frames:v", "1", "-vf", by, picture], check=True)
