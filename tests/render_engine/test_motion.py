"""How text enters: it starts beside its place, ends on it, and never leaves the frame."""

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render_engine.composition import Composition
from render_engine.motion import Motion, entrance
from render_engine.parsing import parse

if TYPE_CHECKING:
    from tests.render_engine.conftest import Studio

WIDTH, HEIGHT, RATE = 160, 90, 10
SIDE, EDGE = 13, 7
"""The distances in this frame: 8 % of it."""


def compose(*scenes: dict[str, object], motion: str = "rise") -> Composition:
    text = {"content": "x", "motion": motion}
    listed = [{"duration_s": 2, "text": text, **scene} for scene in scenes]
    document = {"version": 1, "width": WIDTH, "height": HEIGHT, "rate": RATE, "scenes": listed}
    return parse(json.dumps(document).encode())


def test_text_rises_or_slides_to_its_place() -> None:
    rising, sliding = (entrance(compose({}, motion=kind), 0, x=40, bottom=50) for kind in ("rise", "slide"))
    assert rising == Motion(dx=0, dy=EDGE, start=0, frames=8)
    assert sliding == Motion(dx=-SIDE, dy=0, start=0, frames=8)


def test_text_without_a_motion_stands_still() -> None:
    assert entrance(compose({}, motion="none"), 0, x=40, bottom=50) is None
    assert entrance(compose({"text": {"content": "x"}}), 0, x=40, bottom=50) is None


@given(x=st.integers(0, WIDTH), bottom=st.integers(0, HEIGHT), kind=st.sampled_from(["rise", "slide"]))
def test_text_starts_within_the_frame_wherever_it_stands(x: int, bottom: int, kind: str) -> None:
    found = entrance(compose({}, motion=kind), 0, x=x, bottom=bottom)
    assert found is not None
    assert x + found.dx >= 0
    assert bottom + found.dy <= HEIGHT


def test_text_moves_between_the_transitions_of_its_scene() -> None:
    fade = {"kind": "fade", "duration_s": 0.5}
    whole = compose({}, {"transition": fade, "duration_s": 1.5}, {"transition": fade})
    assert entrance(whole, 1, x=40, bottom=50) == Motion(dx=0, dy=EDGE, start=5, frames=5)
    tight = compose({}, {"transition": fade, "duration_s": 1}, {"transition": fade})
    assert entrance(tight, 1, x=40, bottom=50) is None, "no frame is left in which it could move"


def brightness(studio: "Studio", frame: int) -> "np.ndarray[tuple[int, int], np.dtype[np.int16]]":
    picture = studio.frame((frame + 0.5) / RATE, width=WIDTH, height=HEIGHT).convert("L")
    return np.asarray(picture, dtype=np.int16)


def center(studio: "Studio", frame: int, axis: int) -> float:
    """Where the text is, however far it has faded in."""
    return float(
        np.average(np.arange((HEIGHT, WIDTH)[axis]), weights=brightness(studio, frame).sum(1 - axis))
    )


@pytest.mark.short_form(1)
@pytest.mark.parametrize(("kind", "axis", "forward"), [("rise", 0, -1), ("slide", 1, 1)])
def test_the_video_shows_the_text_arriving_and_then_at_rest(
    studio: "Studio", kind: str, axis: int, forward: int
) -> None:
    text = {"content": "HHH", "size": 20, "motion": kind}
    whole = {"version": 1, "width": WIDTH, "height": HEIGHT, "rate": RATE}
    scenes = [
        {"duration_s": 0.5},
        {"duration_s": 2, "text": text, "transition": {"kind": "fade", "duration_s": 0.3}},
    ]
    assert studio.render({**whole, "scenes": scenes}).code == 0
    assert brightness(studio, 3).max() < 20, "nothing is shown before the transition has ended"
    places = [forward * center(studio, frame, axis) for frame in (5, 6, 14)]
    assert places == sorted(places)
    assert places[-1] - places[0] > 2
    assert center(studio, 14, axis) == pytest.approx(center(studio, 20, axis), abs=0.1), "it rests"
