"""How pictures and films fit into their frame, judged by the pixels that come out."""

import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from render_engine.children import find_ffmpeg

if TYPE_CHECKING:
    from .conftest import Studio

WIDTH, HEIGHT = 160, 90
FRAME: dict[str, object] = {"version": 1, "width": WIDTH, "height": HEIGHT, "rate": 10}
BEHIND = "blue"
COLORS = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
WIDE = {
    "contain": {"top": "blue", "middle": "lime", "left": "red"},
    "cover": {"top": "lime", "middle": "lime", "left": "lime"},
    "fill": {"top": "lime", "middle": "lime", "left": "red"},
    "none": {"top": "blue", "middle": "lime", "left": "lime"},
    "scale-down": {"top": "blue", "middle": "lime", "left": "red"},
}
PLACES = {"top": (80, 3), "middle": (80, 45), "left": (3, 45)}
Asset = Callable[..., None]


def color(studio: "Studio", second: float, at: tuple[int, int]) -> str:
    """The name of the color that is there."""
    found = studio.frame(second, width=WIDTH, height=HEIGHT).getpixel(at)
    assert isinstance(found, tuple)
    return min(COLORS, key=lambda name: sum(abs(a - b) for a, b in zip(COLORS[name], found, strict=True)))


@pytest.mark.long
@pytest.mark.parametrize("kind", ["image", "video"])
def test_a_wide_picture_fits_as_asked_for(studio: "Studio", asset: Asset, kind: str) -> None:
    """320x60 pixels in a frame of 160x90, an eighth of them red at either side."""
    red, lime = "color=red:s=40x60:r=10:d=1", "color=lime:s=240x60:r=10:d=1"
    still = ("-frames:v", "1", "-c:v", "png", "-f", "image2")
    film = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "mp4")
    source = f"{red}[a];{lime}[b];{red}[c];[a][b][c]hstack=3"
    asset("x", source, *(still if kind == "image" else film))
    scenes = [{"duration_s": 0.2, "background": "#0000ff", kind: {"asset": "x", "fit": fit}} for fit in WIDE]
    ended = studio.render({**FRAME, "scenes": scenes})
    assert ended.code == 0, ended
    for number, (fit, wanted) in enumerate(WIDE.items()):
        found = {name: color(studio, number * 0.2 + 0.05, at) for name, at in PLACES.items()}
        assert found == wanted, fit


def test_a_small_picture_keeps_its_size_where_it_is_asked_to(studio: "Studio") -> None:
    Image.new("RGB", (40, 20), "red").save(studio.assets / "x", "PNG")
    fits = ("none", "scale-down", "contain")
    scenes = [
        {"duration_s": 0.2, "background": "#0000ff", "image": {"asset": "x", "fit": fit}} for fit in fits
    ]
    assert studio.render({**FRAME, "scenes": scenes}).code == 0
    inside, outside = (97, 53), (103, 45)
    found = [[color(studio, at, place) for place in (inside, outside)] for at in (0.05, 0.25, 0.45)]
    assert found == [["red", "blue"], ["red", "blue"], ["red", "red"]]


def test_a_film_that_becomes_smaller_is_still_cropped_within_itself(studio: "Studio", asset: Asset) -> None:
    """`crop` by itself would show what lies in memory behind the smaller picture."""
    raw = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "mpegts")
    asset("large", "color=red:s=640x120:r=10:d=0.5", *raw)
    asset("small", "color=red:s=64x12:r=10:d=0.5", *raw)
    both = (studio.assets / "large").read_bytes() + (studio.assets / "small").read_bytes()
    (studio.assets / "joined.ts").write_bytes(both)
    joined = ["-i", str(studio.assets / "joined.ts"), "-c", "copy", "-f", "mpegts", str(studio.assets / "x")]
    subprocess.run([find_ffmpeg(), "-v", "error", *joined], check=True)
    scene = {"duration_s": 1, "background": "#0000ff", "video": {"asset": "x", "fit": "cover"}}
    assert studio.render({**FRAME, "scenes": [scene]}).code == 0
    corners = [(2, 2), (157, 2), (2, 87), (157, 87), (80, 45)]
    assert {color(studio, second, at) for second in (0.2, 0.9) for at in corners} == {"red"}
