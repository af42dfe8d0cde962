"""What a fleet's engine can do is read from the file of its setting, or the deployment says what is wrong."""

import json
from pathlib import Path

import pulumi
import pytest

from components.engine_description import MP4_ALONE, REFERENCE, engine_description
from handlers.job_server.schemas.engines import engines
from handlers.jobs.outputs import Abilities, Feature, VideoFormat


def test_the_reference_engine_can_do_all_that_the_api_offers() -> None:
    said = engines(json.dumps({"cpu": engine_description(REFERENCE)}))
    assert said["cpu"] == Abilities(formats=frozenset(VideoFormat), features=frozenset(Feature))


def test_an_engine_of_ones_own_says_it_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text('{"formats": ["webm", "mp4"], "features": []}')
    assert engine_description("mine.json", tmp_path) == {"features": [], "formats": ["mp4", "webm"]}


def test_an_engine_of_ones_own_may_make_mp4_alone() -> None:
    assert engines(json.dumps({"cpu": engine_description(MP4_ALONE)})) == {"cpu": Abilities()}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read; give a path from"),
        ("mp4", "is not JSON"),
        ("[]", "must have formats and features, and no more"),
        ('{"formats": ["mp4"], "features": [], "codecs": []}', "must have formats and features"),
        ('{"formats": "mp4", "features": []}', "formats is 'mp4'; a list of gif, mp4, webm is needed"),
        ('{"formats": ["mp4"], "features": ["hdr"]}', "a list of poster, quality is needed"),
        ('{"formats": ["webm"], "features": []}', "formats lacks mp4, which every engine makes"),
    ],
)
def test_a_description_that_cannot_be_used_is_named(tmp_path: Path, content: str | None, told: str) -> None:
    if content is not None:
        (tmp_path / "mine.json").write_text(content)
    with pytest.raises(pulumi.RunError, match=r"The engine's description mine\.json") as caught:
        engine_description("mine.json", tmp_path)
    assert told in str(caught.value)
