"""How a composition becomes arguments: nothing of the customer's words may reach a filter description."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render_engine.footage import Footage
from render_engine.output.formats import Wanted
from render_engine.parsing import parse
from render_engine.plan import Material, Placed, Plan, plan
from render_engine.timeline import Blend, Stretch, timeline

SMALL: dict[str, object] = {"version": 1, "width": 64, "height": 36, "rate": 10}
OUTPUT = Path("out.mp4")
PLAIN = Footage(
    path=Path("/media/a"),
    decoder=None,
    width=64,
    height=36,
    pixel_shape=Fraction(1),
    interlaced=False,
    matrix="bt709",
    primaries="bt709",
    transfer="bt709",
    color_range="tv",
    has_sound=False,
)


def planned(*scenes: dict[str, object], **changes: object) -> Plan:
    composition = parse(json.dumps({**SMALL, "scenes": list(scenes), **changes}).encode())
    material = Material(
        files={asset: Path("/media") / asset for asset in composition.assets},
        footage=dict.fromkeys(composition.assets, PLAIN),
        sounds={},
        words={
            place: Placed(name=f"words{place}.png", x=1, y=2)
            for place, scene in enumerate(composition.scenes)
            if scene.text
        },
    )
    return plan(composition, material, Wanted(output=OUTPUT))


@pytest.mark.parametrize(
    "content", ["it's", 'say "x"', "a:b=c", "50%", "%{pts}", "a\\b", "x;y,[z]", "ünïcødé 漢字 🎬"]
)
def test_words_are_a_picture_in_a_file_and_not_in_the_arguments(content: str) -> None:
    work = planned({"duration_s": 1, "text": {"content": content, "size": 4}}, width=3840)
    assert "file:words0.png" in work.arguments
    assert not any(content in argument for argument in work.arguments)


def test_every_input_is_guarded_against_playlists_and_the_network() -> None:
    work = planned({"duration_s": 1, "video": {"asset": "a"}}, {"duration_s": 1, "image": {"asset": "b"}})
    reads = [place for place, argument in enumerate(work.arguments) if argument == "-i"]
    assert len(reads) == 2
    for place in reads:
        assert work.arguments[place + 1].startswith("file:/media/")
        before = work.arguments[:place]
        own = before[max((at for at, one in enumerate(before) if one == "-i"), default=0) :]
        assert {"-protocol_whitelist", "-format_whitelist", "-codec_whitelist"} <= set(own)


def test_every_input_of_a_blend_is_as_short_as_the_blend() -> None:
    fade = {"kind": "fade", "duration_s": 0.5}
    composition = parse(
        json.dumps(
            {
                **SMALL,
                "scenes": [
                    {"duration_s": 1},
                    {"duration_s": 1},
                    {"duration_s": 1, "transition": fade},
                    {"duration_s": 0.5, "transition": fade},
                ],
            }
        ).encode()
    )
    assert timeline(composition) == [
        Stretch(place=0, start=0, frames=10),
        Stretch(place=1, start=0, frames=5),
        Blend(
            kind="fade",
            leaving=Stretch(place=1, start=5, frames=5),
            entering=Stretch(place=2, start=0, frames=5),
        ),
        Blend(
            kind="fade",
            leaving=Stretch(place=2, start=5, frames=5),
            entering=Stretch(place=3, start=0, frames=5),
        ),
    ]
    assert composition.frames == 25


SCENES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 20)), min_size=1, max_size=12)


@given(lengths=SCENES)
def test_the_parts_of_a_timeline_are_together_as_long_as_the_video(lengths: list[tuple[int, int]]) -> None:
    scenes: list[dict[str, object]] = []
    room = 0
    for frames, overlap in lengths:
        fits = min(overlap, room, frames) if scenes else 0
        transition = {"transition": {"kind": "fade", "duration_s": fits / 10}} if fits else {}
        scenes.append({"duration_s": frames / 10, **transition})
        room = frames - fits
    composition = parse(json.dumps({**SMALL, "scenes": scenes}).encode())
    parts = timeline(composition)
    shown = [part.entering if isinstance(part, Blend) else part for part in parts]
    assert sum(stretch.frames for stretch in shown) == composition.frames
    assert all(stretch.frames > 0 for stretch in shown)


def test_no_argument_of_the_largest_composition_is_too_long_for_linux() -> None:
    scene = {"duration_s": 2, "image": {"asset": "a"}, "text": {"content": "words"}}
    fade = {"transition": {"kind": "slideleft", "duration_s": 1}}
    work = planned(*[{**scene, **(fade if place else {})} for place in range(100)], width=3840, height=2160)
    assert len(work.graph) > 100_000
    assert max(map(len, work.arguments)) < 10_000
    assert sum(map(len, work.arguments)) < 1_000_000


def test_a_composition_without_sound_has_no_sound_stream() -> None:
    assert "[sound]" not in planned({"duration_s": 1}).arguments
    assert "[sound]" in planned({"duration_s": 1}, audio={"tone_hz": 440}).arguments
