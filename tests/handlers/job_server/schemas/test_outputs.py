"""What the engine of a fleet cannot make is refused when it is submitted."""

from dataclasses import replace

import pytest

from handlers.job_server.schemas.engines import engines
from handlers.job_server.schemas.requests import RefusedError, Rules, render_request
from handlers.jobs.json_schema.values import Finding, Json
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from handlers.jobs.outputs import Abilities, Feature, OutputOptions, Quality, VideoFormat

ABLE = Abilities(formats=frozenset(VideoFormat), features=frozenset(Feature))
RULES = Rules(
    fleets=("cpu", "gpu"),
    default_fleet="cpu",
    webhook_targets=WebhookTargets.PUBLIC,
    engines={"cpu": ABLE, "gpu": Abilities(formats=frozenset({VideoFormat.MP4, VideoFormat.GIF}))},
)
COMPOSITION: Json = {"version": 1, "width": 64, "height": 64, "rate": 10, "scenes": [{"duration_s": 2}]}


def wanted(output: Json, *, fleet: str = "cpu", rules: Rules = RULES) -> OutputOptions:
    return render_request({"composition": COMPOSITION, "fleet": fleet, "output": output}, rules).output


def refused(output: Json, *, fleet: str = "cpu", rules: Rules = RULES) -> list[Finding]:
    with pytest.raises(RefusedError) as caught:
        wanted(output, fleet=fleet, rules=rules)
    return caught.value.findings


def test_what_the_engine_can_make_is_accepted() -> None:
    assert wanted({"format": "webm", "quality": "low", "poster_at_s": 2}) == OutputOptions(
        format=VideoFormat.WEBM, quality=Quality.LOW, poster_at_s=2
    )
    assert wanted({}) == OutputOptions()
    assert wanted({"format": "gif"}, fleet="gpu").format is VideoFormat.GIF


@pytest.mark.parametrize(
    ("output", "pointer", "detail"),
    [
        ({"format": "webm"}, "/output/format", 'is "webm"; the engine of fleet gpu makes gif, mp4'),
        ({"quality": "low"}, "/output/quality", "is not possible with the engine of fleet gpu"),
        ({"poster_at_s": 0}, "/output/poster_at_s", "which has none of these options; leave it out"),
    ],
)
def test_what_the_engine_cannot_make_is_refused_with_its_place(
    output: Json, pointer: str, detail: str
) -> None:
    (found,) = refused(output, fleet="gpu")
    assert found.pointer == pointer
    assert detail in found.detail


def test_a_fleet_of_which_nothing_is_known_makes_mp4() -> None:
    nothing = replace(RULES, engines={})
    assert wanted({"format": "mp4"}, rules=nothing) == OutputOptions()
    assert [one.pointer for one in refused({"format": "gif", "quality": "low"}, rules=nothing)] == [
        "/output/format",
        "/output/quality",
    ]


@pytest.mark.parametrize(
    ("output", "pointer"),
    [
        ({"format": "avi"}, "/output/format"),
        ({"quality": 80}, "/output/quality"),
        ({"poster_at_s": -1}, "/output/poster_at_s"),
        ({"poster_at_s": 2.1}, "/output/poster_at_s"),
        ({"poster_at_s": float("nan")}, "/output/poster_at_s"),
        ({"codec": "h265"}, "/output/codec"),
        ("mp4", "/output"),
    ],
)
def test_a_mistake_is_found_with_its_place(output: Json, pointer: str) -> None:
    assert [one.pointer for one in refused(output)] == [pointer]


def test_of_a_fleet_that_does_not_exist_only_that_is_told() -> None:
    assert [one.pointer for one in refused({"format": "webm"}, fleet="tpu")] == ["/fleet"]


def test_every_mistake_is_found_at_once() -> None:
    body: Json = {"composition": {}, "fleet": "gpu", "output": {"format": "webm", "quality": "best"}}
    with pytest.raises(RefusedError) as caught:
        render_request(body, RULES)
    found = {one.pointer for one in caught.value.findings}
    assert found >= {"/composition/version", "/output/format", "/output/quality"}


def test_what_this_release_does_not_know_of_an_engine_is_left_out() -> None:
    found = engines('{"cpu": {"formats": ["mp4", "av1"], "features": ["poster", "hdr"]}}')
    assert found == {
        "cpu": Abilities(formats=frozenset({VideoFormat.MP4}), features=frozenset({Feature.POSTER}))
    }
