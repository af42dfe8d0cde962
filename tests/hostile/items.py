"""Job items as a hostile instance may leave them: each attribute of a job malformed or another's.

An instance writes what it wants to the table, so an item has any type, size and text that DynamoDB stores.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.jobs.model import Failure, Job, Output
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import JobState
from handlers.jobs.store.attributes import Item, decode_item, encode_item
from handlers.jobs.store.items import job_to_item
from handlers.jobs.store.keys import Key
from tests.handlers.conftest import START, a_job
from tests.handlers.life.memory_table import MemoryTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

VICTIM_JOB = "r_" + "7" * 26
VICTIM_VIDEO = f"outputs/zenith/{VICTIM_JOB}/1/video.mp4"
HOOK = "https://hooks.example.com/acme"
KEY_ATTRIBUTES = {"pk", "sk", "entity"}
VALUES: "dict[str, AttributeValueTypeDef]" = {
    "null": {"NULL": True},
    "bytes": {"B": b"\x00\xff"},
    "set": {"SS": ["a", "b"]},
    "map": {"M": {"a": {"NULL": True}}},
    "list": {"L": [{"S": "a"}]},
    "true": {"BOOL": True},
    "empty": {"S": ""},
    "control characters": {"S": "\x1b[2J\x1b]0;owned\x07\u202e"},
    "long": {"S": "x" * 100_000},
    "path": {"S": "../../zenith"},
    "another's video": {"S": VICTIM_VIDEO},
    "another's tenant": {"S": "zenith"},
    "another's hook": {"S": "https://evil.example.net/collect"},
    "metadata": {"S": "http://169.254.169.254/latest/meta-data/"},
    "huge": {"N": "9.9E+125"},
    "beyond dates": {"N": "253402300800000"},
    "negative": {"N": "-99999999999999"},
    "fraction": {"N": "1.5"},
    "zero": {"N": "0"},
}
REMOVED = "removed"
INDEXED = {"tenant_pk": "S", "tenant_sk": "S", "state_pk": "S", "waiting_pk": "S"} | {
    "state_sk": "N",
    "enqueued_at": "N",
}
"""DynamoDB refuses another type for the key of an index."""


def job(number: int, state: JobState = JobState.SUCCEEDED, tenant: str = "acme") -> Job:
    """A job with every attribute that an item may have."""
    made = a_job(now=START + number, id=f"r_{number:026d}", tenant=tenant)
    return replace(
        made,
        state=state,
        template="title-card",
        webhook_url=HOOK,
        attempt=2,
        interruptions=1,
        forgiven=1,
        dispatched_at=START,
        lease_owner="i-1" if state is JobState.RENDERING else None,
        lease_expires_at=START + 1 if state is JobState.RENDERING else None,
        started_at=START,
        finished_at=START + number if state.terminal else None,
        output_key=f"outputs/{tenant}/{made.id}/2/video.mp4" if state is JobState.SUCCEEDED else None,
        output=Output(duration=1, width=64, height=64, bytes=9) if state is JobState.SUCCEEDED else None,
        failure=Failure(code=FailureCode.ENGINE_CRASHED, detail="code 1"),
    )


def malformed(state: JobState) -> "Iterator[tuple[str, str, dict[str, AttributeValueTypeDef]]]":
    """Every attribute with every value: what was done, the job's id, and the item as DynamoDB has it."""
    names = sorted(job_to_item(job(0, state)).keys() - KEY_ATTRIBUTES)
    number = 1
    for name in names:
        for kind in (*VALUES, REMOVED):
            made = job(number, state)
            item = encode_item(job_to_item(made))
            if kind == REMOVED:
                del item[name]
            elif INDEXED.get(name, kind) not in {kind, *VALUES[kind]}:
                continue
            else:
                item[name] = VALUES[kind]
            yield f"{name}: {kind}", made.id, item
            number += 1


def poisoned(state: JobState) -> tuple[MemoryTable, dict[str, str], Job]:
    """A table with all of them, what was done to which job, and a job in good order that is the oldest."""
    table, done = MemoryTable(page=100), dict[str, str]()
    for what, job_id, item in malformed(state):
        done[job_id] = what
        put(table, decode_item(item))
    good = job(0, state)
    put(table, job_to_item(good))
    return table, done, good


def put(table: MemoryTable, item: Item) -> None:
    """Write past every check, as a hostile instance does."""
    table.items[Key(str(item["pk"]), str(item["sk"]))] = item
