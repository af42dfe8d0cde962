"""When letters need an outline, and in which color."""

import pytest

from render_engine.text.legibility import blended, contrast, outline


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21),
        ("#ffffff", "#ffffff", 1),
        ("#777777", "#ffffff", 4.48),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_the_accessibility_guidelines(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize(
    ("color", "background", "wanted"),
    [
        ("#ffffff", "#000000", None),
        ("#000000", "#ffffff", None),
        ("#ffffff", "#ffffff", "#000000"),
        ("#000000", "#000000", "#ffffff"),
        ("#ffff00", "#ffffff", "#000000"),
        ("#000080", "#000000", "#ffffff"),
    ],
)
def test_letters_too_like_their_background_get_an_outline_unlike_them(
    color: str, background: str, wanted: str | None
) -> None:
    assert outline(color, darkest=background, lightest=background) == wanted


@pytest.mark.parametrize(("color", "wanted"), [("#ffffff", "#000000"), ("#808080", "#000000")])
def test_letters_over_a_picture_always_get_one(color: str, wanted: str) -> None:
    assert outline(color, darkest="#000000", lightest="#ffffff") == wanted


def test_a_color_laid_over_another_is_seen_as_far_as_it_is_opaque() -> None:
    assert blended("#ff0000", "#0000ff", opacity=1) == "#ff0000"
    assert blended("#ff0000", "#0000ff", opacity=0) == "#0000ff"
    assert blended("#ffffff", "#000000", opacity=0.5) == "#808080"
