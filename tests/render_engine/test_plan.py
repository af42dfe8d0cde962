"""How a composition becomes arguments: nothing of the customer's words may reach a filter description."""

import json
from pathlib import Path

import pytest

from render_engine.parsing import parse
from render_engine.plan import Plan, plan
from render_engine.wrapping import wrap

SMALL: dict[str, object] = {"version": 1, "width": 64, "height": 36, "rate": 10}
OUTPUT = Path("out.mp4")


def planned(*scenes: dict[str, object], **changes: object) -> Plan:
    raw = json.dumps({**SMALL, "scenes": list(scenes), **changes}).encode()
    composition = parse(raw)
    return plan(composition, {asset: Path("/media") / asset for asset in composition.assets}, OUTPUT)


def graph(work: Plan) -> str:
    return work.arguments[work.arguments.index("-filter_complex") + 1]


@pytest.mark.parametrize(
    "content", ["it's", 'say "x"', "a:b=c", "50%", "%{pts}", "a\\b", "x;y,[z]", "ünïcødé 漢字 🎬"]
)
def test_words_lie_in_a_file_and_not_in_the_arguments(content: str) -> None:
    work = planned({"duration_s": 1, "text": {"content": content, "size": 4}}, width=3840)
    assert work.texts == {"text0.txt": content}
    assert not any(content in argument for argument in work.arguments)
    assert "expansion=none" in graph(work)


def test_every_input_is_guarded_against_playlists_and_the_network() -> None:
    work = planned({"duration_s": 1, "video": {"asset": "a"}}, {"duration_s": 1, "image": {"asset": "b"}})
    reads = [place for place, argument in enumerate(work.arguments) if argument == "-i"]
    assert len(reads) == 2
    for place in reads:
        assert work.arguments[place + 1].startswith("file:/media/")
        assert "-protocol_whitelist" in work.arguments[place - 6 : place]
        assert "-format_whitelist" in work.arguments[place - 6 : place]


def test_cuts_are_joined_at_once_and_transitions_one_by_one() -> None:
    fade = {"kind": "fade", "duration_s": 0.5}
    work = planned(
        {"duration_s": 1}, {"duration_s": 1}, {"duration_s": 1, "transition": fade}, {"duration_s": 1}
    )
    assert "[scene0][scene1]concat=n=2" in graph(work)
    assert "[joined2][scene2]xfade=transition=fade:duration=0.500000:offset=1.500000" in graph(work)
    assert "[faded2][scene3]concat=n=2" in graph(work)
    assert work.frames == 35


def test_a_composition_without_sound_has_no_sound_stream() -> None:
    assert "[sound]" not in planned({"duration_s": 1}).arguments
    assert "[sound]" in planned({"duration_s": 1}, audio={"tone_hz": 440}).arguments


def test_long_lines_are_broken_where_they_would_leave_the_frame() -> None:
    assert wrap("one two three", width=100, size=20) == "one two\nthree"
    assert wrap("abcdefghijklmnop", width=100, size=20) == "abcdefg\nhijklmn\nop"


def test_line_ends_of_every_kind_are_one_line_end_and_control_characters_vanish() -> None:
    assert wrap("a\r\nb\rc\n\x00d\x1b[0m", width=1000, size=10) == "a\nb\nc\nd[0m"
