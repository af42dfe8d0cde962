"""Domain values as items of the table and back, with the index keys that follow from them."""

from collections.abc import Mapping
from typing import assert_never

from handlers.jobs.model import (
    BootFailure,
    DeliveryAttempt,
    Failure,
    Job,
    JobEvent,
    Output,
    ScalerView,
    Worker,
    WorkerState,
)
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import EventKind, JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, Value
from handlers.jobs.store.keys import Entity


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
            "caller_traceparent": job.caller_traceparent,
            "webhook_url": job.webhook_url,
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
    """A job from the table, its indexes or its stream."""
    read = Reader(item)
    code = read.maybe_text("failure_code")
    return Job(
        id=read.text("id"),
        tenant=read.text("tenant"),
        fleet=read.text("fleet"),
        state=JobState(read.text("state")),
        attempt=int(read.number("attempt")),
        interruptions=int(read.maybe_number("interruptions") or 0),
        forgiven=int(read.maybe_number("forgiven") or 0),
        created_at=read.number("created_at"),
        updated_at=read.number("updated_at"),
        expires_at=int(read.number("expires_at")),
        composition_key=read.text("composition_key"),
        trace_id=read.text("trace_id"),
        event_count=int(read.number("event_count")),
        template=read.maybe_text("template"),
        caller_traceparent=read.maybe_text("caller_traceparent"),
        webhook_url=read.maybe_text("webhook_url"),
        enqueued_at=read.maybe_number("enqueued_at"),
        dispatched_at=read.maybe_number("dispatched_at"),
        lease_owner=read.maybe_text("lease_owner"),
        lease_expires_at=read.maybe_number("lease_expires_at"),
        output_key=read.maybe_text("output_key"),
        output=_output_from_map(item.get("output")),
        failure=Failure(code=FailureCode(code), detail=read.maybe_text("failure_detail") or "")
        if code
        else None,
        cancel_requested=item.get("cancel_requested") is True,
        started_at=read.maybe_number("started_at"),
        finished_at=read.maybe_number("finished_at"),
        dead_letter_at=read.maybe_number("dead_letter_at"),
        announced_at=read.maybe_number("announced_at"),
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
    """An event from the table."""
    read = Reader(item)
    return JobEvent(
        job_id=read.text("job_id"),
        number=int(read.number("number")),
        at=read.number("at"),
        actor=read.text("actor"),
        kind=EventKind(read.text("kind")),
        detail=read.text("detail"),
        trace_id=read.text("trace_id"),
    )


def delivery_from_item(item: Mapping[str, Value]) -> DeliveryAttempt:
    """An attempt to deliver a webhook, as the notifier recorded it."""
    read = Reader(item)
    return DeliveryAttempt(
        number=int(read.text("sk")),
        at=read.number("at"),
        delivered=read.text("status") == "delivered",
        error=read.maybe_text("error"),
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
    """A worker from the table."""
    read = Reader(item)
    attempt = read.maybe_number("attempt")
    return Worker(
        instance_id=read.text("instance_id"),
        fleet=read.text("fleet"),
        state=WorkerState(read.text("state")),
        heartbeat_at=read.number("heartbeat_at"),
        registered_at=read.number("registered_at"),
        idle_since=read.maybe_number("idle_since"),
        busy_since=read.maybe_number("busy_since"),
        job_id=read.maybe_text("job_id"),
        attempt=None if attempt is None else int(attempt),
        agent_version=read.maybe_text("agent_version"),
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
        instance_id=read.text("instance_id"),
        fleet=read.text("fleet"),
        at=read.number("at"),
        words=read.text("words"),
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
    )


class Reader:
    """Typed look-ups in an item; an error names the attribute."""

    def __init__(self, item: Mapping[str, Value]) -> None:
        self._item = item

    def text(self, name: str) -> str:
        """A string that must be there."""
        value = self._item.get(name)
        if not isinstance(value, str):
            raise self._unexpected(name, "a string")
        return value

    def maybe_text(self, name: str) -> str | None:
        """A string that may be absent."""
        return self.text(name) if name in self._item else None

    def number(self, name: str) -> float:
        """A number that must be there."""
        value = self._item.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._unexpected(name, "a number")
        return value

    def maybe_number(self, name: str) -> float | None:
        """A number that may be absent."""
        return self.number(name) if name in self._item else None

    def _unexpected(self, name: str, wanted: str) -> ValueError:
        found = type(self._item[name]).__name__ if name in self._item else "nothing"
        return ValueError(
            f"attribute {name!r} of item {self._item.get('pk')!r}: expected {wanted}, found {found}"
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


def _output_to_map(output: Output | None) -> Value | None:
    if output is None:
        return None
    return {
        "duration": output.duration,
        "width": output.width,
        "height": output.height,
        "bytes": output.bytes,
    }


def _output_from_map(value: Value | None) -> Output | None:
    if not isinstance(value, dict):
        return None
    read = Reader(value)
    return Output(
        duration=read.number("duration"),
        width=int(read.number("width")),
        height=int(read.number("height")),
        bytes=int(read.number("bytes")),
    )


def _present(attributes: Mapping[str, Value | None]) -> Item:
    return {name: value for name, value in attributes.items() if value is not None}
