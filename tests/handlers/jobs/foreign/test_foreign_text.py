"""Text of the engine is valid, printable and bounded before anybody else sees it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.jobs.foreign.foreign_text import CUT, REPLACEMENT, printable

ANY_TEXT = st.text(st.characters(categories=None, codec=None), max_size=80)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("No font for \u4f60\u597d", "No font for \u4f60\u597d"),
        ("  two\n lines\u2028of\u00a0text\x85", "two lines of text"),
        ("half \ud83d of a pair", f"half {REPLACEMENT} of a pair"),
        ("\x00\x01\x02", REPLACEMENT),
        ("\x1b[31mred\x1b[0m", f"{REPLACEMENT}[31mred{REPLACEMENT}[0m"),
        ("\x9b31mred by a C1 control", f"{REPLACEMENT}31mred by a C1 control"),
        ("gpj.\u202egnp.exe", f"gpj.{REPLACEMENT}gnp.exe"),
        ("\u2066isolated\u2069", f"{REPLACEMENT}isolated{REPLACEMENT}"),
        ("\ufeffa mark of byte order", f"{REPLACEMENT}a mark of byte order"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467"),
        ("\ufffe\U0010ffff", REPLACEMENT),
        ("", ""),
        (None, ""),
        (7, ""),
        (["text"], ""),
    ],
)
def test_what_is_no_text_is_replaced_and_the_rest_is_kept(said: object, shown: str) -> None:
    assert printable(said, 100) == shown


def test_a_text_that_is_too_long_ends_in_a_sign_of_that() -> None:
    assert printable("x" * 400_000, 10) == "x" * 9 + CUT
    assert printable("x" * 10, 10) == "x" * 10


@given(said=ANY_TEXT, longest=st.integers(1, 60))
def test_any_text_becomes_one_that_can_be_stored_and_shown(said: str, longest: int) -> None:
    shown = printable(said, longest)
    shown.encode()
    assert len(shown) <= longest
    assert not [one for one in shown if not (one.isprintable() or one in "\u200c\u200d")]
    assert printable(shown, longest) == shown, "what was shown once is shown the same again"
