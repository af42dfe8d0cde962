"""Which caption stands over which frames of a video. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from render_engine.captions.subtitles import Caption, Malformed

MOST_AT_ONCE = 4
LIST_NAME = "captions.ffconcat"
BLANK_NAME = "nocaption.png"


@dataclass(frozen=True, kw_only=True)
class Span:
    """Frames over which the same words stand, and the line of the file where they begin."""

    start: int
    end: int
    content: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Strip:
    """The captions of a video as one sequence of pictures of one size, and where it stands in the frame."""

    name: str
    x: int
    y: int


def spans(captions: Sequence[Caption], *, rate: int, frames: int) -> list[Span]:
    """The words over the frames of a video; captions that are shown together stand below each other.

    Raises:
        Malformed: more than `MOST_AT_ONCE` captions are shown at the same time.
    """
    starts: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for number, caption in enumerate(captions):
        begin, end = (_frame(moment, rate) for moment in (caption.begin, caption.end))
        if begin < frames:
            starts.setdefault(begin, []).append(number)
            ends.setdefault(min(frames, max(end, begin + 1)), []).append(number)
    found: list[Span] = []
    shown: set[int] = set()
    moments = sorted(starts.keys() | ends.keys())
    for moment, after in pairwise(moments):
        shown = shown - set(ends.get(moment, ())) | set(starts.get(moment, ()))
        if len(shown) > MOST_AT_ONCE:
            last = captions[max(shown)]
            raise Malformed(last.line, f"more than {MOST_AT_ONCE} captions are shown at the same time.")
        if shown:
            words = [captions[number] for number in sorted(shown)]
            content = "\n".join(caption.content for caption in words)
            found.append(Span(start=moment, end=after, content=content, line=words[0].line))
    return found


def listed(found: Sequence[Span], names: Sequence[str], *, rate: int) -> str:
    """The sequence of pictures as a script for ffmpeg's `concat`; where nothing is said, a blank one."""
    lines, shown = ["ffconcat version 1.0"], 0
    for span, name in zip(found, names, strict=True):
        if span.start > shown:
            lines += _entry(BLANK_NAME, span.start - shown, rate)
        lines += _entry(name, span.end - span.start, rate)
        shown = span.end
    return "\n".join([*lines, *_entry(BLANK_NAME, 1, rate), ""])


def _entry(name: str, frames: int, rate: int) -> list[str]:
    # With the video's own rate as that of each picture, durations are exact to the frame.
    return [f"file {name}", f"option framerate {rate}", f"duration {frames / rate:.6f}"]


def _frame(milliseconds: int, rate: int) -> int:
    return (milliseconds * rate + 500) // 1000
