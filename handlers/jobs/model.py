"""The domain's values: jobs, their events, workers. Times are epoch seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from handlers.jobs.outputs import DEFAULT_OPTIONS, OutputOptions
from handlers.jobs.reasons import FailureCode
from handlers.jobs.states import EventKind, JobState


class Priority(StrEnum):
    """Which of a fleet's two queues a job waits on: workers ask the one of `normal` jobs first."""

    NORMAL = "normal"
    BULK = "bulk"


@dataclass(frozen=True, kw_only=True)
class Output:
    """The finished video: duration in seconds, pixels, bytes."""

    duration: float
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why an attempt, or the whole job, failed."""

    code: FailureCode
    detail: str


@dataclass(frozen=True, kw_only=True)
class Job:
    """One render. `attempt` is the one that it waits for, is in, or ended with; the first is 1.

    `interruptions` counts attempts that do not count towards the limit: those that ended through no fault
    of the job, and all that were made before an operator queued it again (`forgiven` of them). `failure` is
    the latest one, so a queued job may have it too. `dead_letter_at` is when its dead letter was sent, and
    `announced_at` when its webhook was queued.
    `output_options` is what its submission wants of the video.
    `rendering_limit` is how many renders of its tenant its fleet may have in work, where an operator has set
    that.
    `composition_is_large` says that the bucket has its composition; without it the table may have it.
    `caller_traceparent` is the trace context that its submission came with, and `metadata` what its customer
    wants to find on it again. `batch` is the id of the batch that it was submitted with.
    `progress` (percent) and `stage` of an attempt are stored beside the job; only customers' reads have them.
    """

    id: str
    tenant: str
    fleet: str
    state: JobState
    attempt: int
    created_at: float
    updated_at: float
    expires_at: int
    composition_key: str
    trace_id: str
    event_count: int
    interruptions: int = 0
    forgiven: int = 0
    template: str | None = None
    batch: str | None = None
    priority: Priority = Priority.NORMAL
    caller_traceparent: str | None = None
    webhook_url: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
    output_options: OutputOptions = DEFAULT_OPTIONS
    rendering_limit: int | None = None
    composition_is_large: bool = False
    enqueued_at: float | None = None
    dispatched_at: float | None = None
    lease_owner: str | None = None
    lease_expires_at: float | None = None
    progress: int = 0
    stage: str | None = None
    output_key: str | None = None
    output: Output | None = None
    failure: Failure | None = None
    cancel_requested: bool = False
    started_at: float | None = None
    finished_at: float | None = None
    dead_letter_at: float | None = None
    announced_at: float | None = None

    @property
    def owes_dead_letter(self) -> bool:
        """It failed, another attempt might have helped, and its dead letter has not been sent yet."""
        return (
            self.state is JobState.FAILED
            and self.failure is not None
            and not self.failure.code.permanent
            and self.dead_letter_at is None
        )

    @property
    def owes_webhook(self) -> bool:
        """It has ended, it has a webhook, and the webhook has not been queued yet."""
        return self.state.terminal and self.webhook_url is not None and self.announced_at is None


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Jobs that were submitted together. `written` of its `items` jobs exist; `written_at` is since when.

    Fewer are written than it has items when the submission was interrupted; the same submission goes on.
    """

    id: str
    tenant: str
    items: int
    written: int
    written_at: float
    created_at: float
    expires_at: int
    templates: tuple[str, ...] = ()
    """The versions, such as `promo@3`, that names without a version stood for when it was begun."""

    @property
    def whole(self) -> bool:
        """Whether all of its jobs are written."""
        return self.written == self.items


@dataclass(frozen=True, kw_only=True)
class JobEvent:
    """One event of a job, with its actor and trace."""

    job_id: str
    number: int
    at: float
    actor: str
    kind: EventKind
    detail: str
    trace_id: str


@dataclass(frozen=True, kw_only=True)
class DeliveryAttempt:
    """One attempt to deliver a job's webhook; customers see `error`, why it failed.

    `webhook_id` is None for an attempt of a release that did not note it, `endpoint` for one to the job's own
    address, and `redelivery` for one that nobody asked for.
    """

    number: int
    at: float
    delivered: bool
    error: str | None
    webhook_id: str | None = None
    endpoint: str | None = None
    redelivery: str | None = None


class WorkerState(StrEnum):
    """The state of a worker: only an idle one can claim, and the scaler can drain only an idle one."""

    IDLE = "idle"
    BUSY = "busy"
    DRAINING = "draining"


@dataclass(frozen=True, kw_only=True)
class Worker:
    """One render agent on one instance. A draining one may still hold the job it had when the drain began.

    `agent_version` is the checksum of the bundle that it runs from, None where it runs from no bundle.
    """

    instance_id: str
    fleet: str
    state: WorkerState
    heartbeat_at: float
    registered_at: float
    idle_since: float | None = None
    busy_since: float | None = None
    job_id: str | None = None
    attempt: int | None = None
    agent_version: str | None = None


@dataclass(frozen=True, kw_only=True)
class BootFailure:
    """Why the bootstrap of an instance failed, in its own words."""

    instance_id: str
    fleet: str
    at: float
    words: str


@dataclass(frozen=True, kw_only=True)
class FleetWaits:
    """How long a fleet's renders have waited for a worker lately: half of them at most `p50` seconds.

    `renders` is how many these percentiles are of.
    """

    p50: float
    p90: float
    renders: int


@dataclass(frozen=True, kw_only=True)
class ScalerView:
    """The part of the scaler's last decision for a fleet that others may read.

    `boot_failure` is what the last failed bootstrap said, while none has succeeded since.
    """

    fleet: str
    desired: int
    reason_code: str
    reason: str
    taken_at: float
    boot_failure: str | None = None
    waits: FleetWaits | None = None
