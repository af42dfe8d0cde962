"""What is made of a composition: its format, its quality and its poster, judged by what is decoded."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from render_engine.output.formats import FORMATS, GIF, HIGH, LOW, MEDIUM, QUALITIES
from render_engine.probe import frame_at, probe
from tests.render_engine.conftest import ENGINE

if TYPE_CHECKING:
    from tests.render_engine.conftest import Studio

TWO = {
    "version": 1,
    "width": 64,
    "height": 36,
    "rate": 10,
    "audio": {"tone_hz": 440},
    "scenes": [{"duration_s": 1, "background": "#ff0000"}, {"duration_s": 1, "background": "#00ff00"}],
}
CODECS = {"mp4": ("h264", "aac"), "webm": ("vp9", "opus"), "gif": ("gif", None)}


def make(studio: "Studio", composition: object, *options: str) -> int:
    command = [*studio.command(composition), *options]
    return subprocess.run(
        command, env=studio.environment, capture_output=True, timeout=50, check=False
    ).returncode


def color(path: Path, second: float) -> tuple[int, int, int]:
    red, green, blue = frame_at(path, second)[:3]
    return red, green, blue


@pytest.mark.short_form(1)
@pytest.mark.parametrize("kind", FORMATS)
def test_a_video_has_the_format_that_is_asked_for_and_a_poster_of_its_second(
    studio: "Studio", kind: str
) -> None:
    poster = studio.folder / "poster.jpg"
    assert make(studio, TWO, "--format", kind, "--poster", str(poster), "--poster-at", "1.5") == 0
    made = probe(studio.output)
    assert (made.video_codec, made.audio_codec, made.frames) == (*CODECS[kind], 20)
    assert [color(studio.output, second)[0] > 200 for second in (0.5, 1.5)] == [True, False]
    with Image.open(poster) as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 36))
        red, green, blue = picture.convert("RGB").getpixel((5, 5))
    assert (red < 20, green > 235, blue < 20) == (True, True, True)
    assert studio.leftovers() == ["poster.jpg", "video.mp4"]


def test_a_poster_of_the_end_is_the_last_picture(studio: "Studio") -> None:
    poster = studio.folder / "poster.jpg"
    assert make(studio, TWO, "--poster", str(poster), "--poster-at", "2") == 0
    with Image.open(poster) as picture:
        assert picture.convert("RGB").getpixel((5, 5))[1] > 235


def test_more_quality_takes_more_bytes(studio: "Studio", asset: Callable[..., None]) -> None:
    asset("x", "testsrc2=s=64x36:r=10:d=1", "-c:v", "ffv1", "-f", "matroska")
    scene = {"duration_s": 1, "video": {"asset": "x"}}
    sizes = []
    for quality in QUALITIES:
        assert make(studio, {**TWO, "scenes": [scene]}, "--quality", quality) == 0
        sizes.append(studio.output.stat().st_size)
    assert sizes == sorted(set(sizes))


def test_every_format_has_every_quality() -> None:
    assert all(set(one.pictures) == {LOW, MEDIUM, HIGH} for one in FORMATS.values())
    assert GIF.sound == ()


def test_a_format_that_does_not_exist_is_an_error_of_the_command(studio: "Studio") -> None:
    assert make(studio, TWO, "--format", "avi") == 2


def test_the_engine_says_what_it_can_do() -> None:
    said = subprocess.run([*ENGINE, "version"], check=True, capture_output=True, text=True).stdout
    assert set(json.loads(said)["formats"]) == set(FORMATS)
    assert json.loads(said)["features"] == ["quality", "poster", "mark"]


@pytest.mark.parametrize("color", ["#ffffff", "#000000"])
def test_a_mark_is_readable_over_whatever_the_composition_lays_there(studio: "Studio", color: str) -> None:
    box = {"color": color, "opacity": 1, "padding": 0}
    text = {"content": "iiiiii\niiiiii", "color": color, "position": "top", "box": box}
    scene = {"duration_s": 1, "background": color, "text": text}
    assert make(studio, {**TWO, "width": 160, "height": 90, "scenes": [scene, scene]}, "--mark", "TEST") == 0
    for second in (0.0, 0.9, 1.5):
        shades = studio.frame(second, width=160, height=90).crop((0, 0, 160, 30)).convert("L").getextrema()
        assert shades[0] < 60, "letters or outline are dark"
        assert shades[1] > 195, "and the other one is light"


@pytest.mark.parametrize(("width", "height"), [(16, 16), (16, 640), (640, 16)])
def test_a_mark_fits_every_frame(studio: "Studio", width: int, height: int) -> None:
    scene = {"duration_s": 0.1}
    composition = {"version": 1, "width": width, "height": height, "rate": 10, "scenes": [scene]}
    assert make(studio, composition, "--mark", "TEST") == 0
