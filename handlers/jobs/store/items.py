"""Domain values as items of the table and back, with the index keys that follow from them."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar, assert_never

from handlers.jobs.foreign.foreign_text import printable
from handlers.jobs.ids import BATCH_ID, DELIVERY_ID, ENDPOINT_ID, JOB_ID, TENANT, batch_prefix
from handlers.jobs.model import (
    BootFailure,
    DeliveryAttempt,
    Failure,
    FleetWaits,
    Job,
    JobEvent,
    Output,
    Priority,
    ScalerView,
    Worker,
    WorkerState,
)
from handlers.jobs.outgoing.webhook_urls import WebhookTargets, complaint
from handlers.jobs.outputs import DEFAULT_OPTIONS, OutputOptions, Quality, VideoFormat
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import EventKind, JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, Value
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import LAST_TIME, Reader

LONGEST_DETAIL = 1000
"""Characters of a failure's detail or an event's that are shown; an engine's own may have 500."""
LONGEST_METADATA = 256
LONGEST_MARK = 16
"""Characters of one value of a job's metadata."""
LARGEST_SIDE, LONGEST_SECONDS = 65_536, 86_400
"""Pixels and seconds of a video, as the engine protocol bounds them."""
_WORD = re.compile(r"[ -~]{1,128}")
_FLEET = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_ATTEMPT_OF_KEY = re.compile(r"outputs/[^/]+/[^/]+/([1-9][0-9]{0,8})/[^/]+")
_Choice = TypeVar("_Choice", bound=StrEnum)


def job_to_item(job: Job) -> Item:
    """A job; the sparse indexes hold jobs that still need some action."""
    key = keys.job(job.id)
    return _present(
        {
            "pk": key.pk,
            "sk": key.sk,
            "entity": Entity.JOB,
            "tenant_pk": keys.tenant_pk(job.tenant),
            "tenant_sk": keys.tenant_sk(job.created_at, job.id),
            **_job_index(job),
            "id": job.id,
            "tenant": job.tenant,
            "fleet": job.fleet,
            "state": job.state.value,
            "attempt": job.attempt,
            "interruptions": job.interruptions,
            "forgiven": job.forgiven or None,
            "created_at": job.created_at,
            "updated_at": job.updated_at,
            "expires_at": job.expires_at,
            "composition_key": job.composition_key,
            "trace_id": job.trace_id,
            "event_count": job.event_count,
            "template": job.template,
            "batch": job.batch,
            # Absent means normal, as in the items of earlier releases.
            "priority": None if job.priority is Priority.NORMAL else job.priority.value,
            "caller_traceparent": job.caller_traceparent,
            "webhook_url": job.webhook_url,
            "metadata": dict(job.metadata) or None,
            "output_options": _options_to_map(job.output_options) or None,
            "rendering_limit": job.rendering_limit,
            "composition_is_large": job.composition_is_large or None,
            "enqueued_at": job.enqueued_at,
            "dispatched_at": job.dispatched_at,
            "lease_owner": job.lease_owner,
            "lease_expires_at": job.lease_expires_at,
            "output_key": job.output_key,
            "output": _output_to_map(job.output),
            "failure_code": job.failure.code.value if job.failure else None,
            "failure_detail": job.failure.detail if job.failure else None,
            "cancel_requested": job.cancel_requested or None,
            "started_at": job.started_at,
            "finished_at": job.finished_at,
            "dead_letter_at": job.dead_letter_at,
            "announced_at": job.announced_at,
        }
    )


def job_from_item(item: Mapping[str, Value]) -> Job:
    """A job from the table, its indexes or its stream.

    Raises:
        UnreadableItemError: an attribute is missing, of another type, out of range or another job's.
    """
    read = Reader(item)
    job_id, tenant = read.matching("id", JOB_ID), read.matching("tenant", TENANT)
    if item.get("pk", keys.job(job_id).pk) != keys.job(job_id).pk:
        raise read.refusal("id", "the id in the item's key")
    place = keys.tenant_sk(read.time("created_at"), job_id)
    if item.get("tenant_sk", place) != place:
        raise read.refusal("tenant_sk", place)
    code = _choice(read, "failure_code", FailureCode) if "failure_code" in item else None
    attempt = read.whole("attempt", least=1)
    options = _options_from_map(read, item.get("output_options"))
    return Job(
        id=job_id,
        tenant=tenant,
        fleet=read.matching("fleet", _FLEET),
        state=_choice(read, "state", JobState),
        attempt=attempt,
        interruptions=read.count("interruptions"),
        forgiven=read.count("forgiven"),
        created_at=read.time("created_at"),
        updated_at=read.time("updated_at"),
        expires_at=read.whole("expires_at", most=LAST_TIME),
        composition_key=_expected(read, "composition_key", keys.composition_object(tenant, job_id)),
        trace_id=read.matching("trace_id", _WORD),
        event_count=read.whole("event_count"),
        template=read.matching("template", _WORD) if "template" in item else None,
        batch=_batch(read, job_id) if "batch" in item else None,
        priority=_choice(read, "priority", Priority) if "priority" in item else Priority.NORMAL,
        caller_traceparent=read.matching("caller_traceparent", _WORD)
        if "caller_traceparent" in item
        else None,
        webhook_url=_webhook_url(read) if "webhook_url" in item else None,
        metadata=_metadata(read, item.get("metadata")),
        output_options=options,
        composition_is_large=item.get("composition_is_large") is True,
        rendering_limit=read.maybe_whole("rendering_limit", least=1),
        enqueued_at=read.maybe_time("enqueued_at"),
        dispatched_at=read.maybe_time("dispatched_at"),
        lease_owner=read.matching("lease_owner", _WORD) if "lease_owner" in item else None,
        lease_expires_at=read.maybe_time("lease_expires_at"),
        output_key=_output_key(read, tenant, job_id, attempt, options.format)
        if "output_key" in item
        else None,
        output=_output_from_map(read, item.get("output")),
        failure=Failure(code=code, detail=printable(item.get("failure_detail"), LONGEST_DETAIL))
        if code
        else None,
        cancel_requested=item.get("cancel_requested") is True,
        started_at=read.maybe_time("started_at"),
        finished_at=read.maybe_time("finished_at"),
        dead_letter_at=read.maybe_time("dead_letter_at"),
        announced_at=read.maybe_time("announced_at"),
    )


def event_to_item(event: JobEvent, expires_at: int) -> Item:
    """An event; it expires with its job."""
    key = keys.event(event.job_id, event.number)
    return {
        "pk": key.pk,
        "sk": key.sk,
        "entity": Entity.EVENT,
        "job_id": event.job_id,
        "number": event.number,
        "at": event.at,
        "actor": event.actor,
        "kind": event.kind.value,
        "detail": event.detail,
        "trace_id": event.trace_id,
        "expires_at": expires_at,
    }


def event_from_item(item: Mapping[str, Value]) -> JobEvent:
    """An event from the table.

    Raises:
        UnreadableItemError: an attribute is missing or not what it must be.
    """
    read = Reader(item)
    return JobEvent(
        job_id=read.matching("job_id", JOB_ID),
        number=read.whole("number"),
        at=read.time("at"),
        actor=printable(read.text("actor"), LONGEST_DETAIL),
        kind=_choice(read, "kind", EventKind),
        detail=printable(read.text("detail"), LONGEST_DETAIL),
        trace_id=read.matching("trace_id", _WORD),
    )


def delivery_from_item(item: Mapping[str, Value]) -> DeliveryAttempt:
    """An attempt to deliver a webhook, as the notifier recorded it."""
    read = Reader(item)
    return DeliveryAttempt(
        number=int(read.matching("sk", re.compile(r"[0-9]{1,6}"))),
        at=read.time("at"),
        delivered=read.text("status") == "delivered",
        error=read.maybe_text("error"),
        webhook_id=read.maybe_text("webhook_id"),
        endpoint=read.matching("endpoint", ENDPOINT_ID) if "endpoint" in item else None,
        redelivery=read.matching("redelivery", DELIVERY_ID) if "redelivery" in item else None,
    )


def worker_to_item(worker: Worker, expires_at: int) -> Item:
    """A worker; its record expires after a long silence."""
    key = keys.worker(worker.instance_id)
    return _present(
        {
            "pk": key.pk,
            "sk": key.sk,
            "entity": Entity.WORKER,
            "state_pk": keys.workers_pk(worker.fleet),
            "state_sk": keys.worker_sk(worker.heartbeat_at),
            "instance_id": worker.instance_id,
            "fleet": worker.fleet,
            "state": worker.state.value,
            "heartbeat_at": worker.heartbeat_at,
            "registered_at": worker.registered_at,
            "idle_since": worker.idle_since,
            "busy_since": worker.busy_since,
            "job_id": worker.job_id,
            "attempt": worker.attempt,
            "agent_version": worker.agent_version,
            "expires_at": expires_at,
        }
    )


def worker_from_item(item: Mapping[str, Value]) -> Worker:
    """A worker from the table.

    Raises:
        UnreadableItemError: an attribute is missing or not what it must be.
    """
    read = Reader(item)
    instance_id = read.matching("instance_id", _WORD)
    if item.get("pk", keys.worker(instance_id).pk) != keys.worker(instance_id).pk:
        raise read.refusal("instance_id", "the instance in the item's key")
    return Worker(
        instance_id=instance_id,
        fleet=read.matching("fleet", _FLEET),
        state=_choice(read, "state", WorkerState),
        heartbeat_at=read.time("heartbeat_at"),
        registered_at=read.time("registered_at"),
        idle_since=read.maybe_time("idle_since"),
        busy_since=read.maybe_time("busy_since"),
        job_id=read.matching("job_id", _WORD) if "job_id" in item else None,
        attempt=read.whole("attempt", least=1) if "attempt" in item else None,
        agent_version=read.matching("agent_version", _WORD) if "agent_version" in item else None,
    )


def boot_failure_to_item(failure: BootFailure, expires_at: int) -> Item:
    """A failed boot; it lies among the workers of its fleet, so that who reads them finds it."""
    key = keys.boot_failure(failure.instance_id)
    return {
        "pk": key.pk,
        "sk": key.sk,
        "entity": Entity.BOOT_FAILURE,
        "state_pk": keys.workers_pk(failure.fleet),
        "state_sk": failure.at,
        "instance_id": failure.instance_id,
        "fleet": failure.fleet,
        "at": failure.at,
        "words": failure.words,
        "expires_at": expires_at,
    }


def boot_failure_from_item(item: Mapping[str, Value]) -> BootFailure:
    """A failed boot as the table has it."""
    read = Reader(item)
    return BootFailure(
        instance_id=read.matching("instance_id", _WORD),
        fleet=read.matching("fleet", _FLEET),
        at=read.time("at"),
        words=printable(read.text("words"), LONGEST_DETAIL),
    )


def scaler_view_from_item(fleet: str, item: Mapping[str, Value]) -> ScalerView | None:
    """The last decision in the scaler's record; None before the first one."""
    if "reason_code" not in item:
        return None
    read = Reader(item)
    return ScalerView(
        fleet=fleet,
        desired=int(read.number("desired")),
        reason_code=read.text("reason_code"),
        reason=read.text("reason"),
        taken_at=read.number("taken_at"),
        boot_failure=read.maybe_text("boot_failure"),
        waits=_waits(read) if "wait_p50" in item else None,
    )


def _waits(read: Reader) -> FleetWaits:
    return FleetWaits(
        p50=read.number("wait_p50", 0), p90=read.number("wait_p90", 0), renders=read.whole("waits_counted")
    )


def _job_index(job: Job) -> dict[str, Value | None]:
    match job.state:
        case JobState.QUEUED:
            return {
                "state_pk": keys.queued_pk(job.fleet),
                "state_sk": keys.queued_sk(job.enqueued_at or job.created_at, job.dispatched_at),
                "waiting_pk": keys.waiting_pk(job.tenant, job.fleet),
            }
        case JobState.RENDERING:
            return {"state_pk": keys.rendering_pk(job.fleet), "state_sk": job.lease_expires_at}
        case JobState.SUCCEEDED | JobState.FAILED | JobState.CANCELLED:
            if job.owes_dead_letter or job.owes_webhook:
                return {"state_pk": keys.owing_pk(job.fleet), "state_sk": job.finished_at}
            return {}
        case _:
            assert_never(job.state)


def _batch(read: Reader, job_id: str) -> str:
    batch_id = read.matching("batch", BATCH_ID)
    if not job_id.startswith(batch_prefix(batch_id)):
        raise read.refusal("batch", "the batch that the job's id begins with")
    return batch_id


def _metadata(of: Reader, value: Value | None) -> dict[str, str]:
    given = {} if value is None else value
    if not isinstance(given, dict):
        raise of.refusal("metadata", "a map")
    read = Reader(given)
    return {name: read.text(name, LONGEST_METADATA) for name in given}


def _options_to_map(options: OutputOptions) -> dict[str, Value]:
    """Those that differ from what an older agent does anyway."""
    given: dict[str, Value | None] = {
        "format": None if options.format is VideoFormat.MP4 else options.format.value,
        "quality": options.quality and options.quality.value,
        "poster_at_s": options.poster_at_s,
        "mark": options.mark,
    }
    return {name: value for name, value in given.items() if value is not None}


def _options_from_map(of: Reader, value: Value | None) -> OutputOptions:
    if value is None:
        return DEFAULT_OPTIONS
    if not isinstance(value, dict):
        raise of.refusal("output_options", "a map")
    read = Reader(value)
    return OutputOptions(
        format=_choice(read, "format", VideoFormat) if "format" in value else VideoFormat.MP4,
        quality=_choice(read, "quality", Quality) if "quality" in value else None,
        poster_at_s=read.number("poster_at_s", 0, LONGEST_SECONDS) if "poster_at_s" in value else None,
        mark=read.maybe_text("mark", LONGEST_MARK),
    )


def _output_to_map(output: Output | None) -> Value | None:
    if output is None:
        return None
    return {
        "duration": output.duration,
        "width": output.width,
        "height": output.height,
        "bytes": output.bytes,
    }


def _output_from_map(of: Reader, value: Value | None) -> Output | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise of.refusal("output", "a map")
    read = Reader(value)
    return Output(
        duration=read.number("duration", 0, LONGEST_SECONDS),
        width=read.whole("width", most=LARGEST_SIDE),
        height=read.whole("height", most=LARGEST_SIDE),
        bytes=read.whole("bytes", most=10**15),
    )


def _choice(read: Reader, name: str, kind: type[_Choice]) -> _Choice:
    value = read.text(name)
    try:
        return kind(value)
    except ValueError as error:
        raise read.refusal(name, f"one of {', '.join(kind)}") from error


def _expected(read: Reader, name: str, wanted: str) -> str:
    if read.text(name) != wanted:
        raise read.refusal(name, wanted)
    return wanted


def _output_key(read: Reader, tenant: str, job_id: str, attempt: int, kind: VideoFormat) -> str:
    """The video of one of the job's own attempts: whoever reads it signs links to it."""
    number = _ATTEMPT_OF_KEY.fullmatch(read.text("output_key"))
    if number and int(number[1]) <= attempt:
        return _expected(read, "output_key", keys.video_object(tenant, job_id, int(number[1]), kind))
    raise read.refusal("output_key", f"the video of an attempt from 1 to {attempt} of the job itself")


def _webhook_url(read: Reader) -> str:
    url = read.text("webhook_url")
    if problem := complaint(url, WebhookTargets.ANY):
        raise read.refusal("webhook_url", f"an address; it {problem}")
    return url


def _present(attributes: Mapping[str, Value | None]) -> Item:
    return {name: value for name, value in attributes.items() if value is not None}
