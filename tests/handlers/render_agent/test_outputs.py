"""What a submission wants of a video reaches the engine, and everything that the engine made is stored."""

import json
from typing import TYPE_CHECKING

from handlers.jobs.model import Job
from handlers.jobs.outputs import OutputOptions, Quality, VideoFormat
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store.keys import output_folder
from handlers.jobs.store.overdue_jobs import OverdueJobs

if TYPE_CHECKING:
    from tests.handlers.render_agent.conftest import World

ALL = OutputOptions(format=VideoFormat.WEBM, quality=Quality.HIGH, poster_at_s=1.5)


def rendered(world: "World", behave: str, options: OutputOptions) -> Job:
    job = world.submit(behave, output_options=options)
    agent = world.agent()
    agent.join()
    world.serve_all(agent)
    return world.job(job)


def test_what_is_wanted_is_said_to_the_engine_and_stored_under_its_name(world: "World") -> None:
    after = rendered(world, "arguments", ALL)
    folder = output_folder("acme", after.id, 1)
    assert (after.state, after.output_key) == (JobState.SUCCEEDED, f"{folder}/video.webm")
    said = json.loads(world.files.outputs[f"{folder}/video.webm"])
    assert said[:5] == ["--format", "webm", "--quality", "high", "--poster"]
    assert said[6:] == ["--poster-at", "1.500000"]
    assert world.files.outputs[f"{folder}/poster.jpg"] == b"poster"


def test_an_engine_hears_nothing_of_what_nobody_wants(world: "World") -> None:
    """One that can make MP4 alone need not know that there are other formats."""
    after = rendered(world, "arguments", OutputOptions())
    assert json.loads(world.files.outputs[f"{output_folder('acme', after.id, 1)}/video.mp4"]) == []


def test_a_mark_is_said_to_the_engine(world: "World") -> None:
    after = rendered(world, "arguments", OutputOptions(mark="TEST"))
    said = json.loads(world.files.outputs[f"{output_folder('acme', after.id, 1)}/video.mp4"])
    assert said == ["--mark", "TEST"]


def test_an_engine_that_leaves_no_poster_has_not_done_it(world: "World") -> None:
    after = rendered(world, "render", OutputOptions(poster_at_s=0))
    assert after.state is JobState.QUEUED or after.state is JobState.FAILED
    assert after.failure is not None
    assert after.failure.code is FailureCode.OUTPUT_MISSING
    assert not [name for name in world.files.outputs if name.endswith(("mp4", "jpg"))]


def test_an_attempt_that_is_lost_between_poster_and_video_publishes_neither(world: "World") -> None:
    """Each attempt stores under its own name: the next one overwrites nothing, and one is published."""
    job = world.submit("arguments", output_options=ALL)
    agent = world.agent()
    agent.join()

    def somebody_else_finishes(key: str) -> None:
        if key.endswith("1/video.webm"):
            expired = OverdueJobs(world.table).expire(
                world.job(job), attempt_limit=3, actor="sweeper", now=world.clock() + 120
            )
            assert isinstance(expired, Job)

    world.files.before_store = somebody_else_finishes
    world.serve_all(agent)
    assert (world.job(job).state, world.job(job).output_key) == (JobState.QUEUED, None)
    world.send(world.job(job))
    world.serve_all(agent)
    after = world.job(job)
    folder = output_folder("acme", job.id, 2)
    assert (after.state, after.output_key) == (JobState.SUCCEEDED, f"{folder}/video.webm")
    posters = [name for name in world.files.outputs if name.endswith("poster.jpg")]
    assert posters == [f"{output_folder('acme', job.id, 1)}/poster.jpg", f"{folder}/poster.jpg"]
