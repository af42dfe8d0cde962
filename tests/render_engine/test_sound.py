"""What is heard of films and of the sound under the whole video, judged by amplitudes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from render_engine.probe import probe

if TYPE_CHECKING:
    from .conftest import Studio

SMALL: dict[str, object] = {"version": 1, "width": 64, "height": 36, "rate": 10}
PICTURES = "color=red:s=64x36:r=10:d={seconds}"
H264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "mp4")
TONE = 0.125
"""The amplitude of ffmpeg's `sine`."""
Asset = Callable[..., None]


def film(
    asset: Asset, name: str = "film", *, seconds: float = 2, sound: str = "sine=f=500", codec: str = "aac"
) -> None:
    tone = ("-f", "lavfi", "-i", f"{sound}:d={seconds}", "-c:a", codec, "-shortest")
    asset(name, PICTURES.format(seconds=seconds), *tone, *H264)


def loud(amplitude: float, by: float = 0.02) -> tuple[object, object]:
    return pytest.approx(amplitude, abs=by), pytest.approx(amplitude, abs=by)


def scene(seconds: float = 2, name: str = "film", **video: object) -> dict[str, object]:
    return {"duration_s": seconds, "video": {"asset": name, **video}}


def test_the_sound_of_a_film_is_kept_where_the_film_is(studio: "Studio", asset: Asset) -> None:
    film(asset)
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 1}, scene(), {"duration_s": 1}]})
    assert ended.code == 0, ended
    assert probe(studio.output).seconds == pytest.approx(4, abs=0.1)
    assert studio.loudness(0, 0.9) == loud(0)
    assert studio.loudness(1.2, 2.8) == loud(TONE)
    assert studio.loudness(3.1, 3.9) == loud(0)


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("options", "amplitude"),
    [
        ({"volume": 0.5}, TONE / 2),
        ({"volume": 2}, TONE * 2),
        ({"volume": 4}, TONE * 4),
        ({"mute": False}, TONE),
    ],
    ids=str,
)
def test_a_film_is_as_loud_as_asked_for(
    studio: "Studio", asset: Asset, options: dict[str, object], amplitude: float
) -> None:
    film(asset)
    assert studio.render({**SMALL, "scenes": [scene(**options)]}).code == 0
    assert studio.loudness(0.5, 1.5) == loud(amplitude, by=0.1 * amplitude)


@pytest.mark.short_form(1)
@pytest.mark.parametrize("options", [{"mute": True}, {"volume": 0}, {"mute": True, "volume": 2}], ids=str)
def test_a_video_of_mute_films_has_no_sound_at_all(
    studio: "Studio", asset: Asset, options: dict[str, object]
) -> None:
    film(asset)
    assert studio.render({**SMALL, "scenes": [scene(**options)]}).code == 0
    assert probe(studio.output).audio_codec is None


def test_a_film_without_sound_is_silent_beside_one_with(studio: "Studio", asset: Asset) -> None:
    asset("silent", PICTURES.format(seconds=1), *H264)
    film(asset, seconds=1)
    ended = studio.render({**SMALL, "scenes": [scene(1, "silent"), scene(1)]})
    assert ended.code == 0, ended
    assert studio.loudness(0, 0.9) == loud(0)
    assert studio.loudness(1.2, 1.8) == loud(TONE)


def test_a_film_is_heard_over_the_sound_of_the_video(studio: "Studio", asset: Asset) -> None:
    film(asset, seconds=1)
    composition = {**SMALL, "audio": {"tone_hz": 3000}, "scenes": [scene(1), {"duration_s": 1}]}
    assert studio.render(composition).code == 0
    assert studio.loudness(0.3, 0.8) == loud(2 * TONE, by=0.04)
    assert studio.loudness(1.3, 1.8) == loud(TONE)


def test_sounds_that_are_too_loud_together_are_held_down(studio: "Studio", asset: Asset) -> None:
    film(asset, sound="aevalsrc=0.9*sin(2000*t)", codec="flac")
    asset("song", "aevalsrc=0.9*sin(2000*t):d=2", "-f", "wav")
    composition = {**SMALL, "audio": {"asset": "song"}, "scenes": [scene()]}
    assert studio.render(composition).code == 0
    left, right = studio.loudness(0.5, 1.5)
    assert 0.85 < left < 1.1
    assert 0.85 < right < 1.1


def test_films_that_give_way_to_each_other_are_heard_like_that(studio: "Studio", asset: Asset) -> None:
    film(asset, seconds=3)
    asset("silent", PICTURES.format(seconds=2), *H264)
    fade = {"transition": {"kind": "fade", "duration_s": 1}}
    assert studio.render({**SMALL, "scenes": [scene(2), {**scene(2, "silent"), **fade}]}).code == 0
    assert studio.loudness(0.5, 0.9) == loud(TONE)
    assert studio.loudness(1.45, 1.55) == loud(TONE / 2)
    assert studio.loudness(2.1, 2.9) == loud(0)


@pytest.mark.short_form(2)
@pytest.mark.parametrize(
    ("sound", "left", "right"),
    [
        pytest.param("aevalsrc=0.25*sin(3000*t):c=mono", 0.25, 0.25, id="mono"),
        pytest.param("aevalsrc=0.25*sin(3000*t)|0:c=stereo", 0.25, 0, id="left only"),
        pytest.param("aevalsrc=0|0|0|0|0.5*sin(3000*t)|0:c=5.1", 0.354, 0, id="5.1, behind on the left"),
        pytest.param("aevalsrc=0.25*sin(3000*t):c=mono:s=11025", 0.25, 0.25, id="few samples"),
    ],
)
def test_sound_of_any_layout_becomes_stereo(
    studio: "Studio", asset: Asset, sound: str, left: float, right: float
) -> None:
    tone = ("-f", "lavfi", "-i", f"{sound}:d=2", "-c:a", "pcm_s16le", "-c:v", "ffv1", "-f", "matroska")
    asset("film", PICTURES.format(seconds=2), *tone)
    assert studio.render({**SMALL, "scenes": [scene()]}).code == 0
    heard = studio.loudness(0.5, 1.5)
    assert heard == (pytest.approx(left, abs=0.03), pytest.approx(right, abs=0.03))


def test_sound_that_begins_later_than_its_film_is_heard_later(studio: "Studio", asset: Asset) -> None:
    tone = ("-itsoffset", "1", "-f", "lavfi", "-i", "sine=f=500:d=1", "-c:a", "pcm_s16le", "-c:v", "ffv1")
    asset("film", PICTURES.format(seconds=2), *tone, "-f", "matroska")
    assert studio.render({**SMALL, "scenes": [scene()]}).code == 0
    assert studio.loudness(0, 0.9) == loud(0)
    assert studio.loudness(1.2, 1.8) == loud(TONE)


def test_a_film_that_begins_later_than_its_sound_is_seen_later(studio: "Studio", asset: Asset) -> None:
    """Its first picture is there from the beginning, so that picture and sound stay together."""
    asset("pictures", "color=red:s=64x36:r=10:d=0.5[a];color=lime:s=64x36:r=10:d=1[b];[a][b]concat", *H264)
    pictures = ("-itsoffset", "1", "-i", str(studio.assets / "pictures"))
    asset("film", "sine=f=500:d=3", *pictures, "-c:v", "copy", "-c:a", "flac", "-f", "matroska")
    assert studio.render({**SMALL, "scenes": [scene(2.5)]}).code == 0
    colors = [studio.frame(at, width=64, height=36).getpixel((32, 18)) for at in (0.2, 1.3, 1.8)]
    assert [color[0] > 200 for color in colors] == [True, True, False]


def test_a_film_whose_sound_cannot_be_decoded_is_refused_unless_it_is_mute(
    studio: "Studio", asset: Asset
) -> None:
    tone = ("-f", "lavfi", "-i", "sine=f=500:d=1", "-c:a", "pcm_s16le", "-c:v", "ffv1", "-f", "matroska")
    asset("film", PICTURES.format(seconds=1), *tone)
    raw = (studio.assets / "film").read_bytes()
    assert b"A_PCM/INT/LIT" in raw
    (studio.assets / "film").write_bytes(raw.replace(b"A_PCM/INT/LIT", b"A_NOBODY/KNOW"))
    ended = studio.render({**SMALL, "scenes": [scene(1)]})
    assert (ended.code, ended.error) == (2, "asset_unreadable")
    assert "sound" in ended.detail
    assert studio.render({**SMALL, "scenes": [scene(1, mute=True)]}).code == 0


@pytest.mark.parametrize(("volume", "amplitude"), [(0.5, TONE / 2), (4, TONE * 4)])
def test_the_sound_under_a_video_is_as_loud_as_asked_for(
    studio: "Studio", volume: float, amplitude: float
) -> None:
    composition = {**SMALL, "audio": {"tone_hz": 500, "volume": volume}, "scenes": [{"duration_s": 1}]}
    assert studio.render(composition).code == 0
    assert studio.loudness(0.2, 0.8) == loud(amplitude, by=0.1 * amplitude)


def test_the_sound_under_a_video_fades_in_and_out(studio: "Studio") -> None:
    audio = {"tone_hz": 1000, "volume": 4, "fade_in_s": 1, "fade_out_s": 2}
    assert studio.render({**SMALL, "audio": audio, "scenes": [{"duration_s": 4}]}).code == 0
    measured = [studio.loudness(second - 0.02, second + 0.02)[0] for second in (0.5, 1.5, 3, 3.5)]
    assert measured == [pytest.approx(4 * TONE * share, abs=0.04) for share in (0.5, 1, 0.5, 0.25)]
    assert studio.loudness(0, 0.01) == loud(0, by=0.03)
    assert studio.loudness(3.98, 4) == loud(0, by=0.03)


def test_a_song_begins_where_it_is_asked_to(studio: "Studio", asset: Asset) -> None:
    asset("song", "aevalsrc='if(lt(t,1.5),0,0.5*sin(3000*t))':d=3", "-c:a", "flac", "-f", "flac")
    audio = {"asset": "song", "trim_s": 1.2}
    assert studio.render({**SMALL, "audio": audio, "scenes": [{"duration_s": 1}]}).code == 0
    assert studio.loudness(0, 0.27) == loud(0)
    assert studio.loudness(0.33, 0.9) == loud(0.5, by=0.05)
    ended = studio.render({**SMALL, "audio": {**audio, "trim_s": 3.5}, "scenes": [{"duration_s": 1}]})
    assert (ended.code, ended.error) == (2, "asset_too_short")


def test_a_song_of_no_volume_leaves_the_video_without_sound(studio: "Studio", asset: Asset) -> None:
    asset("song", "sine=f=500:d=1", "-f", "wav")
    audio = {"asset": "song", "volume": 0}
    assert studio.render({**SMALL, "audio": audio, "scenes": [{"duration_s": 1}]}).code == 0
    assert probe(studio.output).audio_codec is None
