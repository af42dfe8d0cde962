"""Compositions in the table: small ones alone, packed, and unpacked within bounds."""

import gzip
import json
import secrets

import pytest

from handlers.jobs.store import compositions, keys
from handlers.jobs.store.compositions import Compositions, composition_put, packed
from handlers.jobs.store.failed_jobs import FailedJobs
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.store.table import Put, Table
from handlers.jobs.store.worker_jobs import Claim, WorkerJobs
from tests.handlers.conftest import a_job
from tests.handlers.jobs.store.test_failed_jobs import CRASH

SMALL = json.dumps({"scenes": [{"text": {"content": "Grüße"}}] * 50}).encode()


def test_a_small_composition_comes_back_as_it_was(table: Table, clock) -> None:
    job, content = a_job(now=clock()), packed(SMALL)
    assert content is not None
    assert len(content) < len(SMALL)
    assert table.transact([composition_put(job, content)])
    assert Compositions(table).of(job.id) == SMALL
    assert Compositions(table).of("r_none") is None


def test_what_packs_to_the_limit_is_small_and_a_byte_more_is_large() -> None:
    noise = secrets.token_bytes(compositions.LARGEST_PACKED)
    most = next(size for size in range(len(noise), 0, -1) if len(gzip.compress(noise[:size])) <= len(noise))
    assert packed(noise[:most]) is not None
    assert packed(noise[: most + 1]) is None
    assert packed(b" " * compositions.LARGEST_TRIED) is not None
    assert packed(b" " * (compositions.LARGEST_TRIED + 1)) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no gzip",
        gzip.compress(b"{}")[:-4],
        gzip.compress(b" " * (compositions.LARGEST_UNPACKED + 1)),
        "text",
    ],
    ids=["empty", "not packed", "cut off", "a bomb", "text"],
)
def test_what_is_no_composition_is_told(table: Table, content: bytes | str) -> None:
    key = keys.composition("r_1")
    table.put(Put(item={"pk": key.pk, "sk": key.sk, "content": content}))
    with pytest.raises(UnreadableItemError, match="content"):
        Compositions(table).of("r_1")


def test_the_composition_of_a_job_that_is_redriven_stays_as_long_as_the_job(
    table: Table, new_job, new_worker, clock
) -> None:
    job = new_job()
    table.put(composition_put(job, packed(SMALL) or b""))
    new_worker("i-1")
    claim = Claim(job_id=job.id, attempt=1, instance_id="i-1")
    WorkerJobs(table).claim(claim, now=clock(), lease_seconds=60)
    WorkerJobs(table).fail(claim, CRASH, attempt_limit=1, now=clock())
    FailedJobs(table).redrive(job.id, actor="operator:alice", now=clock.forward(500), force=False)
    item = table.get(keys.composition(job.id))
    assert item is not None
    assert item["expires_at"] == job.expires_at + 500
