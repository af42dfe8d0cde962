"""Words as pictures: complete, within the frame, legible, or refused with the reason."""

import contextlib
import re
from decimal import Decimal
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from render_engine.composition import Box, Composition, Media, Outline, Scene, Text
from render_engine.errors import Refused
from render_engine.text.fonts import Fonts, find_fonts
from render_engine.text.legibility import BLACK, WHITE, contrast
from render_engine.text.typesetting import Lettering, Wording, typeset

Picture = npt.NDArray[np.int16]
FONTS = find_fonts({})
WIDTH, HEIGHT = 640, 360


def compose(
    content: str,
    *,
    size: int | None = None,
    frame: tuple[int, int] = (WIDTH, HEIGHT),
    color: str = "#ffffff",
    background: str = "#000000",
    position: str = "center",
    media: Media | None = None,
    outline: Outline | None = None,
    box: Box | None = None,
) -> Composition:
    text = Text(content=content, size=size, color=color, position=position, outline=outline, box=box)
    scene = Scene(seconds=Decimal(1), frames=25, background=background, text=text, media=media)
    return Composition(width=frame[0], height=frame[1], rate=25, scenes=(scene,))


def lettering(composition: Composition, fonts: Fonts = FONTS) -> Lettering:
    scene = composition.scenes[0]
    assert scene.text is not None
    behind = (BLACK, WHITE) if scene.media else (scene.background, scene.background)
    wording = Wording(text=scene.text, where="scenes[0].text", behind=behind)
    return typeset(wording, (composition.width, composition.height), fonts)


def shown(composition: Composition) -> Picture:
    """The frame with its words, as red, green and blue; the words must lie within it."""
    words = lettering(composition)
    picture = Image.open(BytesIO(words.picture))
    assert 0 <= words.x <= composition.width - picture.width
    assert 0 <= words.y <= composition.height - picture.height
    frame = Image.new("RGB", (composition.width, composition.height), composition.scenes[0].background)
    frame.paste(picture, (words.x, words.y), picture)
    return np.asarray(frame, dtype=np.int16)


def ink(content: str, **how: object) -> Picture:
    """How bright the words alone are, without the space around them."""
    picture = Image.open(BytesIO(lettering(compose(content, **how)).picture))  # type: ignore[arg-type]
    return np.asarray(picture.getchannel("A"), dtype=np.int16)


def refusal(composition: Composition) -> Refused:
    with pytest.raises(Refused) as caught:
        lettering(composition)
    return caught.value


SCRIPTS = {
    "Latin": "Größe Ćwiczenie",
    "Greek": "Καλημέρα",
    "Cyrillic": "Привет",
    "Chinese": "中文测试",
    "traditional Chinese": "繁體中文",
    "Japanese": "日本語のテスト",
    "Korean": "한국어",
    "Thai": "ภาษาไทย น้ำ",
    "Lao": "ພາສາລາວ",
    "Khmer": "ភាសាខ្មែរ",
    "Burmese": "မြန်မာဘာသာ",
    "Hindi": "हिन्दी क्षत्रिय",
    "Bengali": "বাংলা",
    "Punjabi": "ਪੰਜਾਬੀ",
    "Gujarati": "ગુજરાતી",
    "Odia": "ଓଡ଼ିଆ",
    "Tamil": "தமிழ்",
    "Telugu": "తెలుగు",
    "Kannada": "ಕನ್ನಡ",
    "Malayalam": "മലയാളം",
    "Sinhala": "සිංහල",
    "Arabic": "العربية",
    "Persian": "فارسی گچپژ",
    "Hebrew": "עברית שָׁלוֹם",
    "Armenian": "Հայերեն",
    "Georgian": "ქართული",
    "Amharic": "አማርኛ",
    "emoji": "🎬 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 1️⃣",
    "signs": "→ ★ ✓ ∑ √ € ₹ © ½ █ ⠓",
}


@pytest.mark.short_form(5)
@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_a_script_is_drawn_with_letters_and_not_with_boxes(script: str) -> None:
    """Each letter differs from the others, where boxes would be alike; none is reported as missing."""
    assert shown(compose(SCRIPTS[script], size=40)).max() > 200
    letters = sorted({letter for letter in SCRIPTS[script] if letter.isalpha()})[:4]
    drawn = {ink(letter, size=40).tobytes() for letter in letters}
    assert len(drawn) == len(letters)


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("content", "characters"),
    [
        ("ᠮᠣ ok", "U+182E ᠮ, U+1823 ᠣ"),
        ("hi \U00013000", "U+13000 \U00013000"),
        ("\ue000 \u0378", "U+E000, U+0378"),
        ("བོད", "U+0F56 བ, U+0F7C ོ, U+0F51 ད"),
        ("".join(chr(0x182E + step) for step in range(12)), "and 2 more"),
    ],
    ids=["Mongolian", "hieroglyph", "private and unassigned", "Tibetan", "many"],
)
def test_characters_that_no_font_has_are_named(content: str, characters: str) -> None:
    refused = refusal(compose(content))
    assert refused.code == "glyphs_missing"
    assert refused.detail.startswith("scenes[0].text: no font here has U+")
    assert characters in refused.detail


@pytest.mark.parametrize("content", ["ܐܒ", "ߒߞߏ", "שלום ܐ"], ids=["Syriac", "N'Ko", "one of two scripts"])
def test_no_character_is_named_that_nobody_wrote(content: str) -> None:
    named = re.findall(r"U\+([0-9A-F]{4,})", refusal(compose(content)).detail)
    assert {chr(int(code, 16)) for code in named} <= set(content)


@pytest.mark.parametrize("content", ["\u200b\u2060", "\u2800", "\u3164", "\u00ad"])
def test_words_that_nobody_could_see_are_refused(content: str) -> None:
    assert refusal(compose(content)).code == "text_invisible"


@pytest.mark.parametrize("position", ["top", "center", "bottom"])
@pytest.mark.parametrize("frame", [(640, 360), (360, 640), (16, 16), (3840, 64)], ids=str)
def test_words_without_a_size_shrink_until_they_fit(position: str, frame: tuple[int, int]) -> None:
    shown(compose("WWWWWW WWWWWWWWWWW" if min(frame) > 16 else "W", frame=frame, position=position))


def test_a_caption_of_eighteen_letters_fits_a_portrait_video() -> None:
    assert ink("W" * 18, frame=(202, 360)).shape[1] <= 202


def test_two_thousand_characters_are_all_there() -> None:
    few, many = ((ink("hello " * times, frame=(1280, 720), size=16) > 100).sum() for times in (37, 333))
    assert many == pytest.approx(9 * few, rel=0.05)
    shown(compose("hello " * 333, frame=(1280, 720)))


@pytest.mark.parametrize(
    ("content", "size"), [("big", 1000), ("hello " * 333, 40), ("W", 800)], ids=["huge", "much", "one letter"]
)
def test_words_that_do_not_fit_are_refused_with_a_size_that_would(content: str, size: int) -> None:
    refused = refusal(compose(content, size=size))
    assert refused.code == "text_does_not_fit"
    assert f"the frame of 640x360 pixels with letters of {size}; " in refused.detail
    shown(compose(content, size=int(refused.detail.split()[-2])))


def test_words_that_fit_at_no_size_are_refused() -> None:
    refused = refusal(compose("x" * 2000, frame=(16, 16)))
    assert (refused.code, "not even with letters of 4" in refused.detail) == ("text_does_not_fit", True)


def test_a_letter_may_be_as_high_as_the_frame_although_its_line_is_higher() -> None:
    assert ink("3", size=360).shape[0] > 200


def test_a_word_that_is_wider_than_the_frame_is_broken_only_when_it_must_be() -> None:
    word = "Donaudampfschifffahrtsgesellschaftskapitän"
    assert ink(word).shape[0] < 45, "it shrinks to one line"
    assert ink(word, size=60).shape[0] > 120, "the size is asked for, so it takes three lines"
    shown(compose(word, size=60))


def test_every_line_is_where_it_belongs() -> None:
    rows = {}
    for position in ("top", "center", "bottom"):
        lit = shown(compose("HHHH", size=40, position=position)).max(axis=(1, 2)) > 128
        rows[position] = np.flatnonzero(lit).mean() / HEIGHT
    assert rows["top"] < 0.25
    assert rows["center"] == pytest.approx(0.5, abs=0.03)
    assert rows["bottom"] > 0.75


def test_line_ends_of_every_kind_are_line_ends() -> None:
    pictures = {ink(f"one{end}two", size=30).tobytes() for end in ("\n", "\r\n", "\r", "\u2028", "\u2029")}
    assert len(pictures) == 1
    assert ink("one\n\ntwo", size=30).shape[0] > 1.3 * ink("one\ntwo", size=30).shape[0]


def test_a_tab_is_a_wide_space() -> None:
    assert ink("a\tb", size=30).shape[1] > ink("a b", size=30).shape[1] + 10


def test_a_line_runs_in_the_direction_of_its_first_letter() -> None:
    def leftmost_is_low(content: str) -> bool:
        drawn = ink(content, size=60) > 128
        rows = np.flatnonzero(drawn[:, :20].any(axis=1))
        return bool(len(rows) < drawn.shape[0] / 2)

    assert leftmost_is_low("שלום..."), "the dots end the line, and it ends on the left"
    assert not leftmost_is_low("Hello...")
    assert leftmost_is_low("123 שלום..."), "a number has no direction"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("é ñ ọ", "e\u0301 n\u0303 o\u0323", id="combining marks"),
        pytest.param("\ud55c", "\u1112\u1161\u11ab", id="Korean letters by parts"),
        pytest.param("ab", "a\u200bb", id="a place where a line may end"),
    ],
)
def test_different_spellings_look_alike(one: str, other: str) -> None:
    assert np.array_equal(ink(one, size=60), ink(other, size=60))


def test_a_pile_of_marks_is_shown_or_refused_but_never_cut() -> None:
    frame = shown(compose("Z" + "\u0301" * 6, size=60))
    assert frame[0].max() == frame[-1].max() == 0
    assert refusal(compose("Z" + "\u0301" * 200, size=60)).code == "text_does_not_fit"


@pytest.mark.short_form(3)
@pytest.mark.parametrize(
    "sequence", ["👨‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🤷🏽‍♀️", "🇩🇪", "1️⃣", "#️⃣", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍❤️‍💋‍👨"]
)
def test_a_sequence_of_emoji_is_one_picture(sequence: str) -> None:
    assert ink(sequence, size=60).shape[1] < 1.4 * ink("🎬", size=60).shape[1]


def test_a_variant_of_a_character_is_the_one_asked_for() -> None:
    assert not np.array_equal(ink("葛\U000e0100", size=60), ink("葛\U000e0101", size=60))


def test_each_language_has_its_own_form_of_a_character() -> None:
    forms = [ink(f"直{kind}", size=60)[:, :50].tobytes() for kind in ("", "の", "한")]
    assert len(set(forms)) > 1


@pytest.mark.short_form(1)
@pytest.mark.parametrize(
    ("color", "background"),
    [("#ffffff", "#ffffff"), ("#000000", "#000000"), ("#808080", "#888888"), ("#ffff00", "#ffffff")],
)
def test_words_in_the_color_of_their_background_get_an_outline(color: str, background: str) -> None:
    picture = shown(compose("White on white", size=60, color=color, background=background))
    colors = {f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in picture.reshape(-1, 3).tolist()}
    assert max(contrast(background, other) for other in colors) > 4
    assert any(contrast(color, other) < 1.03 for other in colors), "the letters themselves keep their color"


def test_words_that_stand_out_from_a_plain_background_get_no_outline() -> None:
    assert set(np.unique(shown(compose("plain", background="#000000", color="#ffffff"))[:, :, 0])) > {0, 255}
    assert lettering(compose("plain")).x > lettering(compose("plain", media=Media(asset="a", moving=False))).x


def test_words_over_a_picture_have_an_outline_whatever_it_shows() -> None:
    film = Media(asset="a", moving=True)
    picture = shown(compose("over", size=80, color="#ffffff", background="#ffffff", media=film))
    assert picture.min() < 20


RED, BLUE = (255, 0, 0), (0, 0, 255)


def share(picture: Picture, color: tuple[int, int, int]) -> float:
    """Of the frame's pixels, how many have this color."""
    return float((np.abs(picture - np.array(color)).max(axis=2) < 8).mean())


def extent(picture: Picture, color: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the pixels of this color; right and bottom are beyond them."""
    seen = np.abs(picture - np.array(color)).max(axis=2) < 8
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def test_an_outline_has_its_color_and_its_width_beside_the_letters() -> None:
    plain = extent(shown(compose("HH", size=100)), (255, 255, 255))
    for width in (3, 12):
        picture = shown(compose("HH", size=100, outline=Outline(color="#ff0000", width=width)))
        assert extent(picture, (255, 255, 255)) == pytest.approx(plain, abs=1), "the letters keep their size"
        beyond = [abs(one - other) for one, other in zip(extent(picture, RED), plain, strict=True)]
        assert beyond == pytest.approx([width] * 4, abs=1.5)


def test_an_outline_without_a_width_grows_with_the_letters() -> None:
    thin, thick = (
        share(shown(compose("H", size=size, outline=Outline(color="#ff0000"))), RED) for size in (40, 160)
    )
    assert thick > 8 * thin > 0


def test_an_outline_that_is_asked_for_replaces_the_one_for_legibility() -> None:
    film = Media(asset="a", moving=False)
    picture = shown(
        compose("HH", size=100, background="#ffffff", media=film, outline=Outline(color="#ff0000"))
    )
    assert share(picture, RED) > 0.005
    assert share(picture, (0, 0, 0)) == 0


def test_an_outline_that_leaves_the_frame_is_refused() -> None:
    refused = refusal(compose("H", size=200, frame=(160, 360), outline=Outline(color="#ff0000", width=100)))
    assert refused.code == "text_does_not_fit"


@pytest.mark.parametrize("position", ["top", "center", "bottom"])
def test_a_box_lies_around_the_text_within_the_margins(position: str) -> None:
    box = Box(color="#0000ff", opacity=1, padding=20)
    picture = shown(compose("HHHH", size=40, position=position, box=box))
    left, top, right, bottom = extent(picture, BLUE)
    letters = extent(picture, (255, 255, 255))
    assert (letters[0] - left, right - letters[2]) == pytest.approx((20, 20), abs=1.5)
    assert min(letters[1] - top, bottom - letters[3]) >= 20
    assert top >= round(HEIGHT * 0.08) - 1
    assert bottom <= HEIGHT - round(HEIGHT * 0.08) + 1


def test_a_box_lets_through_what_its_opacity_says() -> None:
    box = Box(color="#000000", opacity=0.5, padding=10)
    picture = shown(compose("HHHH", size=40, background="#ff0000", box=box))
    assert share(picture, (127, 0, 0)) > 0.02


@pytest.mark.parametrize(("opacity", "outlined"), [(1, False), (0.9, False), (0.2, True)])
def test_letters_over_a_picture_need_no_outline_on_a_box_that_hides_it(
    opacity: float, outlined: bool
) -> None:
    box = Box(color="#0000a0", opacity=opacity, padding=10)
    film = Media(asset="a", moving=False)
    words = lettering(compose("HHHH", size=40, background="#ffffff", media=film, box=box))
    colors = np.asarray(Image.open(BytesIO(words.picture)), dtype=np.int16)
    assert bool((colors.max(axis=2, where=[True, True, True, False], initial=0) < 8).any()) == outlined


def test_words_without_a_size_shrink_until_they_fit_into_their_box() -> None:
    many = "W" * 25
    box = Box(color="#0000ff", opacity=1, padding=100)
    left, _, right, _ = extent(shown(compose(many, box=box)), BLUE)
    assert right - left <= WIDTH * 0.92 + 1


def test_a_box_that_leaves_no_room_for_text_is_refused() -> None:
    refused = refusal(compose("x", box=Box(color="#0000ff", opacity=1, padding=200)))
    assert refused.code == "text_does_not_fit"
    assert "between paddings of 200" in refused.detail


def test_words_that_break_the_typesetter_are_refused_and_no_crash() -> None:
    content = "\U00017092\u200d\u0274\u9a79\U0001561d\u4657 \u5ce3\u38ae<\u02f0\U0001f1e9\u200f\U00010a14"
    content += "\u0489\u1ee3\uf567\u23b4\u022b\u01fd"
    refused = refusal(compose(content, frame=(16, 16), size=1000))
    assert refused.code in {"text_unsupported", "glyphs_missing"}


@given(content=st.text(min_size=1, max_size=60), size=st.none() | st.integers(4, 200))
def test_any_text_is_shown_whole_or_refused_by_name(content: str, size: int | None) -> None:
    with contextlib.suppress(Refused):
        shown(compose(content, size=size, frame=(320, 180)))
