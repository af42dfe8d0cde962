"""How footage is fitted into a frame and which colors it gets; what comes out of it is in `test_media.py`."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render_engine.composition import CONTAIN, FITS
from render_engine.footage import Footage, Placement

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
    assert footage.placed(640, 360, CONTAIN).size == fitted


SIZES = st.integers(1, 100_000)


@given(width=SIZES, height=SIZES, shape=st.fractions(Fraction(1, 255), 255), frame=st.integers(8, 1920))
def test_footage_of_any_shape_fits_and_is_never_nothing(
    width: int, height: int, shape: Fraction, frame: int
) -> None:
    footage = replace(PLAIN, width=width, height=height, pixel_shape=shape)
    fitted = footage.placed(2 * frame, 2 * frame, CONTAIN).size
    assert max(fitted) == 2 * frame
    assert min(fitted) >= 1


@given(
    width=SIZES, height=SIZES, shape=st.fractions(Fraction(1, 255), 255), frame=st.integers(8, 1920),
    fit=st.sampled_from(FITS),
)  # fmt: skip
def test_what_is_shown_lies_within_the_file_and_within_the_frame(
    width: int, height: int, shape: Fraction, frame: int, fit: str
) -> None:
    """Whatever a file says of its shape, no picture grows beyond the frame."""
    placed = replace(PLAIN, width=width, height=height, pixel_shape=shape).placed(2 * frame, 360, fit)
    assert all(1 <= part <= whole for part, whole in zip(placed.cropped, (width, height), strict=True))
    assert all(1 <= part <= whole for part, whole in zip(placed.size, (2 * frame, 360), strict=True))


@pytest.mark.parametrize(
    ("fit", "width", "height", "shape", "cropped", "size"),
    [
        ("fill", 1000, 100, Fraction(1), (1000, 100), (640, 360)),
        ("cover", 1280, 360, Fraction(1), (640, 360), (640, 360)),
        ("cover", 100, 1000, Fraction(1), (100, 56), (640, 360)),
        ("cover", 720, 576, Fraction(64, 45), (720, 576), (640, 360)),
        ("none", 1280, 100, Fraction(1), (640, 100), (640, 100)),
        ("none", 200, 100, Fraction(2), (200, 100), (400, 100)),
        ("none", 640, 100, Fraction(2), (320, 100), (640, 100)),
        ("scale-down", 200, 100, Fraction(1), (200, 100), (200, 100)),
        ("scale-down", 1280, 100, Fraction(1), (1280, 100), (640, 50)),
    ],
)
def test_footage_fits_as_css_says(
    fit: str, width: int, height: int, shape: Fraction, cropped: tuple[int, int], size: tuple[int, int]
) -> None:
    footage = replace(PLAIN, width=width, height=height, pixel_shape=shape)
    assert footage.placed(640, 360, fit) == Placement(cropped=cropped, size=size)


def test_ordinary_footage_is_only_scaled() -> None:
    assert PLAIN.filters(640, 360, CONTAIN) == "scale=640:360,setsar=1,format=gbrap"


def test_colors_that_a_file_does_not_name_are_those_of_its_size() -> None:
    unnamed = replace(PLAIN, matrix="unknown")
    assert "in_color_matrix=bt709" in unnamed.filters(640, 360, CONTAIN)
    assert "in_color_matrix" not in replace(unnamed, height=576).filters(640, 360, CONTAIN)


def test_hdr_without_further_names_is_what_hdr_films_are() -> None:
    hdr = replace(PLAIN, transfer="smpte2084", matrix="unknown", primaries="unknown", color_range="unknown")
    assert "zscale=pin=bt2020:min=bt2020nc:rin=limited:t=linear" in hdr.filters(640, 360, CONTAIN)
    assert "tonemap" in hdr.filters(640, 360, CONTAIN)
    assert "tonemap" not in replace(PLAIN, primaries="bt2020").filters(640, 360, CONTAIN)
