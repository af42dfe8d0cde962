"""What is left out of the beginning of a film or a sound, judged by pixels and by amplitudes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Studio

SMALL: dict[str, object] = {"version": 1, "width": 64, "height": 36, "rate": 10}
GRAYS = "color=black:s=64x36:r=10:d=2,geq=lum='16+10*N':cb=128:cr=128"
"""Each picture is lighter than the one before it."""
CODECS = {
    "H.264": ("-c:v", "libx264", "-qp", "0", "-g", "15", "-pix_fmt", "yuv420p", "-f", "mp4"),
    "animated PNG, in which nobody can seek": ("-c:v", "apng", "-f", "apng"),
}
Asset = Callable[..., None]


def gray(studio: "Studio", second: float) -> int:
    found = studio.frame(second, width=64, height=36).convert("L").getpixel((32, 18))
    assert isinstance(found, int)
    return found


@pytest.mark.long
@pytest.mark.parametrize("codec", CODECS)
def test_a_film_begins_with_the_picture_that_is_asked_for(studio: "Studio", asset: Asset, codec: str) -> None:
    asset("film", GRAYS, *CODECS[codec])
    scenes = [{"duration_s": 0.2, "video": {"asset": "film", "trim_s": trim}} for trim in (0, 0.1, 0.7, 1.9)]
    ended = studio.render({**SMALL, "scenes": scenes})
    assert ended.code == 0, ended
    found = [gray(studio, second) for second in (0, 0.2, 0.4, 0.6)]
    wanted = [round(10 * number * 255 / 219) for number in (0, 1, 7, 19)]
    assert found == [pytest.approx(value, abs=4) for value in wanted]


def test_the_sound_of_a_film_is_trimmed_with_its_pictures(studio: "Studio", asset: Asset) -> None:
    tone = ("-f", "lavfi", "-i", "aevalsrc='if(lt(t,1.5),0,0.5*sin(3000*t))':d=2", "-c:a", "aac")
    asset("film", GRAYS, *tone, *CODECS["H.264"])
    scene = {"duration_s": 1, "video": {"asset": "film", "trim_s": 1.2}}
    assert studio.render({**SMALL, "scenes": [scene]}).code == 0
    assert studio.loudness(0, 0.27)[0] == pytest.approx(0, abs=0.02)
    assert studio.loudness(0.33, 0.7)[0] == pytest.approx(0.5, abs=0.05)


def test_a_film_whose_sound_ends_before_its_trim_is_silent(studio: "Studio", asset: Asset) -> None:
    tone = ("-f", "lavfi", "-i", "sine=f=500:d=0.5", "-c:a", "aac")
    asset("film", GRAYS, *tone, *CODECS["H.264"])
    scene = {"duration_s": 0.5, "video": {"asset": "film", "trim_s": 1}}
    ended = studio.render({**SMALL, "audio": {"tone_hz": 500}, "scenes": [scene]})
    assert ended.code == 0, ended
    assert studio.loudness(0.1, 0.4)[0] == pytest.approx(0.125, abs=0.02)


def test_a_film_of_which_nothing_is_left_is_refused(studio: "Studio", asset: Asset) -> None:
    asset("film", GRAYS, *CODECS["H.264"])
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1, "video": {"asset": "film", "trim_s": 2.5}}]})
    assert (ended.code, ended.error) == (2, "asset_too_short")
    assert ended.detail == "Asset film ends within the 2.5 s that trim_s leaves out."
