"""When captions are shown: as frames, and judged by the pixels of a video."""

from typing import TYPE_CHECKING

import numpy as np
import pytest

from render_engine.captions.spans import Span, listed, spans
from render_engine.captions.subtitles import Caption, Malformed

if TYPE_CHECKING:
    from tests.render_engine.conftest import Studio

FRAME: dict[str, object] = {"version": 1, "width": 320, "height": 180, "rate": 10}
SRT = """1
00:00:00,300 --> 00:00:00,600
HELLO

2
00:00:00,600 --> 00:00:09,000
WORLD WIDE
"""


def caption(begin: int, end: int, content: str = "x", line: int = 1) -> Caption:
    return Caption(begin=begin, end=end, content=content, line=line)


def found(*captions: Caption, rate: int = 25, frames: int = 100) -> list[tuple[int, int, str]]:
    return [(span.start, span.end, span.content) for span in spans(captions, rate=rate, frames=frames)]


def test_a_caption_stands_over_the_frames_of_its_time_and_no_longer_than_the_video() -> None:
    assert found(caption(1000, 2000), caption(3000, 9000, "y")) == [(25, 50, "x"), (75, 100, "y")]
    assert found(caption(4000, 5000)) == [], "it would begin when the video has ended"


def test_a_caption_of_less_than_a_frame_is_still_shown() -> None:
    assert found(caption(1000, 1001)) == [(25, 26, "x")]


def test_captions_that_overlap_stand_below_each_other_while_they_do() -> None:
    assert found(caption(0, 2000, "one"), caption(1000, 3000, "two")) == [
        (0, 25, "one"), (25, 50, "one\ntwo"), (50, 75, "two"),
    ]  # fmt: skip


def test_more_captions_at_once_than_can_be_read_are_refused_with_their_line() -> None:
    with pytest.raises(Malformed, match="line 5: more than 4 captions are shown at the same time"):
        spans([caption(0, 1000, line=line) for line in range(1, 6)], rate=25, frames=100)


def test_nothing_is_shown_between_captions() -> None:
    pauses = [Span(start=5, end=10, content="x", line=1), Span(start=20, end=30, content="y", line=4)]
    files = [line for line in listed(pauses, ["a", "b"], rate=10).splitlines() if line.startswith("file")]
    blank = "file nocaption.png"
    assert files == [blank, "file a", blank, "file b", blank]


def test_captions_are_drawn_at_their_times_over_every_scene(studio: "Studio") -> None:
    (studio.assets / "words").write_text(SRT)
    captions = {"asset": "words", "color": "#ff0000", "outline": {"color": "#ff0000"}}
    scenes = [{"duration_s": 0.5}, {"duration_s": 0.7, "background": "#000040"}]
    ended = studio.render({**FRAME, "captions": captions, "scenes": scenes})
    assert ended.code == 0, ended
    seen = []
    for number in range(12):
        picture = np.asarray(studio.frame(number / 10, width=320, height=180), dtype=np.int16)
        red = picture[..., 0] > 120
        seen.append(int(red.any(axis=0).sum()))
        assert not red[:90].any(), "captions stand at the bottom"
    assert [bool(wide) for wide in seen] == [number >= 3 for number in range(12)]
    assert max(seen[3:6]) < min(seen[6:]), "the second one is wider"


def test_a_caption_that_cannot_be_drawn_is_named_by_its_line(studio: "Studio") -> None:
    (studio.assets / "words").write_text(SRT.replace("WORLD", "\U00013000"))
    captions = {"asset": "words"}
    ended = studio.render({**FRAME, "captions": captions, "scenes": [{"duration_s": 1}]})
    assert (ended.code, ended.error) == (2, "glyphs_missing")
    assert ended.detail.startswith("captions (line 6): no font here has U+13000")


def test_a_file_of_other_words_is_refused_by_name_line_and_reason(studio: "Studio") -> None:
    (studio.assets / "words").write_text("once upon a time\nthere was")
    ended = studio.render({**FRAME, "captions": {"asset": "words"}, "scenes": [{"duration_s": 1}]})
    assert (ended.code, ended.error) == (2, "asset_unreadable")
    assert ended.detail.startswith("Asset words holds no captions that can be drawn: line 2: times like")
