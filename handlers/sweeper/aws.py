"""Implements the sweeper's ports with SQS; its other ports are the domain's `OverdueJobs` and `Webhooks`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from handlers.jobs.messages import dead_letters, queue_depth, render_queue, webhooks
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.messages.queue_depth import read_depth
from handlers.jobs.messages.render_queue import Dispatcher, RenderMessage
from handlers.jobs.model import Job
from handlers.jobs.store import dispatch_marks, overdue_jobs
from handlers.jobs.store.dispatch_marks import DispatchMarks

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ACTIONS = (
    dead_letters.ACTIONS
    | queue_depth.ACTIONS
    | render_queue.ACTIONS
    | webhooks.ACTIONS
    | dispatch_marks.ACTIONS
    | overdue_jobs.ACTIONS
)
"""Every AWS action that the sweeper calls, all through the domain's adapters."""


class FleetQueues:
    """The render queue of every fleet."""

    def __init__(self, client: "SQSClient", marks: DispatchMarks, urls: Mapping[str, str]) -> None:
        self._client, self._dispatcher = client, Dispatcher(client)
        self._marks, self._urls = marks, urls

    def send(self, job: Job) -> None:
        """Send the message for the job's current attempt."""
        message = RenderMessage(job_id=job.id, attempt=job.attempt)
        self._dispatcher.send(self._urls[job.fleet], message, tenant=job.tenant)

    def mark(self, job: Job, *, now: float) -> None:
        """Mark that the message was sent."""
        self._marks.mark(job.id, attempt=job.attempt, now=now)

    def waiting(self, fleet: str) -> int:
        """How many messages wait for a worker."""
        return read_depth(self._client, self._urls[fleet]).waiting


class FleetDeadLetters:
    """The dead-letter queue of every fleet."""

    def __init__(self, letters: DeadLetters, urls: Mapping[str, str]) -> None:
        self._letters, self._urls = letters, urls

    def leave(self, job: Job, *, now: float) -> None:
        """Send the failed job's dead letter, with its reason."""
        self._letters.leave(self._urls[job.fleet], job, now=now)
