"""Reads everything about one render, source by source; what cannot be read becomes a fact of its own."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import botocore.exceptions

from cli.exits import CommandError, Exit
from cli.stack_place import StackPlace
from cli.stack_session import expecting_table
from cli.trace.calls import Calls, NoCallsLeftError
from cli.trace.facts import AssociationStatus, Facts, Launch, Line, ScalerDecision, Stored, Unread
from cli.trace.logs import MOST_LINES, LateQueryError, Logs, Span
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import JOB_ID
from handlers.jobs.model import DeliveryAttempt, Job, JobEvent
from handlers.jobs.states import EventKind
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.store.table import Table
from handlers.scaler.ports import Taken
from handlers.scaler.state_store import TableStateStore

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import ActivityTypeDef

Found = TypeVar("Found")

MARGIN_S = 60
"""Around a render: clocks differ, and lines are written after the fact."""
MOST_INSTANCES = 2
"""Whose associations are looked at: the last ones that had the render."""
BOOTSTRAP_OUTPUT = "systems-manager/bootstrap"
_LAST_BYTES = 2000
_TROUBLE = (
    botocore.exceptions.BotoCoreError,
    botocore.exceptions.ClientError,
    TryAgainLater,
    LateQueryError,
    NoCallsLeftError,
)


class NoSuchRenderError(CommandError):
    """The table has no render of this id."""

    code = Exit.USAGE


@dataclass
class Reading:
    """One reading of one stack."""

    place: StackPlace
    calls: Calls
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    describe: Callable[[Exception], str] = str
    """What a source's problem is called in what could not be read."""
    unread: list[Unread] = field(default_factory=list)

    def of(self, job_id: str) -> Facts:
        """Everything about a render.

        Raises:
            NoSuchRenderError: There is none.
        """
        job, events = self._record(job_id)
        instances = _instances(events)
        deliveries = self._deliveries(job)
        span = self._span(job, deliveries)
        return Facts(
            job=job,
            events=tuple(events),
            deliveries=tuple(deliveries),
            decisions=tuple(self._decisions(job, _waits(job, events, self.now()), span)),
            lines=tuple(self._lines(job, instances, span)),
            launches=tuple(self._launches(job, instances, span)),
            associations=tuple(self._associations(instances)),
            stored=tuple(self._stored(job, instances)),
            unread=tuple(self.unread),
            read_at=self.now(),
            calls=tuple(self.calls.made),
        )

    def _span(self, job: Job, deliveries: Sequence[DeliveryAttempt]) -> Span:
        """From the request to the last try of the webhook, or to now."""
        ended = self.now() if job.finished_at is None else job.finished_at
        last = max([ended, *(one.at for one in deliveries)])
        return Span(began=job.created_at - MARGIN_S, ended=last + MARGIN_S)

    def _record(self, job_id: str) -> tuple[Job, list[JobEvent]]:
        if not JOB_ID.fullmatch(job_id):
            raise NoSuchRenderError(
                f"{job_id!r} is no id of a render; `clipit list` shows ids, such as r_01hf7yat00z3ghv..."
            )
        jobs = self._jobs("an event (table)")
        with expecting_table(self.place):
            job = jobs.get(job_id)
        if job is None:
            raise NoSuchRenderError(
                f"the table {self.place.store.table} has no render {job_id}; it is another stack's, or older "
                "than the retention"
            )
        return job, jobs.events(job_id)

    def _deliveries(self, job: Job) -> list[DeliveryAttempt]:
        if job.webhook_url is None:
            return []

        jobs = self._jobs("a webhook delivery (table)")
        return self._tried("webhook deliveries (table)", lambda: jobs.deliveries(job.id))

    def _jobs(self, what: str) -> CustomerJobs:
        """The table's jobs; of what lies beside them, an item that cannot be read becomes a fact."""

        def note(error: UnreadableItemError) -> None:
            self.unread.append(Unread(what=what, why=str(error)))

        return CustomerJobs(Table(self.calls.dynamodb(), self.place.store.table), note)

    def _decisions(self, job: Job, waits: Sequence[Span], span: Span) -> list[ScalerDecision]:
        """From the scaler's log, else from the table, which keeps only the last few."""

        def logged() -> list[ScalerDecision]:
            group = self.place.function_logs(job.fleet, "scaler")
            return Logs(client=self.calls.logs(), sleep=self.sleep).of_scaler(group, span)

        def recent() -> list[ScalerDecision]:
            table = Table(self.calls.dynamodb(), self.place.store.table)
            return [_decision(taken) for taken in reversed(TableStateStore(table, job.fleet).read().recent)]

        found = self._tried("scaler decisions (log)", logged) or self._tried(
            "scaler decisions (table)", recent
        )
        return [one for one in found if any(wait.began <= one.at <= wait.ended for wait in waits)]

    def _lines(self, job: Job, instances: Sequence[str], span: Span) -> list[Line]:
        groups = [
            self.place.server_logs,
            self.place.fleet(job.fleet).log_group,
            self.place.function_logs("notifier"),
            self.place.function_logs("sweeper"),
        ]
        found = self._tried(
            "logs of job server, agents, notifier and sweeper",
            lambda: Logs(client=self.calls.logs(), sleep=self.sleep).of_job(job.id, groups, span),
        )
        if len(found) >= MOST_LINES:
            self.unread.append(Unread(what="later log lines", why=f"there are more than {MOST_LINES}"))
        return [line for line in found if line.text("job") == job.id or line.text("instance") in instances]

    def _launches(self, job: Job, instances: Sequence[str], span: Span) -> list[Launch]:
        """The launches and ends of these instances, and what failed to launch meanwhile."""

        def read() -> list[Launch]:
            answer = self.calls.autoscaling().describe_scaling_activities(
                AutoScalingGroupName=self.place.fleet(job.fleet).group, MaxRecords=100
            )
            return [_launch(activity, instances) for activity in answer["Activities"]]

        found = [
            one
            for one in self._tried("scaling activities", read)
            if one.instance or (one.status == "Failed" and span.began <= one.began <= span.ended)
        ]
        return sorted(found, key=lambda one: one.began)

    def _associations(self, instances: Sequence[str]) -> list[AssociationStatus]:
        """Systems Manager forgets them with the instance; the output in the logs bucket stays."""

        def read(instance: str) -> list[AssociationStatus]:
            answer = self.calls.ssm().describe_instance_associations_status(InstanceId=instance)
            return [
                AssociationStatus(
                    instance=instance,
                    name=one.get("AssociationName") or one.get("Name", ""),
                    at=one["ExecutionDate"].timestamp(),
                    status=one.get("Status", ""),
                    summary=one.get("ExecutionSummary", ""),
                )
                for one in answer["InstanceAssociationStatusInfos"]
                if "ExecutionDate" in one
            ]

        return [
            status
            for instance in instances[-MOST_INSTANCES:]
            for status in self._tried(f"associations of {instance}", partial(read, instance))
        ]

    def _stored(self, job: Job, instances: Sequence[str]) -> list[Stored]:
        folder = f"outputs/{job.tenant}/{job.id}/"
        found = self._tried(
            "stored outputs",
            lambda: self._objects(self.place.store.outputs, folder, "output", words_of="engine.log"),
        )
        for instance in instances[-MOST_INSTANCES:]:
            prefix = f"{BOOTSTRAP_OUTPUT}/{instance}/"
            read = partial(self._objects, self.place.store.logs, prefix, "bootstrap", words_of="stderr")
            found += self._tried(f"output of the bootstrap of {instance}", read)
        return found

    def _objects(self, bucket: str, prefix: str, what: str, *, words_of: str) -> list[Stored]:
        """The objects below a prefix; of the newest one of this name also what it ends with."""
        client = self.calls.s3()
        listed = client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=200).get("Contents", [])
        worded = [one for one in listed if one["Key"].endswith(words_of) and one["Size"]]
        newest = max(worded, key=lambda one: one["LastModified"])["Key"] if worded else None
        words = None
        if newest is not None:
            answer = client.get_object(Bucket=bucket, Key=newest, Range=f"bytes=-{_LAST_BYTES}")
            words = answer["Body"].read().decode(errors="replace").strip()
        return [
            Stored(
                at=one["LastModified"].timestamp(),
                what=what,
                key=one["Key"],
                size=one["Size"],
                words=words if one["Key"] == newest else None,
            )
            for one in listed
        ]

    def _tried(self, what: str, read: Callable[[], list[Found]]) -> list[Found]:
        """What a source says; its trouble becomes a fact and hides no other source."""
        try:
            return read()
        except _TROUBLE as problem:
            self.unread.append(Unread(what=what, why=self.describe(problem)))
            return []


def _decision(taken: Taken) -> ScalerDecision:
    return ScalerDecision(
        at=taken.at,
        before=taken.before,
        desired=taken.desired,
        queued=taken.queued,
        code=taken.code,
        reason=taken.reason,
    )


def _launch(activity: "ActivityTypeDef", instances: Sequence[str]) -> Launch:
    """An activity; its description names the instance."""
    described = activity.get("Description", "")
    return Launch(
        instance=next((name for name in instances if name in described), ""),
        began=activity["StartTime"].timestamp(),
        ended=activity["EndTime"].timestamp() if "EndTime" in activity else None,
        description=described,
        status=activity["StatusCode"],
        cause=activity.get("StatusMessage") or activity["Cause"],
    )


def _instances(events: Sequence[JobEvent]) -> list[str]:
    """The instances that had the render, in order."""
    claimed = [event.actor for event in events if event.kind is EventKind.CLAIMED]
    return list(dict.fromkeys(actor.partition(":")[2] for actor in claimed))


def _waits(job: Job, events: Sequence[JobEvent], now: float) -> list[Span]:
    """When the render waited: from each event after which it was queued to the next claim or end."""
    waits: list[Span] = []
    queued_at: float | None = None
    for event in events:
        match event.kind:
            case (
                EventKind.SUBMITTED
                | EventKind.ATTEMPT_FAILED
                | EventKind.INTERRUPTED
                | EventKind.LEASE_LOST
                | EventKind.REDRIVEN
            ):
                queued_at = event.at
            case EventKind.CLAIMED | EventKind.FAILED | EventKind.CANCELLED | EventKind.SUCCEEDED:
                if queued_at is not None:
                    waits.append(Span(began=queued_at, ended=event.at))
                queued_at = None
            case _:
                pass
    if queued_at is not None:
        waits.append(Span(began=queued_at, ended=job.finished_at or now))
    return waits
