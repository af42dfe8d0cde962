"""A composition item that this service never wrote: its own job fails, and the agent serves the next one."""

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Value
from handlers.jobs.store.table import Put

if TYPE_CHECKING:
    from tests.handlers.render_agent.conftest import World


def packed(text: str) -> bytes:
    return gzip.compress(text.encode())


def naming(asset: str) -> bytes:
    return packed(json.dumps({"scenes": [{"image": {"asset": asset}}]}))


HOSTILE: dict[str, Value] = {
    "text": "{}",
    "a number": 1,
    "a map": {"a": "b"},
    "two streams of gzip": packed("{") + packed("}x"),
    "no UTF-8": gzip.compress(b"\xff\xfe{"),
    "half a surrogate pair": packed('{"scenes": [{"image": {"asset": "\\ud800"}}]}'),
    "nested without end": packed("[" * 200_000),
    "a number without end": packed("9" * 100_000),
    "another tenant's asset": naming("../zenith/a_" + "0" * 26),
    "a path": naming("/etc/passwd"),
    "control characters": naming("\x1b[2J"),
    "a name with a line end": naming("a_" + "0" * 26 + "\n"),
}


@pytest.mark.short_form(3)
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_composition_fails_its_own_job_alone(world: "World", what: str) -> None:
    agent = world.agent()
    agent.join()
    job = world.submit()
    key = keys.composition(job.id)
    world.table.put(Put(item={"pk": key.pk, "sk": key.sk, "content": HOSTILE[what]}))
    world.files.inputs.pop(job.composition_key)
    good = world.submit()
    world.serve_all(agent)
    failed = world.job(job)
    assert failed.state is JobState.FAILED
    assert failed.failure
    assert failed.failure.code is FailureCode.COMPOSITION_REFUSED
    assert failed.failure.detail.isprintable()
    assert world.job(good).state is JobState.SUCCEEDED
