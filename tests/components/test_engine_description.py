"""What a fleet's engine can do is read from the file of its setting, or the deployment says what is wrong."""

import json
from pathlib import Path

import pulumi
import pytest

from components.engine_description import MP4_ALONE, REFERENCE, engine_description, engines_text
from handlers.job_server.schemas.engines import engines
from handlers.jobs.outputs import Abilities, Feature, VideoFormat

PLAIN = {"formats": ["mp4"], "features": []}


def test_the_reference_engine_can_do_all_that_the_api_offers() -> None:
    said = engines(json.dumps({"cpu": engine_description(REFERENCE)}))
    assert said["cpu"] == Abilities(formats=frozenset(VideoFormat), features=frozenset(Feature))


def test_an_engine_of_ones_own_says_it_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text('{"formats": ["webm", "mp4"], "features": []}')
    assert engine_description("mine.json", tmp_path) == {"features": [], "formats": ["mp4", "webm"]}


def test_schemas_of_compositions_have_a_size_together(tmp_path: Path) -> None:
    schema = {"type": "object", "description": "x" * 16_000}
    (tmp_path / "mine.json").write_text(json.dumps({**PLAIN, "composition": schema}))
    assert json.loads(engines_text({"cpu": "mine.json"}, tmp_path))["cpu"]["composition"] == schema
    with pytest.raises(pulumi.RunError, match=r"64[0-9]{3} bytes together; at most 49152 are allowed"):
        engines_text(dict.fromkeys(("a", "b", "c", "d"), "mine.json"), tmp_path)


def test_an_engine_of_ones_own_may_make_mp4_alone() -> None:
    assert engines(json.dumps({"cpu": engine_description(MP4_ALONE)})) == {"cpu": Abilities()}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read; give a path from"),
        ("mp4", "is not JSON"),
        ("[]", "must have formats and features, may have composition, and no more"),
        ('{"formats": ["mp4"], "features": [], "codecs": []}', "must have formats and features"),
        ('{"formats": ["mp4"], "features": [], "composition": []}', "a JSON Schema of at most 16384 bytes"),
        ('{"formats": "mp4", "features": []}', "formats is 'mp4'; a list of gif, mp4, webm is needed"),
        ('{"formats": ["mp4"], "features": ["hdr"]}', "a list of mark, poster, quality is needed"),
        ('{"formats": ["webm"], "features": []}', "formats lacks mp4, which every engine makes"),
    ],
)
def test_a_description_that_cannot_be_used_is_named(tmp_path: Path, content: str | None, told: str) -> None:
    if content is not None:
        (tmp_path / "mine.json").write_text(content)
    with pytest.raises(pulumi.RunError, match=r"The engine's description mine\.json") as caught:
        engine_description("mine.json", tmp_path)
    assert told in str(caught.value)
