"""Draws the product as it runs: the demo's video, the trace of its render, the console during an incident."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import imageio_ffmpeg

from cli.console.serving import served
from cli.demo.run import run
from pages.pictures.browser import chromium
from pages.pictures.incident import hung_fleet

FRAME: Final = "demo-frame.png"
TRACE: Final = "demo-trace.png"
CONSOLE: Final = "console.png"
FRAME_AT_S: Final = 1.8
"""Second of the video that the frame shows."""
FRAME_WIDTH: Final = 640
"""Pixels."""
PAGE_WIDTH: Final = 1000
PAGE_HEIGHT: Final = 780
"""Of a page that is cut, because it is longer."""
SCALE: Final = 2
"""Pixels of a picture for each of the page, so that it is sharp on any screen."""


def demo(folder: Path) -> None:
    """Run the demo, and write `demo-frame.png` and `demo-trace.png`."""
    with TemporaryDirectory() as made:
        video, page = Path(made) / "video.mp4", Path(made) / "page.png"
        run(video, port=0, as_json=True)
        with chromium() as browser:
            browser.open(video.with_name("render.html").as_uri())
            page.write_bytes(browser.picture(PAGE_WIDTH, scale=SCALE))
        _filtered(video, f"scale={FRAME_WIDTH}:-2", folder / FRAME, "-ss", str(FRAME_AT_S))
        _filtered(page, f"crop={SCALE * PAGE_WIDTH}:{SCALE * PAGE_HEIGHT}:0:0", folder / TRACE)


def console(folder: Path) -> None:
    """Play an incident, and write `console.png`: the first page of the console."""
    with hung_fleet(_say) as scene, served(scene.source) as door, chromium() as browser:
        browser.open(door.opening)
        (folder / CONSOLE).write_bytes(browser.picture(PAGE_WIDTH, scale=SCALE))


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _filtered(source: Path, by: str, picture: Path, *seek: str) -> None:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    options = ("-v", "error", "-y", *seek)
    subprocess.run([ffmpeg, *options, "-i", source, "-frames:v", "1", "-vf", by, picture], check=True)
