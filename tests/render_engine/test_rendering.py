"""What comes out, judged by decoding it; sizes are small because test machines are."""

import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from render_engine.composition import COMPOSITION_VERSION
from render_engine.errors import Refused
from render_engine.probe import frame_at, probe

if TYPE_CHECKING:
    from tests.render_engine.conftest import Studio

WIDTH, HEIGHT = 160, 90
SMALL: dict[str, object] = {"version": 1, "width": WIDTH, "height": HEIGHT, "rate": 10}
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def pixel(studio: "Studio", second: float, x: int = 5, y: int = 5) -> tuple[int, int, int]:
    start = (y * WIDTH + x) * 3
    red, green, blue = frame_at(studio.output, second)[start : start + 3]
    return red, green, blue


def near(color: tuple[int, int, int], wanted: tuple[int, int, int], by: int = 12) -> bool:
    return all(abs(one - other) <= by for one, other in zip(color, wanted, strict=True))


def brightest(studio: "Studio", second: float) -> int:
    return max(frame_at(studio.output, second))


def test_scenes_follow_one_another_with_exact_frames_and_colors(studio: "Studio") -> None:
    scenes = [{"duration_s": 1, "background": color} for color in ("#ff0000", "#00ff00", "#0000ff")]
    ended = studio.render({**SMALL, "scenes": scenes, "audio": {"tone_hz": 440}})
    assert ended.code == 0, ended
    result = ended.only("result")[0]
    assert result == {
        "event": "result",
        "duration_s": 3.0,
        "width": WIDTH,
        "height": HEIGHT,
        "bytes": studio.output.stat().st_size,
    }
    found = probe(studio.output)
    assert (found.frames, found.width, found.height) == (30, WIDTH, HEIGHT)
    assert found.seconds == pytest.approx(3.0, abs=0.1)
    assert (found.video_codec, found.pixel_format, found.audio_codec) == ("h264", "yuv420p", "aac")
    assert [near(pixel(studio, at), wanted) for at, wanted in ((0.5, RED), (1.5, GREEN), (2.5, BLUE))] == [
        True
    ] * 3
    assert near(pixel(studio, 0.9), RED)
    assert near(pixel(studio, 1.0), GREEN)


def test_the_video_can_be_played_before_it_is_loaded_whole(studio: "Studio") -> None:
    studio.render({**SMALL, "scenes": [{"duration_s": 1}]})
    raw = studio.output.read_bytes()
    assert raw.index(b"moov") < raw.index(b"mdat")


def test_progress_grows_and_ends_at_a_hundred(studio: "Studio") -> None:
    ended = studio.render({**SMALL, "scenes": [{"duration_s": 60, "text": {"content": "slow"}}]})
    said = [(event["percent"], event["stage"]) for event in ended.only("progress")]
    percents = [percent for percent, _ in said]
    assert percents == sorted(int(str(percent)) for percent in percents)
    assert len(set(said)) == len(said), "nothing is said twice"
    assert (percents[0], percents[-1]) == (0, 100)


@pytest.mark.short_form(1)
@pytest.mark.parametrize("kind", ["fade", "wipeleft", "slideleft"])
def test_a_transition_overlaps_and_keeps_the_frames_exact(studio: "Studio", kind: str) -> None:
    scenes = [
        {"duration_s": 1, "background": "#ff0000"},
        {"duration_s": 0.5, "background": "#ff0000"},
        {"duration_s": 1, "background": "#0000ff", "transition": {"kind": kind, "duration_s": 0.5}},
        {"duration_s": 1, "background": "#00ff00", "transition": {"kind": kind, "duration_s": 0.5}},
    ]
    ended = studio.render({**SMALL, "scenes": scenes})
    assert ended.code == 0, ended
    assert probe(studio.output).frames == 25
    assert near(pixel(studio, 0.9), RED)
    assert near(pixel(studio, 1.5), BLUE)
    assert near(pixel(studio, 2.2), GREEN)


@pytest.mark.short_form(3)
@pytest.mark.parametrize(
    "content",
    [
        pytest.param("it's \"here\" isn't it", id="quotes"),
        pytest.param("a:b:fontsize=400,drawbox=c=red", id="filter injection"),
        pytest.param("100% %{pts} %{e\\:1} %n", id="percent"),
        pytest.param("back\\slash \\\\ \\n end\\", id="backslashes"),
        pytest.param("one\ntwo\r\nthree", id="newlines"),
        pytest.param("[in];[out]|$(touch x)`y`", id="brackets and shell"),
        pytest.param("Größe Ω Жар 漢字 🎬 \u202eabc", id="unicode"),
        pytest.param("#set page(fill: red)\n#panic()", id="typesetting commands"),
        pytest.param("w" * 40, id="one endless word"),
    ],
)
def test_hostile_text_is_drawn_and_changes_nothing_else(studio: "Studio", content: str) -> None:
    scene = {"duration_s": 0.3, "background": "#000000", "text": {"content": content, "size": 16}}
    ended = studio.render({**SMALL, "scenes": [scene]})
    assert ended.code == 0, ended
    assert ended.complaints == ""
    assert probe(studio.output).frames == 3
    assert brightest(studio, 0) > 200, "the words must be visible"
    assert near(pixel(studio, 0, x=1, y=1), (0, 0, 0)), "the corner must be untouched"
    assert studio.leftovers() == ["video.mp4"]


def test_text_stands_where_its_position_says(studio: "Studio") -> None:
    for position, rows in (("top", range(30)), ("center", range(30, 60)), ("bottom", range(60, 90))):
        text = {"content": "HHHH", "size": 14, "position": position}
        studio.render({**SMALL, "scenes": [{"duration_s": 0.1, "background": "#000000", "text": text}]})
        picture = frame_at(studio.output, 0)
        lit = {row for row in range(HEIGHT) if max(picture[row * WIDTH * 3 : (row + 1) * WIDTH * 3]) > 128}
        assert lit, position
        assert lit <= set(rows), position


def test_an_image_is_fitted_and_its_transparency_shows_the_background(
    studio: "Studio", asset: Callable[..., None]
) -> None:
    asset("tall", "color=red@0.5:s=100x200,format=rgba", "-frames:v", "1", "-c:v", "png", "-f", "image2pipe")
    scene = {"duration_s": 0.5, "background": "#0000ff", "image": {"asset": "tall"}}
    assert studio.render({**SMALL, "scenes": [scene]}).code == 0
    for second in (0, 0.4):
        assert near(pixel(studio, second), BLUE), "beside the picture"
        assert near(pixel(studio, second, x=WIDTH // 2, y=HEIGHT // 2), (127, 0, 127)), "the picture"


def test_a_film_shorter_than_its_scene_rests_on_its_last_picture(
    studio: "Studio", asset: Callable[..., None]
) -> None:
    asset("film", "color=yellow:s=160x90:r=30:d=0.5", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "mp4")
    film = {"duration_s": 1, "background": "#0000ff", "video": {"asset": "film"}}
    ended = studio.render({**SMALL, "scenes": [film, {"duration_s": 0.5, "background": "#00ff00"}]})
    assert ended.code == 0, ended
    assert probe(studio.output).frames == 15
    assert near(pixel(studio, 0.9), (255, 255, 0))
    assert near(pixel(studio, 1.2), GREEN)


def test_a_film_goes_on_through_the_transitions_into_and_out_of_its_scene(
    studio: "Studio", asset: Callable[..., None]
) -> None:
    red_then_green = "color=red:s=160x90:r=10:d=0.8[a];color=lime:s=160x90:r=10:d=0.2[b];[a][b]concat"
    asset("film", red_then_green, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "mp4")
    cut = {"kind": "wipeleft", "duration_s": 0.5}
    scenes = [
        {"duration_s": 1, "background": "#0000ff"},
        {"duration_s": 1.5, "video": {"asset": "film"}, "transition": cut},
        {"duration_s": 1, "background": "#0000ff", "transition": cut},
    ]
    ended = studio.render({**SMALL, "scenes": scenes})
    assert ended.code == 0, ended
    assert probe(studio.output).frames == 25
    middle = {second: pixel(studio, second, x=3, y=45) for second in (0.4, 1.1, 1.4, 1.5, 2.2)}
    assert [near(middle[second], BLUE) for second in (0.4, 2.2)] == [True, True]
    assert near(middle[1.1], RED, by=20)
    assert near(middle[1.4], GREEN, by=20), "the film was 0.9 s old and had turned"
    assert near(middle[1.5], GREEN, by=20), "it rests on its last picture, also while it leaves"


def test_a_film_longer_than_its_scene_is_cut(studio: "Studio", asset: Callable[..., None]) -> None:
    asset("film", "color=yellow:s=160x90:r=30:d=3", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "mp4")
    scenes = [{"duration_s": 1, "video": {"asset": "film"}}, {"duration_s": 1, "background": "#00ff00"}]
    assert studio.render({**SMALL, "scenes": scenes}).code == 0
    assert probe(studio.output).frames == 20
    assert near(pixel(studio, 1.0), GREEN)


def test_sound_shorter_than_the_video_ends_in_silence(studio: "Studio", asset: Callable[..., None]) -> None:
    asset("song", "sine=d=0.3", "-f", "wav")
    assert studio.render({**SMALL, "audio": {"asset": "song"}, "scenes": [{"duration_s": 1}]}).code == 0
    found = probe(studio.output)
    assert found.audio_codec == "aac"
    assert found.seconds == pytest.approx(1.0, abs=0.1)


def test_the_same_composition_gives_the_same_bytes(studio: "Studio") -> None:
    composition = {
        **SMALL,
        "audio": {"tone_hz": 300},
        "scenes": [{"duration_s": 1, "text": {"content": "same"}}],
    }
    studio.render(composition)
    first = studio.output.read_bytes()
    studio.render(composition)
    assert studio.output.read_bytes() == first


def test_version_names_the_engine_and_the_compositions_it_knows() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "render_engine", "version"], check=True, capture_output=True, text=True
    )
    assert f'"composition": {COMPOSITION_VERSION}' in said.stdout


def test_a_probe_of_what_is_no_video_is_refused(studio: "Studio") -> None:
    studio.output.write_bytes(b"not a video")
    with pytest.raises(Refused):
        probe(studio.output)
    with pytest.raises(Refused):
        frame_at(studio.output, 0)


FRAME = {"duration_s": 0.1}
FADE = {"kind": "fade", "duration_s": 0.1}


@pytest.mark.short_form(2)
@pytest.mark.parametrize(
    "scenes",
    [
        [FRAME, {"duration_s": 1}],
        [{"duration_s": 1}, FRAME, {"duration_s": 1}],
        [FRAME, FRAME, FRAME],
        [{"duration_s": 1}, {"duration_s": 1, "transition": FADE}],
        [
            {"duration_s": 0.5},
            {"duration_s": 0.3, "transition": FADE},
            {"duration_s": 0.5, "transition": FADE},
        ],
    ],
    ids=["first", "between", "nothing else", "a transition", "transitions around one"],
)
def test_a_part_of_a_single_frame_is_a_frame_of_the_video(studio: "Studio", scenes: list[object]) -> None:
    ended = studio.render({"version": 1, "width": 64, "height": 36, "rate": 10, "scenes": scenes})
    assert ended.code == 0, ended
