"""An instance may write the attributes that its agent writes, and none that says whose a job is.

Does not prove that AWS evaluates the condition so: nothing in the tests enforces IAM as AWS does.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from components.parts.render_fleet import instance_role
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.model import BootFailure, Failure, Job, Output
from handlers.jobs.reasons import FailureCode
from handlers.jobs.store import keys
from handlers.jobs.store.boot_failures import BootFailures
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.dispatch_marks import DispatchMarks
from handlers.jobs.store.items import job_to_item
from handlers.jobs.store.table import Delete, Put, Refused, Update, Write
from handlers.jobs.store.worker_heartbeats import WorkerHeartbeats
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.handlers.conftest import START, a_job
from tests.handlers.life.memory_table import MemoryTable

OUTPUT = Output(duration=1, width=64, height=64, bytes=9)
CRASH = Failure(code=FailureCode.ENGINE_CRASHED, detail="code 1")
SUBMITTED = {"id", "tenant", "fleet", "tenant_pk", "tenant_sk", "created_at", "composition_key"} | {
    "webhook_url",
    "metadata",
    "rendering_limit",
    "composition_is_large",
    "template",
    "trace_id",
}
"""What only the job server says of a job."""


@dataclass
class Watched(MemoryTable):
    """Notes the attributes that each kind of write names."""

    named: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def try_transaction(self, writes: Sequence[Write]) -> Refused | None:
        for write in writes:
            about = str(write.item["pk"]) if isinstance(write, Put) else write.key.pk
            names: Iterable[str] = write.item if isinstance(write, Put) else ("pk", "sk", *_changed(write))
            noted = self.named.setdefault((type(write).__name__, about.partition("#")[0]), set())
            noted |= {*names, *re.findall(r"#(\w+)", write.condition.text)}
        return super().try_transaction(writes)


def _changed(write: Update | Delete) -> Iterable[str]:
    return write.changes if isinstance(write, Update) else ()


class Letters:
    """A dead-letter queue."""

    def send_message(self, **_: object) -> None:
        """Takes it."""


def life_of_an_agent() -> dict[tuple[str, str], set[str]]:
    """Everything that an agent writes about jobs and workers."""
    real = MemoryTable()
    watched = Watched(items=real.items)
    heartbeats = WorkerHeartbeats(watched, agent_version="a" * 64)
    heartbeats.register("i-1", fleet="cpu", now=START)
    heartbeats.heartbeat("i-1", now=START)
    claims, jobs = WorkerJobs(watched), CustomerJobs(real)

    def claimed(webhook: str | None = None) -> tuple[Claim, Job]:
        job = a_job(now=START, webhook_url=webhook)
        jobs.submit(job, record=None, actor="api:acme", now=START)
        DispatchMarks(watched).mark(job.id, attempt=1, now=START)
        claim = Claim(job_id=job.id, attempt=1, instance_id="i-1")
        assert isinstance(claims.claim(claim, now=START, lease_seconds=60), Job)
        claims.report(claim, percent=5, stage="encoding", expires_at=job.expires_at)
        claims.renew(claim, now=START, lease_seconds=60)
        return claim, job

    for hook in (None, "https://hooks.example.com"):
        claim, job = claimed(hook)
        key = keys.video_object("acme", job.id, 1)
        assert isinstance(claims.complete(claim, output=OUTPUT, output_key=key, now=START), Job)
        for limit in (1, 3):
            claim, _ = claimed(hook)
            failed = claims.fail(claim, CRASH, attempt_limit=limit, now=START + 1)
            assert isinstance(failed, Job)
            if limit == 1:
                DeadLetters(Letters(), watched).leave("q", failed, now=START)  # type: ignore[arg-type]
            else:
                claim = replace(claim, attempt=2)
                assert isinstance(claims.claim(claim, now=START, lease_seconds=60), Job)
                key = keys.video_object("acme", claim.job_id, 2)
                claims.complete(claim, output=OUTPUT, output_key=key, now=START)
        claim, _ = claimed(hook)
        claims.release(claim, detail="leaves", now=START + 1)
        claim, job = claimed(hook)
        jobs.request_cancel(job.id, actor="api:acme", now=START)
        claims.cancelled(claim, now=START)
    claim, _ = claimed()
    heartbeats.free("i-1", job_id=claim.job_id, attempt=1, now=START)
    heartbeats.start_draining("i-1")
    BootFailures(watched).record(BootFailure(instance_id="i-2", fleet="cpu", at=START, words="no"))
    return watched.named


def test_an_instance_may_write_the_attributes_that_its_agent_writes_and_no_others() -> None:
    written = life_of_an_agent()
    granted = {
        ("Put", "JOB"): {*instance_role.KEY, *instance_role.PUT_BESIDE_A_JOB},
        ("Update", "JOB"): {*instance_role.KEY, *instance_role.CHANGED_BY_AN_ATTEMPT},
        ("Put", "WORKER"): {*instance_role.KEY, *instance_role.OF_A_WORKER},
        ("Update", "WORKER"): {*instance_role.KEY, *instance_role.OF_A_WORKER},
    }
    assert written.keys() == granted.keys()
    for kind, names in written.items():
        assert names - granted[kind] == set(), kind
    for about in ("JOB", "WORKER"):
        used = written["Put", about] | written["Update", about]
        assert (granted["Put", about] | granted["Update", about]) - used == set(), about


def test_no_instance_may_say_whose_a_job_is() -> None:
    job = a_job(
        now=START,
        webhook_url="https://a.example",
        template="t",
        metadata={"order": "1"},
        rendering_limit=1,
        composition_is_large=True,
    )
    assert set(job_to_item(job)) >= SUBMITTED
    assert not SUBMITTED & set(instance_role.CHANGED_BY_AN_ATTEMPT)
    assert not (SUBMITTED - {"trace_id"}) & set(instance_role.PUT_BESIDE_A_JOB)
    assert "tenant_pk" not in instance_role.OF_A_WORKER
