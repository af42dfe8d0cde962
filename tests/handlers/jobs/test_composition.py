"""What is a composition and what is not, also in the eyes of a full schema checker and of the engine."""

import copy
import json
from collections.abc import Iterator

import jsonschema
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from handlers.jobs import composition
from handlers.jobs.json_schema.checker import check
from handlers.jobs.json_schema.values import Json
from render_engine.parsing import parse

ASSET = "a_" + "0" * 26
FULL: dict[str, Json] = {
    "version": 1,
    "width": 640,
    "height": 360,
    "rate": 25,
    "background": "#101020",
    "audio": {"tone_hz": 440},
    "scenes": [
        {"duration_s": 2, "text": {"content": "Hello", "size": 40, "color": "#ffffff", "position": "top"}},
        {"duration_s": 2.5, "image": {"asset": ASSET}, "transition": {"kind": "fade", "duration_s": 0.5}},
        {
            "duration_s": 1,
            "video": {"asset": ASSET, "volume": 0.5, "mute": False},
            "transition": {"kind": "none"},
        },
    ],
}


def broken(path: str, value: Json) -> dict[str, Json]:
    """The full composition with one thing put at a JSON pointer."""
    document: Json = copy.deepcopy(FULL)
    target, *steps = document, *path.split("/")[1:]
    for step in steps[:-1]:
        target = target[int(step) if step.isdigit() else step]
    target[int(steps[-1]) if steps[-1].isdigit() else steps[-1]] = value
    return document


def test_a_full_composition_is_accepted_and_names_its_assets() -> None:
    assert composition.findings(FULL) == []
    assert composition.assets(FULL) == {ASSET}


@pytest.mark.parametrize(
    ("path", "value", "pointer", "detail"),
    [
        ("/tint", 1, "/tint", "is not a known field; allowed here: version, width"),
        ("/width", 641, "/width", "is 641; it must be a multiple of 2"),
        ("/width", 14, "/width", "the minimum is 16"),
        ("/height", 3842, "/height", "the maximum is 3840"),
        ("/height", "360", "/height", 'is "360"; it must be an integer'),
        ("/height", True, "/height", "is true; it must be an integer"),
        ("/rate", 0, "/rate", "the minimum is 1"),
        ("/rate", 61, "/rate", "the maximum is 60"),
        ("/version", 2, "/version", "only 1 is allowed"),
        ("/background", "red", "/background", "must match"),
        ("/background", "#101020\n", "/background", "must match"),
        ("/audio", {}, "/audio", "has 0 fields; the minimum is 1"),
        (
            "/audio",
            {"tone_hz": 440, "asset": ASSET},
            "/audio",
            "needs either tone_hz or asset, one of the two",
        ),
        ("/audio", {"tone_hz": 440, "trim_s": 1}, "/audio/trim_s", "belongs to an asset"),
        ("/audio", {"tone_hz": 440, "fade_in_s": 600}, "/audio", "longer than the video of"),
        ("/audio", {"asset": 1}, "/audio/asset", "is 1; it must be of type string or object"),
        ("/audio", {"asset": {}}, "/audio/asset/url", "is missing"),
        ("/audio", {"asset": {"url": "https://a.example", "x": 1}}, "/audio/asset/x", "not a known field"),
        ("/audio", {"asset": {"url": "http://a.example"}}, "/audio/asset/url", "must begin with https://"),
        ("/audio", {"asset": {"url": "https://10.0.0.1/"}}, "/audio/asset/url", "on the public internet"),
        ("/audio", {"asset": {"url": "https://a.com:8/"}}, "/audio/asset/url", "a port other than 443"),
        ("/audio", None, "/audio", "is null; it must be an object"),
        ("/scenes", [], "/scenes", "has 0 entries; the minimum is 1"),
        ("/scenes", [{"duration_s": 1}] * 101, "/scenes", "has 101 entries; the maximum is 100"),
        ("/scenes/1", "fast", "/scenes/1", "it must be an object"),
        ("/scenes/0", {}, "/scenes/0/duration_s", "is missing"),
        ("/scenes/0/duration_s", 0, "/scenes/0/duration_s", "it must be above 0"),
        ("/scenes/0/duration_s", 0.001, "/scenes/0/duration_s", "shorter than one frame"),
        ("/scenes/0/duration_s", float("nan"), "/scenes/0/duration_s", "must be a number"),
        ("/scenes/0/duration_s", 599, "/scenes", "the maximum is 600 s"),
        ("/scenes/0/text/content", " ", "/scenes/0/text/content", "must match"),
        ("/scenes/0/text/content", "x" * 2001, "/scenes/0/text/content", "the maximum is 2000"),
        ("/scenes/0/text/content", "\ud800", "/scenes/0/text/content", "surrogate"),
        ("/scenes/0/text/content", "a\x00b", "/scenes/0/text/content", "holds the control character U+0000"),
        (
            "/scenes/0/text/content",
            "a\x1b[1m",
            "/scenes/0/text/content",
            "holds the control character U+001B",
        ),
        ("/scenes/0/text/content", "a\x85b", "/scenes/0/text/content", "holds the control character U+0085"),
        ("/scenes/0/text/content", "\u200b\u2060", "/scenes/0/text/content", "no visible character"),
        ("/scenes/2/video/volume", 4.5, "/scenes/2/video/volume", "the maximum is 4"),
        ("/scenes/2/video/volume", -1, "/scenes/2/video/volume", "the minimum is 0"),
        ("/scenes/2/video/mute", "yes", "/scenes/2/video/mute", "must be a boolean"),
        ("/scenes/1/image/volume", 1, "/scenes/1/image/volume", "is not a known field"),
        ("/\ud800", 1, "/\\ud800", "is not a known field"),
        ("/scenes/0/text/position", "left", "/scenes/0/text/position", 'allowed: "center", "top", "bottom"'),
        ("/scenes/0/transition", {"kind": "fade"}, "/scenes/0/transition", "no scene before it"),
        ("/scenes/1/transition/duration_s", 2.6, "/scenes/1", "less than the 2.6 s of the transitions"),
        ("/scenes/1/video", {"asset": ASSET}, "/scenes/1/video", "cannot be combined with an image"),
        ("/scenes/1/image/asset", "../../etc", "/scenes/1/image/asset", "must match"),
    ],
)
def test_a_mistake_is_found_with_its_place(path: str, value: Json, pointer: str, detail: str) -> None:
    found = composition.findings(broken(path, value))
    assert [one for one in found if one.pointer == f"/composition{pointer}" and detail in one.detail], found


def test_every_finding_can_be_sent() -> None:
    mistaken = {**FULL, "\ud800": 1, "a\x00\n": {}, "width": "\udfff", "scenes": [{"\ud800": 1}]}
    found = composition.findings(mistaken)
    assert len(found) >= 4
    for finding in found:
        assert f"{finding.pointer}{finding.detail}".isprintable()
        f"{finding.pointer}{finding.detail}".encode()


@pytest.mark.parametrize("rate", [1, 7, 24, 25, 30, 50, 60])
def test_a_scene_as_long_as_its_two_transitions_is_long_enough(rate: int) -> None:
    """The page compares seconds; whole frames may not make another rule of it."""
    fade: Json = {"kind": "fade"}
    scenes: list[Json] = [
        {"duration_s": 2},
        {"duration_s": 1, "transition": fade},
        {"duration_s": 2, "transition": fade},
    ]
    assert composition.findings({**FULL, "rate": rate, "scenes": scenes}) == []


def test_a_scene_shorter_than_its_transitions_is_refused_although_it_has_the_frames() -> None:
    long, short = ({"kind": "fade", "duration_s": length} for length in (0.52, 0.5))
    scenes: list[Json] = [
        {"duration_s": 2},
        {"duration_s": 1, "transition": long},
        {"duration_s": 2, "transition": short},
    ]
    [finding] = composition.findings({**FULL, "scenes": scenes})
    assert finding.detail == "lasts 1 s, less than the 1.02 s of the transitions into and out of it"


def test_decimal_fractions_are_compared_as_they_were_written() -> None:
    fade: Json = {"kind": "fade", "duration_s": 0.1}
    other: Json = {"kind": "fade", "duration_s": 0.2}
    scenes: list[Json] = [
        {"duration_s": 2},
        {"duration_s": 0.3, "transition": fade},
        {"duration_s": 2, "transition": other},
    ]
    assert composition.findings({**FULL, "scenes": scenes}) == []


def test_scenes_may_last_as_long_together_as_the_page_says() -> None:
    assert composition.findings({**FULL, "rate": 1, "scenes": [{"duration_s": 6.6}] * 90}) == []
    [finding] = composition.findings({**FULL, "scenes": [{"duration_s": 300}, {"duration_s": 300.1}]})
    assert finding.detail == "last 600.1 s together; the maximum is 600 s"


def test_all_mistakes_are_reported_at_once() -> None:
    mistaken = {**FULL, "width": 3, "rate": 99, "hight": 2, "scenes": [{"durations": 1}]}
    pointers = {one.pointer for one in composition.findings(mistaken, at="")}
    assert pointers == {"/width", "/rate", "/hight", "/scenes/0/durations", "/scenes/0/duration_s"}


@pytest.mark.parametrize("value", [None, [], "text", 3, True])
def test_what_is_no_object_is_no_composition(value: Json) -> None:
    assert [one.pointer for one in composition.findings(value)] == ["/composition"]


def test_a_schema_keyword_without_a_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="'uniqueItems' is not supported"):
        check([], {"type": "array", "uniqueItems": True})


def test_the_schema_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(composition.schema())


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 4000),
    st.sampled_from([0.5, 2.0, -1.5, 700.5, 64.0]),
    st.sampled_from(["", "#ffffff", "#fffff", "fade", "top", ASSET, " ", "words"]),
)
NAMES = st.sampled_from(
    [
        "version",
        "width",
        "rate",
        "audio",
        "scenes",
        "duration_s",
        "text",
        "content",
        "kind",
        "asset",
        "tone_hz",
        "x",
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=6,
)


def pointers(value: Json, at: str = "") -> Iterator[str]:
    """A JSON pointer to each value inside this one."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield f"{at}/{step}"
        yield from pointers(inner, f"{at}/{step}")


PLACES = [*pointers(FULL), "/unknown"]


@seed(20260101)
@settings(max_examples=150, deadline=None, database=None)
@given(path=st.sampled_from(PLACES), value=VALUES)
def test_our_checker_agrees_with_a_full_one(path: str, value: Json) -> None:
    document = broken(path, value)
    full = jsonschema.Draft202012Validator(composition.schema())
    assert bool(check(document, composition.schema())) == (not full.is_valid(document))


@seed(20260102)
@settings(max_examples=150, deadline=None, database=None)
@given(
    path=st.sampled_from(PLACES),
    value=VALUES | st.floats(0, 5) | st.fixed_dictionaries({"asset": st.just(ASSET)}) | st.text(max_size=8),
)
def test_the_engine_refuses_nothing_that_we_accept(path: str, value: Json) -> None:
    document = broken(path, value)
    if not composition.findings(document):
        parse(json.dumps(document).encode())
