"""Reads the captions of a video from a SubRip (SRT) or WebVTT file. Pure.

Every fault is named with its line; what such a file says of styles and positions is left out.
WebVTT: https://www.w3.org/TR/webvtt1/
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from render_engine.fields import CONTROL

MOST_BYTES = 1_048_576
MOST_CAPTIONS = 1000
MOST_CHARACTERS = 2000
"""Of one caption, its tags included."""
_TIME = r"(?:(\d{1,3}):)?([0-5]\d):([0-5]\d)[.,](\d{3})"
_TIMES = re.compile(rf"\s*{_TIME}\s+-->\s+{_TIME}(?:\s.*)?")
_SRT_TAG = re.compile(r"</?(?:b|i|u|s|font)(?:\s[^>]*)?>|\{\\[^}]*\}", re.IGNORECASE)
_VTT_TAG = re.compile(r"</?(?:b|i|u|c|v|lang|ruby|rt)(?:[\s.][^>]*)?>|<[\d:.]+>")
_VTT = "WEBVTT"
_NO_CAPTION = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_SHOWN = 40


class Malformed(Exception):  # noqa: N818 - named by what it says of the file
    """The file holds no captions that can be drawn; the message names the line."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(f"line {line}: {sentence}")


@dataclass(frozen=True, kw_only=True)
class Caption:
    """Words with the milliseconds between which they are shown, and the line where they begin."""

    begin: int
    end: int
    content: str
    line: int


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Lines without an empty one between them, and the number of the first."""

    line: int
    lines: tuple[str, ...]


def read(raw: bytes) -> tuple[Caption, ...]:
    """The captions in the order of the file; those without words are left out.

    Raises:
        Malformed: naming the line and what was expected there.
    """
    if len(raw) > MOST_BYTES:
        raise Malformed(1, f"the file has {len(raw)} bytes; at most {MOST_BYTES} are allowed.")
    lines = _decoded(raw).split("\n")
    vtt = bool(lines) and re.fullmatch(rf"{_VTT}(?:[ \t].*)?", lines[0]) is not None
    blocks = list(_blocks(lines))
    if vtt:
        blocks = [block for block in blocks if block.line > 1 and not _NO_CAPTION.match(block.lines[0])]
    if not blocks:
        raise Malformed(1, "there are no captions; SubRip (SRT) or WebVTT is expected.")
    if len(blocks) > MOST_CAPTIONS:
        detail = f"this is caption {MOST_CAPTIONS + 1}; at most {MOST_CAPTIONS} are allowed."
        raise Malformed(blocks[MOST_CAPTIONS].line, detail)
    return tuple(caption for block in blocks if (caption := _caption(block, vtt=vtt)).content.strip())


def _decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Malformed(line, "this is not UTF-8; save the file in UTF-8.") from error
    if control := CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        raise Malformed(line, f"this line holds the control character U+{ord(control[0]):04X}.")
    return text


def _blocks(lines: list[str]) -> Iterator[_Block]:
    held: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            held.append(line)
        elif held:
            yield _Block(line=number - len(held), lines=tuple(held))
            held = []


def _caption(block: _Block, *, vtt: bool) -> Caption:
    """A block's caption: its times come first, or after a number or a name."""
    place = 0 if "-->" in block.lines[0] or len(block.lines) == 1 else 1
    line, times = block.line + place, _TIMES.fullmatch(block.lines[place])
    if not times:
        shown = block.lines[place][:_SHOWN]
        raise Malformed(line, f"times like 00:00:01,000 --> 00:00:02,500 are expected, not {shown!r}.")
    parts = times.groups("0")
    begin, end = _milliseconds(parts[:4]), _milliseconds(parts[4:])
    if end <= begin:
        raise Malformed(line, "the caption ends before it begins, or when it begins.")
    content = "\n".join(block.lines[place + 1 :])
    if len(content) > MOST_CHARACTERS:
        raise Malformed(line, f"the caption has {len(content)} characters; at most {MOST_CHARACTERS} fit.")
    plain = html.unescape(_VTT_TAG.sub("", content)) if vtt else _SRT_TAG.sub("", content)
    if control := CONTROL.search(plain):
        raise Malformed(line, f"the caption holds the control character U+{ord(control[0]):04X}.")
    return Caption(begin=begin, end=end, content=plain, line=line)


def _milliseconds(parts: tuple[str, ...]) -> int:
    hours, minutes, seconds, thousandths = map(int, parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths
