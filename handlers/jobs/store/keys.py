"""Keys of the table and of its indexes, and object names in the buckets."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from handlers.jobs.outputs import VideoFormat

BY_TENANT: Final = "by-tenant"
BY_STATE: Final = "by-state"
BY_WAITING: Final = "by-waiting"


class Entity:
    """The values of every item's `entity`."""

    JOB: Final = "JOB"
    EVENT: Final = "EVENT"
    PROGRESS: Final = "PROGRESS"
    COMPOSITION: Final = "COMPOSITION"
    IDEMPOTENCY: Final = "IDEM"
    WORKER: Final = "WORKER"
    BOOT_FAILURE: Final = "BOOT"
    SCALER: Final = "SCALER"
    API_KEY: Final = "KEY"
    DELIVERY: Final = "DELIVERY"
    DELIVERY_REQUEST: Final = "REQUEST"
    WEBHOOK: Final = "WEBHOOK"
    WEBHOOK_ENDPOINTS: Final = "ENDPOINTS"
    DELETION: Final = "DELETION"
    TEMPLATE: Final = "TEMPLATE"
    TEMPLATE_VERSION: Final = "TEMPLATE_VERSION"
    ASSET_DELETION: Final = "ASSET-DELETION"
    TENANT: Final = "TENANT"
    USAGE: Final = "USAGE"
    COUNTED: Final = "COUNTED"
    BATCH: Final = "BATCH"


@dataclass(frozen=True)
class Key:
    """The primary key of one item."""

    pk: str
    sk: str


def job(job_id: str) -> Key:
    """The job itself."""
    return Key(f"JOB#{job_id}", "JOB")


def event(job_id: str, number: int) -> Key:
    """The n-th event of a job."""
    return Key(f"JOB#{job_id}", f"{EVENT_PREFIX}{number:06d}")


EVENT_PREFIX: Final = "EVENT#"


def progress(job_id: str) -> Key:
    """The progress of a job's current attempt."""
    return Key(f"JOB#{job_id}", "PROGRESS")


def composition(job_id: str) -> Key:
    """A job's small composition; no instance may write this partition."""
    return Key(f"COMPOSITION#{job_id}", "COMPOSITION")


def idempotency(tenant: str, key: str) -> Key:
    """The record of a tenant's idempotency key."""
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


def tenant_limits(tenant: str) -> Key:
    """The limits of a tenant; no role of a handler may write this partition."""
    return Key(f"TENANT#{tenant}", "LIMITS")


def delivery(job_id: str, attempt: int) -> Key:
    """One attempt to deliver a job's webhook."""
    return Key(f"DELIVERY#{job_id}", f"{attempt:06d}")


def delivery_summary(job_id: str, endpoint: str | None, redelivery: str | None) -> Key:
    """The summary of one delivery: of a job's webhook, to one of its tenant's endpoints, or once more.

    The attempts of all deliveries of a job stand in its own partition.
    """
    return delivery("#".join(filter(None, (job_id, endpoint, redelivery))), 0)


def delivery_request(about: str, place: str) -> Key:
    """A customer's request for a delivery, by job or endpoint; no instance may write this partition."""
    return Key(f"REQUEST#{about}", place)


def webhook_endpoints(tenant: str) -> Key:
    """All webhook endpoints of a tenant; no instance may write this partition."""
    return Key(f"ENDPOINTS#{tenant}", "ENDPOINTS")


def webhook(job_id: str) -> Key:
    """The address of a job's webhook as it was submitted; no instance may write this partition."""
    return Key(f"WEBHOOK#{job_id}", "ADDRESS")


def webhook_addresses_begin() -> Key:
    """The moment from which on every submission has stored its webhook's address."""
    return Key("WEBHOOK#BEGIN", "BEGIN")


def deletion(job_id: str) -> Key:
    """The record that a job was deleted; no instance may write this partition."""
    return Key(f"DELETION#{job_id}", "DELETION")


def template(tenant: str, name: str) -> Key:
    """A tenant's template: which version is the newest."""
    return Key(f"TEMPLATE#{tenant}#{name}", "NEWEST")


def template_version(tenant: str, name: str, version: int) -> Key:
    """A version of a tenant's template, which never changes."""
    return Key(template(tenant, name).pk, f"{TEMPLATE_VERSIONS}{version:06d}")


TEMPLATE_VERSIONS: Final = "VERSION#"


def templates_pk(tenant: str) -> str:
    """A tenant's templates in `by-tenant`, by name."""
    return f"TEMPLATES#{tenant}"


def asset_deletion(tenant: str, asset_id: str) -> Key:
    """The record that a tenant has deleted an asset; no instance may write this partition."""
    return Key(f"ASSET-DELETION#{tenant}#{asset_id}", "ASSET-DELETION")


def usage_day(tenant: str, day: date) -> Key:
    """What a tenant's renders that ended on a day have used; no instance may write this partition."""
    return Key(f"USAGE#{tenant}", day.isoformat())


def counted(job_id: str) -> Key:
    """The mark that a job is counted in the usage of its tenant; no instance may write this partition."""
    return Key(f"COUNTED#{job_id}", "COUNTED")


def batch(batch_id: str) -> Key:
    """A batch, and how many of its jobs are written; no instance may write this partition."""
    return Key(f"BATCH#{batch_id}", "BATCH")


def tenant_pk(tenant: str) -> str:
    """All jobs of a tenant in `by-tenant`."""
    return f"TENANT#{tenant}"


def tenant_sk(created_at: float, name: str) -> str:
    """The position of a job or a key in its tenant's list: by time, then by id."""
    return f"{tenant_moment(created_at)}#{name}"


LAST_MOMENT: Final = 9_999_999_999.999
"""Epoch seconds: the last time, in the year 2286, that has its place in a tenant's list."""


def tenant_moment(at: float) -> str:
    """The place in a tenant's list before all jobs that were created at a time."""
    return f"{min(max(at, 0.0), LAST_MOMENT):014.3f}"


def api_keys_pk(tenant: str) -> str:
    """All API keys of a tenant in `by-tenant`; no role of a handler may query this partition."""
    return f"KEYS#{tenant}"


def tenants_pk() -> str:
    """All tenants that have limits, in `by-tenant`; no role of a handler may query this partition."""
    return "TENANTS"


def queued_pk(fleet: str) -> str:
    """All queued jobs of a fleet in `by-state`, in the order of `queued_sk`."""
    return f"JOB#queued#{fleet}"


UNSENT: Final = 10_000_000_000
"""Seconds beyond any time that this service handles: in the year 2286."""


def queued_sk(enqueued_at: float, dispatched_at: float | None) -> float:
    """A queued job's position: by when its message was last sent.

    Jobs without a dispatch mark have a range of their own after all others, from `UNSENT` on, by when they
    were queued, so they are found without reading the others.
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

    The key says only `failed`, because items of deployed tables have it.
    """
    return f"JOB#failed#{fleet}"


def deletions_pk() -> str:
    """All deletions in `by-state` whose content is not erased yet, by their time."""
    return "DELETIONS"


def asset_deletions_pk() -> str:
    """All deleted assets in `by-state` whose file is to be erased, by when that is due."""
    return "ASSET-DELETIONS"


def workers_pk(fleet: str) -> str:
    """A fleet's workers in `by-state`, in the order of `worker_sk`, and its failed boots, by their time."""
    return f"WORKER#{fleet}"


WORKER_KEY_SECONDS: Final = 600


def worker_sk(heartbeat_at: float) -> float:
    """A worker's place: its last heartbeat, rounded down to `WORKER_KEY_SECONDS`.

    A key that moves is written twice to the index, and a heartbeat comes every few seconds. Nobody asks the
    index for more than who has spoken within the last hour.
    """
    return heartbeat_at - heartbeat_at % WORKER_KEY_SECONDS


def composition_object(tenant: str, job_id: str) -> str:
    """A job's large composition in the inputs bucket."""
    return f"compositions/{tenant}/{job_id}.json"


def composition_prefix(tenant: str, job_id: str) -> str:
    """How the names of a job's objects in the inputs bucket begin."""
    return f"compositions/{tenant}/{job_id}."


def asset_object(tenant: str, asset_id: str) -> str:
    """A tenant's asset in the inputs bucket."""
    return f"assets/{tenant}/{asset_id}"


def outputs_prefix(tenant: str, job_id: str) -> str:
    """How the names of all objects of a job in the outputs bucket begin, of every attempt."""
    return f"outputs/{tenant}/{job_id}/"


def output_folder(tenant: str, job_id: str, attempt: int) -> str:
    """One attempt's folder in the outputs bucket; a folder per attempt, so a late one overwrites nothing."""
    return f"outputs/{tenant}/{job_id}/{attempt}"


def video_object(tenant: str, job_id: str, attempt: int, kind: VideoFormat = VideoFormat.MP4) -> str:
    """The video of one attempt in the outputs bucket."""
    return f"{output_folder(tenant, job_id, attempt)}/video.{kind.value}"


def poster_object(video: str) -> str:
    """The picture of a video, in the folder of the same attempt."""
    return f"{video.rpartition('/')[0]}/poster.jpg"
