"""Lays text out in lines that fit the frame, by estimate of letter widths. Pure."""

import unicodedata

LETTER_WIDTH = 0.58  # of the font size; DejaVu Sans over English text
USABLE_WIDTH = 0.92


def wrap(content: str, *, width: int, size: int) -> str:
    """The text with line breaks where a line would leave the frame, and without control characters."""
    room = max(1.0, width * USABLE_WIDTH / (size * LETTER_WIDTH))
    return "\n".join(
        line for paragraph in _printable(content).split("\n") for line in _lines(paragraph, room)
    )


def _printable(content: str) -> str:
    unified = content.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "".join(letter for letter in unified if letter == "\n" or unicodedata.category(letter) != "Cc")


def _lines(paragraph: str, room: float) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in paragraph.split(" "):
        for piece in _pieces(word, room):
            longer = f"{line} {piece}" if line else piece
            if line and _letters(longer) > room:
                lines.append(line)
                longer = piece
            line = longer
    return [*lines, line]


def _pieces(word: str, room: float) -> list[str]:
    """A word in pieces that fit; most words are one."""
    pieces, piece = [], ""
    for letter in word:
        if piece and _letters(piece + letter) > room:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]


def _letters(text: str) -> float:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
