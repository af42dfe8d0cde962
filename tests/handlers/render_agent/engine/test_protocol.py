"""What counts as a line of the protocol, whatever bytes an engine prints."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.render_agent.engine.protocol import (
    LARGEST_SIDE,
    LONGEST_CODE,
    LONGEST_DETAIL,
    LONGEST_DURATION_S,
    LONGEST_LINE,
    LONGEST_STAGE,
    Complaint,
    Progress,
    Result,
    parse,
)

RESULT = Result(duration_s=1, width=2, height=2)
NUMBERS = (
    b"0",
    b"-0.0",
    b"-1",
    b"1e-400",
    b"1e400",
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"true",
    b"null",
    b'"1"',
    b"[1]",
    b"9" * 400,
    b"9" * 60_000,
)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"event":"progress","percent":12.7,"stage":"a\\n b"}', Progress(percent=12, stage="a b")),
        (b'{"event":"progress","percent":900,"stage":3}', Progress(percent=100, stage="")),
        (b'{"event":"progress","percent":1e9,"stage":""}', Progress(percent=100, stage="")),
        (b'{"event":"progress","percent":-1}', None),
        (b'{"event":"progress","percent":true}', None),
        (b'{"event":"progress","percent":NaN}', None),
        (b'{"event":"progress","percent":' + b"9" * 400 + b"}", None),
        (b'{"event":"progress","percent":1,"stage":"\\ud83d"}', Progress(percent=1, stage="\ufffd")),
        (b'{"event":"progress","percent":1,"stage":"\xff"}', Progress(percent=1, stage="\ufffd")),
        (b'{"event":"progress","percent":1,"stage":"\xed\xa0\xbd"}', Progress(percent=1, stage="\ufffd")),
        (b'{"event":"result","duration_s":1,"width":2,"height":2}', RESULT),
        (b'{"event":"result","duration_s":1,"width":2}', None),
        (b'{"event":"error"}', Complaint(code="unnamed", detail="")),
        (b'{"event":"error","code":"\\ud800"}', Complaint(code="unnamed", detail="")),
        (b'{"event":"error","code":"a\\u001b[2Jb"}', Complaint(code="unnamed", detail="")),
        (b'{"event":"error","code":["asset_missing"]}', Complaint(code="unnamed", detail="")),
        (
            b'{"event":"error","code":"font_missing","detail":"no \\ud800 font"}',
            Complaint(code="font_missing", detail="no \ufffd font"),
        ),
        (b'{"event":["error"]}', None),
        (b'{"event":' + b"[" * 900 + b"]" * 900 + b"}", None),
        (b'{"event":"error","detail":' + b'{"a":' * 5000 + b"1" + b"}" * 5001, None),
        ('{"event":"error"}'.encode("utf-16-le"), None),
        ('{"event":"error"}'.encode("utf-32-le"), None),
        (b"[]", None),
        (b"{", None),
        (b"{" * 1000, None),
        (b'{"event":"error","detail":"' + b"x" * LONGEST_LINE + b'"}', None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_only_well_formed_lines_of_the_protocol_count(line: bytes, said: object) -> None:
    assert parse(line) == said


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:12].decode())
@pytest.mark.parametrize("field", ["duration_s", "width", "height"])
def test_a_result_with_a_length_or_side_that_no_video_has_is_none(field: str, number: bytes) -> None:
    given = {"duration_s": b"1", "width": b"2", "height": b"2", field: number}
    fields = b",".join(b'"%s":%s' % (name.encode(), value) for name, value in given.items())
    assert parse(b'{"event":"result",' + fields + b"}") is None


def test_a_result_at_the_bounds_counts_and_beyond_them_none_does() -> None:
    for side, length in (
        (LARGEST_SIDE, LONGEST_DURATION_S),
        (LARGEST_SIDE + 1, 1),
        (1, LONGEST_DURATION_S + 1),
    ):
        line = json.dumps({"event": "result", "duration_s": length, "width": side, "height": side}).encode()
        counts = side <= LARGEST_SIDE and length <= LONGEST_DURATION_S
        assert (parse(line) is not None) is counts, (side, length)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(categories=None, codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.fixed_dictionaries(
    {"event": st.sampled_from(["progress", "result", "error"]) | ANYTHING},
    optional=dict.fromkeys(
        ("percent", "stage", "duration_s", "width", "height", "bytes", "code", "detail"), ANYTHING
    ),
)
LINES = st.binary(max_size=200) | OBJECTS.map(lambda said: json.dumps(said).encode())


@given(line=LINES, cut=st.integers(0, 200), junk=st.binary(max_size=4))
def test_whatever_is_printed_what_counts_is_bounded_and_can_be_stored(
    line: bytes, cut: int, junk: bytes
) -> None:
    for printed in (line, line[:cut] + junk + line[cut:]):
        match parse(printed):
            case Progress(percent=percent, stage=stage):
                assert 0 <= percent <= 100
                assert len(stage) <= LONGEST_STAGE
                stage.encode()
            case Result(duration_s=length, width=width, height=height):
                assert 0 < length <= LONGEST_DURATION_S
                assert math.isfinite(length)
                assert 1 <= min(width, height) <= max(width, height) <= LARGEST_SIDE
            case Complaint(code=code, detail=detail):
                assert code.isascii()
                assert 1 <= len(code) <= LONGEST_CODE
                assert len(detail) <= LONGEST_DETAIL
                detail.encode()
