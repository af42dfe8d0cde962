"""The one place where text of the engine becomes text of ours: valid, printable, bounded.

The engine works on foreign media and may say anything. What passes here can be stored, logged, signed, shown.
"""

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
CUT = "…"

# They join letters and emoji, and have no effect beyond their neighbors.
_JOINERS = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
_RUN = re.compile(f"{REPLACEMENT}+")


def printable(value: object, longest: int) -> str:
    """The text on one line, at most `longest` characters of it; empty for what is no string.

    A run of characters that are no text (half surrogate pairs, control and direction characters, code points
    that stand for nothing) becomes one replacement character, so that it is seen that something was there.
    """
    if not isinstance(value, str):
        return ""
    characters = (
        character if character.isprintable() or character in _JOINERS else REPLACEMENT
        for character in " ".join(value.split())
    )
    text = _RUN.sub(REPLACEMENT, "".join(characters))
    return text if len(text) <= longest else text[: longest - len(CUT)] + CUT
