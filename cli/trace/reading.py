"""Reads everything about one render, source by source; what cannot be read becomes a fact of its own."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import botocore.exceptions

from cli.exits import CommandError, Exit
from cli.stack_place import StackPlace
from cli.stack_session import expecting_table
from cli.trace.calls import Calls, NoCallsLeftError
from cli.trace.facts import AssociationStatus, Facts, Launch, Line, ScalerDecision, Stored, Unread
from cli.trace.logs import MOST_LINES, LateQueryError, Logs, Span
from cli.trace.waiting import (
    claiming_instances,
    launch_of,
    launched_during,
    launches_about,
    newest_instances,
    waits_of,
)
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import JOB_ID
from handlers.jobs.model import DeliveryAttempt, Job, JobEvent
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.store.table import Table
from handlers.scaler.ports import Taken
from handlers.scaler.state_store import TableStateStore

Found = TypeVar("Found")

MARGIN_S = 60
"""Around a render: clocks differ, and lines are written after the fact."""
MOST_ACTIVITIES = 100
"""Of one page; the API gives the newest first."""
MOST_OBJECTS = 200
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
    scanned: list[float] = field(default_factory=list)
    """The bytes that each query of the logs has read."""

    def of(self, job_id: str) -> Facts:
        """Everything about a render.

        Raises:
            NoSuchRenderError: There is none.
        """
        job, events = self._record(job_id)
        waits = waits_of(job, events, self.now())
        claimed = claiming_instances(events)
        deliveries = self._deliveries(job)
        span = self._span(job, deliveries)
        activities = self._activities(job, span)
        launched = launched_during(waits, activities)
        newest = newest_instances(job, claimed, launched)
        return Facts(
            job=job,
            events=tuple(events),
            deliveries=tuple(deliveries),
            decisions=tuple(self._decisions(job, waits, span)),
            lines=tuple(self._lines(job, {*claimed, *launched}, span)),
            launches=tuple(launches_about(activities, claimed, launched, span)),
            associations=tuple(self._associations(newest)),
            stored=tuple(self._stored(job, newest)),
            unread=tuple(self.unread),
            read_at=self.now(),
            calls=tuple(self.calls.made),
            scanned_bytes=sum(self.scanned),
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
                "than the retention; check --stack"
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
            return self._logs().of_scaler(group, span)

        def recent() -> list[ScalerDecision]:
            table = Table(self.calls.dynamodb(), self.place.store.table)
            return [_decision(taken) for taken in reversed(TableStateStore(table, job.fleet).read().recent)]

        found = self._tried("scaler decisions (log)", logged) or self._tried(
            "scaler decisions (table)", recent
        )
        if len(found) >= MOST_LINES:
            self._cut("later scaler decisions", MOST_LINES)
        return [one for one in found if any(wait.began <= one.at <= wait.ended for wait in waits)]

    def _lines(self, job: Job, instances: Collection[str], span: Span) -> list[Line]:
        groups = [
            self.place.server_logs,
            self.place.fleet(job.fleet).log_group,
            self.place.function_logs("notifier"),
            self.place.function_logs("sweeper"),
            self.place.function_logs(job.fleet, "scaler"),
        ]
        found = self._tried(
            "logs of job server, agents, notifier, sweeper and scaler",
            lambda: self._logs().of_job(job.id, instances, groups, span),
        )
        if len(found) >= MOST_LINES:
            self._cut("later log lines", MOST_LINES)
        return found

    def _logs(self) -> Logs:
        return Logs(client=self.calls.logs(), sleep=self.sleep, scanned=self.scanned.append)

    def _activities(self, job: Job, span: Span) -> list[Launch]:
        """The newest scaling activities of the fleet's group, in the order of time."""

        def read() -> list[Launch]:
            answer = self.calls.autoscaling().describe_scaling_activities(
                AutoScalingGroupName=self.place.fleet(job.fleet).group, MaxRecords=MOST_ACTIVITIES
            )
            return [launch_of(activity) for activity in answer["Activities"]]

        found = sorted(self._tried("scaling activities", read), key=lambda one: one.began)
        if len(found) >= MOST_ACTIVITIES and found[0].began > span.began:
            self._cut("earlier scaling activities", MOST_ACTIVITIES)
        return found

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
            for instance in instances
            for status in self._tried(f"associations of {instance}", partial(read, instance))
        ]

    def _stored(self, job: Job, instances: Sequence[str]) -> list[Stored]:
        folder = f"outputs/{job.tenant}/{job.id}/"
        found = self._tried(
            "stored outputs",
            lambda: self._objects(self.place.store.outputs, folder, "output", words_of="engine.log"),
        )
        for instance in instances:
            prefix = f"{BOOTSTRAP_OUTPUT}/{instance}/"
            read = partial(self._objects, self.place.store.logs, prefix, "bootstrap", words_of="stderr")
            found += self._tried(f"output of the bootstrap of {instance}", read)
        return found

    def _objects(self, bucket: str, prefix: str, what: str, *, words_of: str) -> list[Stored]:
        """The objects below a prefix; of the newest one of this name also what it ends with."""
        client = self.calls.s3()
        listed = client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=MOST_OBJECTS).get(
            "Contents", []
        )
        if len(listed) >= MOST_OBJECTS:
            self._cut(f"later objects of {bucket} below {prefix}", MOST_OBJECTS)
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

    def _cut(self, what: str, most: int) -> None:
        """A full page is a fact: more may follow it."""
        self.unread.append(Unread(what=what, why=f"a trace reads at most {most}, and found as many"))

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
