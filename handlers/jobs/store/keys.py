"""Where everything lies: keys of the table and of its indexes, and object names in the buckets."""

from dataclasses import dataclass
from typing import Final

BY_TENANT: Final = "by-tenant"
BY_STATE: Final = "by-state"
BY_WAITING: Final = "by-waiting"


class Entity:
    """The words in every item's `entity`."""

    JOB: Final = "JOB"
    EVENT: Final = "EVENT"
    PROGRESS: Final = "PROGRESS"
    IDEMPOTENCY: Final = "IDEM"
    WORKER: Final = "WORKER"
    BOOT_FAILURE: Final = "BOOT"
    SCALER: Final = "SCALER"
    API_KEY: Final = "KEY"
    DELIVERY: Final = "DELIVERY"


@dataclass(frozen=True)
class Key:
    """The primary key of one item."""

    pk: str
    sk: str


def job(job_id: str) -> Key:
    """The job itself."""
    return Key(f"JOB#{job_id}", "JOB")


def event(job_id: str, number: int) -> Key:
    """The n-th thing that happened to a job."""
    return Key(f"JOB#{job_id}", f"{EVENT_PREFIX}{number:06d}")


EVENT_PREFIX: Final = "EVENT#"


def progress(job_id: str) -> Key:
    """How far the present attempt of a job is."""
    return Key(f"JOB#{job_id}", "PROGRESS")


def idempotency(tenant: str, key: str) -> Key:
    """What a tenant was answered under an idempotency key."""
    return Key(f"IDEM#{tenant}#{key}", "IDEM")


def worker(instance_id: str) -> Key:
    """The agent on an instance."""
    return Key(f"WORKER#{instance_id}", "WORKER")


def boot_failure(instance_id: str) -> Key:
    """Why the bootstrap of an instance failed."""
    return Key(f"WORKER#{instance_id}", "BOOT")


def scaler(fleet: str) -> Key:
    """The scaler's memory of a fleet."""
    return Key(f"SCALER#{fleet}", "STATE")


def api_key(digest: str) -> Key:
    """An API key, under its SHA-256."""
    return Key(f"KEY#{digest}", "KEY")


def delivery(job_id: str, attempt: int) -> Key:
    """One attempt to deliver a job's webhook."""
    return Key(f"DELIVERY#{job_id}", f"{attempt:06d}")


def tenant_pk(tenant: str) -> str:
    """All jobs of a tenant in `by-tenant`."""
    return f"TENANT#{tenant}"


def tenant_sk(created_at: float, name: str) -> str:
    """The place of a job or a key in its tenant's list: by time, then by name."""
    return f"{created_at:014.3f}#{name}"


def api_keys_pk(tenant: str) -> str:
    """All API keys of a tenant in `by-tenant`; no role of a handler may query this partition."""
    return f"KEYS#{tenant}"


def queued_pk(fleet: str) -> str:
    """All queued jobs of a fleet in `by-state`, in the order of `queued_sk`."""
    return f"JOB#queued#{fleet}"


UNSENT: Final = 10_000_000_000
"""Seconds beyond any time that this service meets: those of the year 2286."""


def queued_sk(enqueued_at: float, dispatched_at: float | None) -> float:
    """A queued job's place: by when its message was last sent.

    Jobs without a dispatch mark lie in a range of their own behind all others, from `UNSENT` on, by when they
    were queued: so they are found without reading the others.
    """
    return UNSENT + enqueued_at if dispatched_at is None else dispatched_at


def waiting_pk(tenant: str, fleet: str) -> str:
    """A tenant's queued jobs in a fleet in `by-waiting`, by the time they were queued."""
    return f"WAITING#{tenant}#{fleet}"


def rendering_pk(fleet: str) -> str:
    """All rendering jobs of a fleet in `by-state`, by the end of their lease."""
    return f"JOB#rendering#{fleet}"


def owing_pk(fleet: str) -> str:
    """All ended jobs of a fleet in `by-state` that owe a dead letter or a webhook, by when they ended.

    The text says less: it stays for the items of deployed tables that owe a dead letter.
    """
    return f"JOB#failed#{fleet}"


def workers_pk(fleet: str) -> str:
    """All workers of a fleet in `by-state`, by their last heartbeat, and its failed boots, by their time."""
    return f"WORKER#{fleet}"


def composition_object(tenant: str, job_id: str) -> str:
    """A job's composition in the inputs bucket."""
    return f"compositions/{tenant}/{job_id}.json"


def asset_object(tenant: str, asset_id: str) -> str:
    """A tenant's asset in the inputs bucket."""
    return f"assets/{tenant}/{asset_id}"


def output_folder(tenant: str, job_id: str, attempt: int) -> str:
    """One attempt's folder in the outputs bucket; no two share a name, so a late one overwrites nothing."""
    return f"outputs/{tenant}/{job_id}/{attempt}"
