"""What is read from SRT and WebVTT, and how a malformed file is named."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render_engine.captions.subtitles import MOST_BYTES, MOST_CAPTIONS, Caption, Malformed, read

SRT = b"""1
00:00:01,000 --> 00:00:02,500
Hello
<i>there</i>

2
00:00:03,000 --> 00:00:04,000 X1:0 X2:1
{\\an8}<font color="red">Second</font> < 3
"""
VTT = b"""WEBVTT - a title
Kind: captions

STYLE
::cue { color: red }

NOTE nobody reads this
01:00.000 --> 02:00.000

intro
00:01.000 --> 00:02.500 align:start position:10%
<v Fred>Hello</v> &amp; <c.loud>bye</c>

01:00:03.000 --> 01:00:04.000
<00:00:01.000>late
"""


def test_srt_is_read_without_its_styles() -> None:
    assert read(SRT) == (
        Caption(begin=1000, end=2500, content="Hello\nthere", line=2),
        Caption(begin=3000, end=4000, content="Second < 3", line=7),
    )


def test_vtt_is_read_without_its_styles() -> None:
    assert read(VTT) == (
        Caption(begin=1000, end=2500, content="Hello & bye", line=11),
        Caption(begin=3_603_000, end=3_604_000, content="late", line=14),
    )


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_lines_may_end_as_on_any_machine_and_a_mark_may_stand_first(ends: str) -> None:
    raw = SRT.decode().replace("\n", ends).encode("utf-8-sig")
    assert read(raw) == read(SRT)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "line 1: there are no captions"),
        (b"WEBVTT\n\nNOTE nothing\n", "line 1: there are no captions"),
        (b"1\nsoon\nHello\n", "line 2: times like 00:00:01,000 --> 00:00:02,500 are expected, not 'soon'"),
        (SRT + b"\nleft over\n", "line 10: times like 00:00:01,000 --> 00:00:02,500 are expected"),
        (b"\n\n1\n00:00:02,000 --> 00:00:02,000\nHello\n", "line 4: the caption ends before it begins"),
        (b"1\n00:00:01,000 --> 00:00:61,000\nHello\n", "line 2: times like"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHell\xff\n", "line 3: this is not UTF-8"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n\x1b\n", "line 3: this line holds the control character U+001B"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n&#x81;\n", "line 3: the caption holds the control character"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n" + b"x" * 2001, "line 2: the caption has 2001 characters"),
        (b"x" * (MOST_BYTES + 1), "line 1: the file has 1048577 bytes"),
        (b"00:00:01,000 --> 00:00:02,000\nx\n\n" * (MOST_CAPTIONS + 1), "line 3001: this is caption 1001"),
    ],
    ids=range(12),
)  # fmt: skip
def test_a_malformed_file_is_named_with_its_line(raw: bytes, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(raw)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("unit", ["<", "<b", "{\\", "&#", "-->\n", "\n\n", "<b " * 600 + "\n\n", "0:"])
def test_no_file_takes_long_to_read(unit: str) -> None:
    """A pattern that looks again and again for an end that never comes would take minutes for a megabyte."""
    head = "1\n00:00:01,000 --> 00:00:02,000\n"
    raw = (head + unit * (MOST_BYTES // len(unit)))[:MOST_BYTES].encode()
    began = time.process_time()
    with contextlib.suppress(Malformed):
        read(raw)
    assert time.process_time() - began < 2


@given(raw=st.binary(max_size=300) | st.text(alphabet="0123:,.->\n <b&;WEBVT", max_size=200).map(str.encode))
def test_any_bytes_are_captions_or_malformed(raw: bytes) -> None:
    with contextlib.suppress(Malformed):
        for caption in read(raw):
            assert caption.begin < caption.end
            assert caption.content.strip()
