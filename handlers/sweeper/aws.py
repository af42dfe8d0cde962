"""Implements the sweeper's ports with SQS and S3; the domain implements the others, such as `OverdueJobs`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from handlers.jobs.errors import TryAgainLater, calling
from handlers.jobs.messages import dead_letters, queue_depth, render_queue, webhooks
from handlers.jobs.messages.dead_letters import DeadLetters
from handlers.jobs.messages.queue_depth import read_depths
from handlers.jobs.messages.render_queue import Dispatcher, RenderMessage, url_for
from handlers.jobs.model import Job
from handlers.jobs.store import dispatch_marks, keys, overdue_jobs
from handlers.jobs.store.customers import asset_deletions, deletions
from handlers.jobs.store.customers.asset_deletions import AssetDeletion
from handlers.jobs.store.customers.deletions import Deletion
from handlers.jobs.store.dispatch_marks import DispatchMarks

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef
    from mypy_boto3_sqs import SQSClient

ACTIONS = (
    frozenset({"s3:DeleteObjectVersion", "s3:ListBucketVersions"})
    | dead_letters.ACTIONS
    | queue_depth.ACTIONS
    | render_queue.ACTIONS
    | webhooks.ACTIONS
    | dispatch_marks.ACTIONS
    | overdue_jobs.ACTIONS
    | deletions.ACTIONS
    | asset_deletions.ACTIONS
)
"""Every AWS action that the sweeper calls, here and through the domain's adapters."""


class FleetQueues:
    """The render queue of every fleet."""

    def __init__(self, client: "SQSClient", marks: DispatchMarks, urls: Mapping[str, str]) -> None:
        self._client, self._dispatcher = client, Dispatcher(client)
        self._marks, self._urls = marks, urls

    def send(self, job: Job) -> None:
        """Send the message for the job's current attempt."""
        message = RenderMessage(job_id=job.id, attempt=job.attempt)
        self._dispatcher.send(url_for(self._urls[job.fleet], job.priority), message, tenant=job.tenant)

    def mark(self, job: Job, *, now: float) -> None:
        """Mark that the message was sent."""
        self._marks.mark(job.id, attempt=job.attempt, now=now)

    def waiting(self, fleet: str) -> int:
        """How many messages wait for a worker, on both queues."""
        return read_depths(self._client, self._urls[fleet]).waiting


class BucketFiles:
    """The objects of jobs in the buckets, which keep the versions of what is removed or written over."""

    def __init__(self, client: "S3Client", *, inputs: str, outputs: str) -> None:
        self._client, self._inputs, self._outputs = client, inputs, outputs

    def erase(self, deletion: Deletion) -> bool:
        """Remove the job's objects, every version; False when more are left than one call removes."""
        composition = keys.composition_prefix(deletion.tenant, deletion.job_id)
        outputs = keys.outputs_prefix(deletion.tenant, deletion.job_id)
        return all([self._erase(self._inputs, composition), self._erase(self._outputs, outputs)])

    def erase_asset(self, deletion: AssetDeletion) -> bool:
        """Remove the asset's file, every version; False when more are left than one call removes."""
        return self._erase(self._inputs, keys.asset_object(deletion.tenant, deletion.asset_id))

    def _erase(self, bucket: str, prefix: str) -> bool:
        with calling("erase objects"):
            found = self._client.list_object_versions(Bucket=bucket, Prefix=prefix)
            versions = [*found.get("Versions", []), *found.get("DeleteMarkers", [])]
            objects: list[ObjectIdentifierTypeDef] = [
                {"Key": one["Key"], "VersionId": one["VersionId"]} for one in versions
            ]
            if not objects:
                return True
            answer = self._client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        if refused := answer.get("Errors"):
            raise TryAgainLater(f"erase objects: {len(refused)} refused, the first: {refused[0].get('Code')}")
        return not found["IsTruncated"]


class FleetDeadLetters:
    """The dead-letter queue of every fleet."""

    def __init__(self, letters: DeadLetters, urls: Mapping[str, str]) -> None:
        self._letters, self._urls = letters, urls

    def leave(self, job: Job, *, now: float) -> None:
        """Send the failed job's dead letter, with its reason."""
        self._letters.leave(self._urls[job.fleet], job, now=now)
