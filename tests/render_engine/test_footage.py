"""How footage is fitted into a frame and which colors it gets; what comes out of it is in `test_media.py`."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render_engine.footage import Footage

PLAIN = Footage(
    path=Path("a"),
    decoder=None,
    width=1920,
    height=1080,
    pixel_shape=Fraction(1),
    interlaced=False,
    matrix="bt709",
    primaries="bt709",
    transfer="bt709",
    color_range="tv",
    has_sound=False,
)


@pytest.mark.parametrize(
    ("width", "height", "shape", "fitted"),
    [
        (1920, 1080, Fraction(1), (640, 360)),
        (1080, 1920, Fraction(1), (202, 360)),
        (720, 576, Fraction(64, 45), (640, 360)),
        (3000, 1, Fraction(1), (640, 1)),
        (1, 3000, Fraction(1), (1, 360)),
        (1, 1, Fraction(1), (360, 360)),
    ],
)
def test_footage_fills_the_frame_in_one_direction(
    width: int, height: int, shape: Fraction, fitted: tuple[int, int]
) -> None:
    footage = replace(PLAIN, width=width, height=height, pixel_shape=shape)
    assert footage.fitted(640, 360) == fitted


SIZES = st.integers(1, 100_000)


@given(width=SIZES, height=SIZES, shape=st.fractions(Fraction(1, 255), 255), frame=st.integers(8, 1920))
def test_footage_of_any_shape_fits_and_is_never_nothing(
    width: int, height: int, shape: Fraction, frame: int
) -> None:
    footage = replace(PLAIN, width=width, height=height, pixel_shape=shape)
    fitted = footage.fitted(2 * frame, 2 * frame)
    assert max(fitted) == 2 * frame
    assert min(fitted) >= 1


def test_ordinary_footage_is_only_scaled() -> None:
    assert PLAIN.filters(640, 360) == "scale=640:360,setsar=1,format=gbrap"


def test_colors_that_a_file_does_not_name_are_those_of_its_size() -> None:
    unnamed = replace(PLAIN, matrix="unknown")
    assert "in_color_matrix=bt709" in unnamed.filters(640, 360)
    assert "in_color_matrix" not in replace(unnamed, height=576).filters(640, 360)


def test_hdr_without_further_names_is_what_hdr_films_are() -> None:
    hdr = replace(PLAIN, transfer="smpte2084", matrix="unknown", primaries="unknown", color_range="unknown")
    assert "zscale=pin=bt2020:min=bt2020nc:rin=limited:t=linear" in hdr.filters(640, 360)
    assert "tonemap" in hdr.filters(640, 360)
    assert "tonemap" not in replace(PLAIN, primaries="bt2020").filters(640, 360)
