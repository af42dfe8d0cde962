"""What the engine accepts as a composition, and how it words a refusal."""

import contextlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render_engine.composition import Composition, Media, Transition
from render_engine.errors import Refused
from render_engine.parsing import parse

SMALL: dict[str, object] = {"version": 1, "width": 64, "height": 36, "rate": 10}


def composed(**changes: object) -> Composition:
    return parse(json.dumps({**SMALL, "scenes": [{"duration_s": 1}], **changes}).encode())


def refusal(raw: bytes) -> str:
    with pytest.raises(Refused) as caught:
        parse(raw)
    assert caught.value.code == "composition_invalid"
    return caught.value.detail


def complaint(**changes: object) -> str:
    return refusal(json.dumps({**SMALL, "scenes": [{"duration_s": 1}], **changes}).encode())


def test_a_minimal_composition_has_black_scenes_and_no_sound() -> None:
    composition = composed()
    assert composition.frames == 10
    assert composition.scenes[0].background == "#000000"
    assert composition.audio is None


def test_scenes_inherit_the_background_of_the_composition() -> None:
    scenes = [{"duration_s": 1}, {"duration_s": 1, "background": "#ABCDEF"}]
    composition = composed(background="#102030", scenes=scenes)
    assert [scene.background for scene in composition.scenes] == ["#102030", "#abcdef"]


def test_text_is_white_in_the_middle_and_as_large_as_fits_when_nothing_else_is_said() -> None:
    composition = composed(height=360, scenes=[{"duration_s": 1, "text": {"content": "hello"}}])
    text = composition.scenes[0].text
    assert text is not None
    assert (text.size, text.color, text.position) == (None, "#ffffff", "center")


@pytest.mark.parametrize(
    ("video", "volume"),
    [({}, 1), ({"volume": 0.5}, 0.5), ({"mute": True}, 0), ({"mute": False, "volume": 4}, 4)],
    ids=str,
)
def test_a_film_is_heard_unless_it_is_mute(video: dict[str, object], volume: float) -> None:
    media = composed(scenes=[{"duration_s": 1, "video": {"asset": "a", **video}}]).scenes[0].media
    assert media == Media(asset="a", moving=True, volume=volume)


def test_a_transition_overlaps_two_scenes_so_the_video_is_shorter_than_their_sum() -> None:
    later = {"duration_s": 2, "transition": {"kind": "fade", "duration_s": 0.5}}
    composition = composed(scenes=[{"duration_s": 1}, later])
    assert composition.scenes[1].entrance == Transition(kind="fade", seconds=Decimal("0.5"), frames=5)
    assert composition.seconds == pytest.approx(2.5)


def test_the_transition_none_is_a_plain_cut() -> None:
    composition = composed(scenes=[{"duration_s": 1}, {"duration_s": 1, "transition": {"kind": "none"}}])
    assert composition.scenes[1].entrance is None


def test_a_scene_as_long_as_its_two_transitions_is_long_enough_at_any_rate() -> None:
    fade = {"transition": {"kind": "fade"}}
    for rate in range(2, 61):
        scenes = [{"duration_s": 1}, {"duration_s": 1, **fade}, {"duration_s": 1, **fade}]
        composition = composed(rate=rate, scenes=scenes)
        assert composition.frames == 3 * rate - 2 * (rate // 2)


@given(
    rate=st.integers(1, 60),
    lengths=st.lists(st.decimals("0.01", 9, places=2), min_size=2, max_size=2),
)
def test_transitions_that_fit_in_seconds_fit_in_frames(rate: int, lengths: list[Decimal]) -> None:
    into, out_of = (float(length) for length in lengths)
    scenes: list[dict[str, object]] = [
        {"duration_s": into + 1},
        {"duration_s": float(sum(lengths)) + (1 / rate), "transition": {"kind": "fade", "duration_s": into}},
        {"duration_s": out_of + 1, "transition": {"kind": "fade", "duration_s": out_of}},
    ]
    assert composed(rate=rate, scenes=scenes).frames > 0


def test_scenes_may_last_as_long_together_as_the_page_says() -> None:
    assert composed(rate=1, scenes=[{"duration_s": 6.6}] * 90).frames == 630
    assert "last 600.1 s together" in complaint(rate=10, scenes=[{"duration_s": 300}, {"duration_s": 300.1}])


def test_a_transition_of_less_than_a_frame_is_a_cut() -> None:
    entrance = {"transition": {"kind": "fade", "duration_s": 0.05}}
    assert composed(scenes=[{"duration_s": 1}, {"duration_s": 1, **entrance}]).frames == 20


@pytest.mark.parametrize(
    ("changes", "culprit"),
    [
        pytest.param({"hight": 3}, "hight is not a known field", id="unknown field"),
        pytest.param({"version": 2}, "version is 2", id="version of the future"),
        pytest.param({"width": 63}, "width is 63; it must be even", id="odd width"),
        pytest.param({"width": 5000}, "width is 5000", id="too wide"),
        pytest.param({"rate": 0}, "rate is 0", id="no rate"),
        pytest.param({"rate": 12.5}, "rate is 12.5; it must be a whole number", id="fractional rate"),
        pytest.param({"rate": True}, "rate must be a number", id="boolean as number"),
        pytest.param({"rate": "25"}, "not '25'", id="text as number"),
        pytest.param({"background": "red"}, "background must be a color like", id="named color"),
        pytest.param(
            {"background": "#fff:x=1"}, "background must be a color like", id="color with a filter in it"
        ),
        pytest.param({"scenes": []}, "scenes must be a list of 1 to 100", id="no scenes"),
        pytest.param({"scenes": [{"duration_s": 1}] * 101}, "1 to 100", id="too many scenes"),
        pytest.param({"scenes": ["one"]}, "scenes[0] must be an object", id="scene is a word"),
        pytest.param({"scenes": [{}]}, "scenes[0].duration_s must be a number", id="no duration"),
        pytest.param({"scenes": [{"duration_s": 0.01}]}, "shorter than one frame", id="less than a frame"),
        pytest.param({"scenes": [{"duration_s": 400}] * 2}, "last 800 s together", id="too long"),
        pytest.param(
            {"scenes": [{"duration_s": 1, "txt": 1}]}, "scenes[0].txt", id="unknown field of a scene"
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "text": {"content": " "}}]},
            "scenes[0].text.content",
            id="empty text",
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "text": {"content": "x" * 2001}}]},
            "2001 characters",
            id="endless text",
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "text": {"content": "\ud800"}}]}, "surrogate", id="half a character"
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "text": {"content": "a\x00b"}}]}, "U+0000", id="control character"
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "text": {"content": "a\x85b"}}]}, "U+0085", id="another of them"
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "video": {"asset": "a", "volume": 4.5}}]},
            "scenes[0].video.volume is 4.5; it must lie between 0 and 4",
            id="too loud",
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "video": {"asset": "a", "mute": 1}}]},
            "scenes[0].video.mute must be true or false, not 1",
            id="mute as a number",
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "image": {"asset": "a", "volume": 1}}]},
            "scenes[0].image.volume is not a known field",
            id="volume of a picture",
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "text": {"content": "x", "position": "left"}}]},
            "must be one of center, top, bottom",
            id="unknown position",
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "image": {"asset": "../secret"}}]}, "asset id", id="path as asset"
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "image": {"asset": ".."}}]}, "asset id", id="parent as asset"
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "image": {"asset": "a"}, "video": {"asset": "b"}}]},
            "one or the other",
            id="image and video",
        ),
        pytest.param(
            {"scenes": [{"duration_s": 1, "transition": {"kind": "fade"}}]},
            "scenes[0].transition has no scene before it",
            id="transition into the first scene",
        ),
        pytest.param(
            {
                "scenes": [
                    {"duration_s": 1},
                    {"duration_s": 1, "transition": {"kind": "fade", "duration_s": 1.5}},
                ]
            },
            "less than the 1.5 s",
            id="transition longer than its scenes",
        ),
        pytest.param({"audio": {}}, "audio.tone_hz or asset must be given", id="audio without source"),
        pytest.param({"audio": {"tone_hz": 4, "asset": "a"}}, "one of the two", id="audio with two sources"),
        pytest.param({"audio": {"tone_hz": 4}}, "audio.tone_hz is 4", id="tone nobody hears"),
        pytest.param(
            {"audio": {"tone_hz": 440, "trim_s": 1}}, "audio.trim_s belongs to an asset", id="trimmed tone"
        ),
        pytest.param(
            {"audio": {"tone_hz": 440, "fade_in_s": 0.6, "fade_out_s": 0.5}},
            "audio fades in and out for longer than the 1 s of the video",
            id="fades longer than the video",
        ),
    ],
)
def test_a_wrong_field_is_named_in_the_refusal(changes: dict[str, object], culprit: str) -> None:
    assert culprit in complaint(**changes)


def test_all_wrong_fields_are_named_at_once() -> None:
    said = complaint(width=1, rate=99, background="blue")
    assert all(name in said for name in ("width", "rate", "background"))


def test_a_flood_of_complaints_is_cut_and_counted() -> None:
    assert "And 40 more." in complaint(**{f"unknown{number}": 1 for number in range(50)})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"width": 1e999}',
        b'{"width": NaN}',
        b'{"width": 1' + b"0" * 400 + b"}",
    ],
    ids=[
        "empty",
        "cut off",
        "list",
        "null",
        "not UTF-8",
        "deep",
        "infinite",
        "not a number",
        "beyond floats",
    ],
)
def test_what_is_not_a_composition_is_refused_and_never_a_traceback(raw: bytes) -> None:
    assert refusal(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(["width", "height", "rate", "background", "audio", "scenes", "version"])


@given(changes=st.dictionaries(FIELDS, JSON, min_size=1))
def test_any_json_is_either_a_composition_or_a_refusal(changes: dict[str, object]) -> None:
    with contextlib.suppress(Refused):
        assert composed(**changes).frames > 0
