"""Whatever bytes an engine prints, and however it ends: the lease is renewed and the attempt is completed."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.webhook_addresses import WebhookAddress
from handlers.notifier.webhook import webhook_for
from tests.handlers.conftest import Clock, a_job
from tests.handlers.life.memory_table import MemoryTable
from tests.handlers.render_agent.conftest import World

ANY_TEXT = st.text(st.characters(categories=None, codec=None), max_size=20)
SAID = st.fixed_dictionaries(
    {"event": st.sampled_from(["progress", "result", "error"])},
    optional={
        "percent": st.floats() | st.integers(),
        "stage": ANY_TEXT,
        "code": ANY_TEXT,
        "detail": ANY_TEXT,
        "duration_s": st.floats(),
        "width": st.integers(),
        "height": st.integers() | st.floats(),
    },
).map(lambda said: json.dumps(said).encode())
PRINTED = st.lists(SAID | st.binary(max_size=40), max_size=4).map(b"\n".join)
CODES = st.sampled_from([0, 1, 2, 3, 77])
DONE = b'{"event":"result","duration_s":2.5,"width":64,"height":36}'


def world_in(folder: Path, printed: bytes, code: int) -> World:
    """An agent whose engine prints these bytes, leaves a video and ends with this code."""
    table, clock = MemoryTable(), Clock()

    def new_job(**fields: object) -> Job:
        job = a_job(now=clock(), webhook_url="https://hooks.example.com", **fields)
        CustomerJobs(table).submit(job, record=None, actor="api:acme", now=clock())
        return job

    (folder / "printed").write_bytes(printed)
    script = 'cat "$0" && cat "$0" >&2 && echo video > video.mp4 && exit "$1"'
    engine = ("/bin/sh", "-c", script, str(folder / "printed"), str(code))
    return World(table=table, clock=clock, new_job=new_job, folder=folder / "work", engine=engine)


@settings(max_examples=12, deadline=None)
@given(printed=PRINTED, code=CODES)
@example(printed=b'{"event":"error","code":"x","detail":"\\ud800"}', code=2)
@example(printed=b'{"event":"error","code":"\\udfff","detail":"x"}', code=3)
@example(printed=b'{"event":"progress","percent":1,"stage":"\\ud83d"}\n' + DONE, code=0)
@example(printed=b'{"event":"error","detail":"' + b"\\u0000" * 10_000 + b'"}', code=2)
@example(printed=b'{"event":' + b"[" * 30_000, code=0)
@example(printed=b'{"event":"progress","percent":' + b"9" * 65_000 + b"}\n", code=0)
@example(printed=b'{"event":"progress","stage":"' + b"x" * 400_000 + b'"}\n' + DONE, code=0)
@example(printed=DONE.replace(b"2.5", b"1e-400"), code=0)
@example(printed=DONE.replace(b"64", b"NaN"), code=0)
@example(printed=b"\x1b]0;title\x07\x9b2J\xff\xfe\x00" * 100, code=1)
def test_whatever_an_engine_prints_its_attempt_ends_and_its_lease_was_renewed(
    printed: bytes, code: int
) -> None:
    with TemporaryDirectory() as folder:
        world = world_in(Path(folder), printed, code)
        agent = world.agent(attempt_limit=1)
        agent.join()
        renewed: list[float | None] = []
        stages: list[str] = []

        def renew(_key: str) -> None:
            world.clock.forward(10)
            agent.heartbeat.beat()
            seen = world.job(job)
            renewed.append(seen.lease_expires_at)
            stages.append(seen.stage or "")
            assert 0 <= seen.progress <= 100

        world.files.before_store = renew
        job = world.submit()
        world.serve_all(agent)
    after = world.job(job)
    assert after.state in {JobState.SUCCEEDED, JobState.FAILED}
    beats = [world.clock.now - 10 * later for later in reversed(range(len(renewed)))]
    assert all(ends is not None and ends > at + 20 for ends, at in zip(renewed, beats, strict=True))
    assert renewed, "the log at least is stored"
    webhook = webhook_for(after, WebhookAddress(tenant="acme", url="https://hooks.example.com"))
    shown = [*stages, webhook.body, *(event.detail for event in CustomerJobs(world.table).events(job.id))]
    for text in [*shown, world.stream.getvalue().replace("\n", "")]:
        text.encode()
        assert text.isprintable()
