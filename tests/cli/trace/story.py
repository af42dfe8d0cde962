"""A render with a story: it waited for a boot, lost its agent, was retried, and its receiver failed twice.

The answers of AWS are written by hand, in the shapes of boto3; every client is real up to the wire.
"""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus

import boto3
from botocore.model import OperationModel

from cli.stack_place import StackPlace
from cli.trace.calls import Calls, Client
from cli.trace.reading import Reading
from components.naming import Naming
from handlers.jobs.model import BootFailure, Job, Output, Worker, WorkerState
from handlers.jobs.states import EventKind, JobState
from handlers.jobs.store.attributes import Item, encode_item
from handlers.jobs.store.items import boot_failure_to_item, event_to_item, job_to_item, worker_to_item
from handlers.jobs.tracing import trace_id_of
from handlers.jobs.transitions import JobEvent

RENDER = "r_01hf7yat00z3ghvhxwt0jccfah"
T = 1_700_000_000.0
PLACE = StackPlace(
    naming=Naming(environment="dev", owner="team", account_id="111122223333", region="eu-central-1"),
    prices_per_hour={"cpu": 0.36},
)
JOB = Job(
    id=RENDER,
    tenant="acme",
    fleet="cpu",
    state=JobState.SUCCEEDED,
    attempt=2,
    created_at=T,
    updated_at=T + 300,
    enqueued_at=T + 200,
    expires_at=2_000_000_000,
    composition_key=f"compositions/acme/{RENDER}.json",
    trace_id=trace_id_of(RENDER),
    event_count=5,
    caller_traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    webhook_url="https://hooks.example.com/secret-path",
    started_at=T + 100,
    finished_at=T + 300,
    output_key=f"outputs/acme/{RENDER}/2/video.mp4",
    output=Output(duration=8.0, width=1280, height=720, bytes=1000),
)
_HISTORY = (
    (0, "api:acme", EventKind.SUBMITTED, "for fleet cpu"),
    (100, "agent:i-1", EventKind.CLAIMED, "attempt 1"),
    (200, "sweeper", EventKind.LEASE_LOST, "attempt 1: lease_lost: the agent fell silent"),
    (210, "agent:i-2", EventKind.CLAIMED, "attempt 2"),
    (300, "agent:i-2", EventKind.SUCCEEDED, "attempt 2: 1000 bytes"),
)
EVENTS = tuple(
    JobEvent(
        job_id=RENDER,
        number=number,
        at=T + after,
        actor=actor,
        kind=kind,
        detail=detail,
        trace_id=JOB.trace_id,
    )
    for number, (after, actor, kind, detail) in enumerate(_HISTORY, 1)
)
ABOUT: Mapping[str, object] = {"job": RENDER, "trace_id": JOB.trace_id, "fleet": "cpu"}


def agent(after: float, event: str, instance: str, attempt: int | None, **fields: object) -> Item:
    """A line of an agent as Logs Insights gives it."""
    about = {**ABOUT, "attempt": attempt} if attempt else {"fleet": "cpu"}
    return _row(after, {"at": T + after, "event": event, "instance": instance, **about, **fields})


def function(after: float, service: str, message: str, **fields: object) -> Item:
    """A line of a function."""
    return _row(after, {"message": message, "service": service, **ABOUT, "attempt": 2, **fields})


def scaler(after: float, message: str, **fields: object) -> Item:
    """A line of the fleet's scaler, which is about no render."""
    return _row(after, {"message": message, "service": "scaler", "fleet": "cpu", **fields})


def _row(after: float, line: Mapping[str, object]) -> Item:
    return {"@timestamp": _insights(after), "@message": json.dumps(line)}


def _insights(after: float) -> str:
    return f"{datetime.fromtimestamp(T + after, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]


LINES: tuple[Item, ...] = (
    _row(
        0.05,
        {
            "event": "request",
            "request_id": "q",
            "method": "POST",
            "status": 202,
            "milliseconds": 50,
            "message_id": "m-1",
            "replayed": False,
            "attempt": 1,
            **ABOUT,
        },
    ),
    agent(95, "agent_started", "i-1", None, instance_type="c7i.xlarge", zone="eu-central-1a"),
    agent(97, "launch_completed", "i-1", None, BootSeconds=90.0, BootstrapSeconds=88.0),
    agent(100, "job_claimed", "i-1", 1, message_id="m-1", receives=1, wait_s=100, RenderWaitSeconds=100),
    agent(102, "inputs_fetched", "i-1", 1, FetchSeconds=2.0),
    agent(102, "engine_started", "i-1", 1),
    function(200.5, "sweeper", "job_repaired", repairs=["returned"]),
    agent(210, "job_claimed", "i-2", 2, message_id="m-2", receives=1, wait_s=10),
    agent(211, "inputs_fetched", "i-2", 2, FetchSeconds=1.0),
    agent(290, "engine_ended", "i-2", 2, EngineSeconds=79.0, end="Exited", code=0),
    agent(299, "video_stored", "i-2", 2, UploadSeconds=9.0, bytes=1000),
    agent(300, "attempt_ended", "i-2", 2, state="succeeded", outcome="succeeded"),
    function(301, "notifier", "webhook_queued", host="hooks.example.com", state="succeeded"),
    function(
        302, "notifier", "webhook_failed", host="hooks.example.com", status=500, milliseconds=400, tries=1
    ),
    function(
        332, "notifier", "webhook_failed", host="hooks.example.com", status=503, milliseconds=90, tries=2
    ),
    function(
        400, "notifier", "webhook_delivered", host="hooks.example.com", status=204, milliseconds=80, tries=3
    ),
)
DECISIONS: tuple[Item, ...] = tuple(
    {
        "@timestamp": _insights(after),
        "message": "scaler_decided",
        "desired": desired,
        "queued": "1",
        "code": code,
        "reason": reason,
    }
    for after, desired, code, reason in (
        (2, "1", "instance_booting", "1 wanted for the queue"),
        (60, "1", "instance_booting", "1 wanted for the queue"),
        (150, "1", "worker_available", "busy: not about this wait"),
        (205, "2", "worker_available", "1 idle"),
    )
)
DELIVERIES: tuple[Item, ...] = tuple(
    {
        "pk": f"DELIVERY#{RENDER}",
        "sk": f"{number:06d}",
        "entity": "DELIVERY",
        "at": T + after,
        "status": status,
        **({"error": error} if error else {}),
    }
    for number, after, status, error in (
        (0, 400, "delivered", None),
        (1, 302, "failed", "answered 500"),
        (2, 332, "failed", "answered 503"),
        (3, 400, "delivered", None),
    )
)


@dataclass(frozen=True)
class Http:
    """All that botocore looks at of an answer."""

    status_code: int


class Body(io.BytesIO):
    """What an object holds."""


def when(after: float) -> datetime:
    return datetime.fromtimestamp(T + after, UTC)


@cache
def _session() -> boto3.Session:
    """One for all tests: reading the services' models takes longer than a test."""
    return boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name=PLACE.region)


@dataclass
class Aws(Calls):
    """The calls of a trace, answered from here instead of the network; `broken` operations are refused."""

    session: boto3.Session = field(default_factory=_session)
    job: Job = JOB
    lines: tuple[Item, ...] = LINES
    events: tuple[JobEvent, ...] = EVENTS
    decisions: tuple[Item, ...] = DECISIONS
    queued: tuple[Item, ...] = ()
    activities: Sequence[Mapping[str, object]] = field(default_factory=lambda: ACTIVITIES)
    objects: int = 0
    """The outputs have at least as many."""
    broken: frozenset[str] = frozenset()
    code: str = "AccessDeniedException"
    bodies: list[str] = field(default_factory=list)

    def _counted(self, client: Client) -> Client:
        client = super()._counted(client)
        client.meta.events.register_last("before-call", self._answer)
        return client

    def _answer(
        self, model: OperationModel, params: Mapping[str, object], **_: object
    ) -> tuple[Http, object]:
        self.bodies.append(_text(params.get("body")))
        if model.name in self.broken:
            error = {"Code": self.code, "Message": f"may not {model.name}"}
            return Http(HTTPStatus.BAD_REQUEST), {"Error": error, "ResponseMetadata": {}}
        answers: dict[str, Callable[[str], object]] = {
            "Query": self._query,
            "GetItem": lambda _: {},
            "StartQuery": lambda body: {"queryId": "scaler" if "scaler_decided" in body else "lines"},
            "GetQueryResults": self._results,
            "DescribeAutoScalingGroups": lambda _: {"AutoScalingGroups": [GROUP]},
            "DescribeScalingActivities": lambda _: {"Activities": self.activities},
            "DescribeInstanceAssociationsStatus": _associations,
            "ListObjectsV2": lambda _: _objects(str(params["query_string"]), self.objects),
            "GetObject": lambda _: {"Body": Body(b"last words\n")},
        }
        return Http(HTTPStatus.OK), answers[model.name](_text(params.get("body")))

    def _query(self, body: str) -> object:
        if "JOB#queued" in body:
            return {"Items": [encode_item(item) for item in self.queued]}
        if "WORKER#" in body:
            return {"Items": [encode_item(item) for item in WORKERS]}
        if "DELIVERY#" in body:
            newest_first = '"ScanIndexForward": false' in body
            return {"Items": [encode_item(item) for item in DELIVERIES[:: -1 if newest_first else 1]]}
        if "EVENT#" in body:
            return {"Items": [encode_item(event_to_item(one, self.job.expires_at)) for one in self.events]}
        return {"Items": [encode_item(job_to_item(self.job))]}

    def _results(self, body: str) -> object:
        of_scaler = "scaler" in body
        rows = self.decisions if of_scaler else self.lines
        return {
            "status": "Complete",
            "statistics": {"bytesScanned": 500_000.0 if of_scaler else 2_000_000.0},
            "results": [
                [{"field": name, "value": str(value)} for name, value in row.items()] for row in rows
            ],
        }


def _text(body: object) -> str:
    return body.decode() if isinstance(body, bytes) else str(body)


def activity(
    what: str,
    began: float,
    ended: float | None,
    status: str = "Successful",
    cause: str = "desired was raised",
) -> Mapping[str, object]:
    """A scaling activity; `what` ends with the instance."""
    return {
        "Description": what,
        "StartTime": when(began),
        **({} if ended is None else {"EndTime": when(ended)}),
        "StatusCode": status,
        "Cause": cause,
    }


ACTIVITIES = [
    activity(f"{verb} EC2 instance: {instance}", began, ended, cause=cause)
    for verb, instance, began, ended, cause in (
        ("Terminating", "i-1", 202, 240, "an instance was taken out of service: unhealthy"),
        ("Launching a new", "i-9", -500, -400, "another render's"),
        ("Launching a new", "i-1", 7, 97, "desired was raised from 0 to 1"),
    )
]


GROUP = {
    "DesiredCapacity": 2,
    "MaxSize": 5,
    "Instances": [
        {
            "InstanceId": instance,
            "LifecycleState": lifecycle,
            "HealthStatus": "Healthy",
            "AvailabilityZone": "eu-central-1a",
            "InstanceType": "c7i.xlarge",
        }
        for instance, lifecycle in (("i-2", "InService"), ("i-3", "Pending:Wait"))
    ],
}
WORKERS = (
    worker_to_item(
        Worker(
            instance_id="i-2",
            fleet="cpu",
            state=WorkerState.BUSY,
            heartbeat_at=T + 490,
            registered_at=T + 200,
            job_id=RENDER,
            attempt=2,
        ),
        2_000_000_000,
    ),
    *(
        boot_failure_to_item(
            BootFailure(instance_id=name, fleet="cpu", at=T + after, words="Engine: no such file"),
            2_000_000_000,
        )
        for name, after in (("i-7", 100), ("i-8", 440))
    ),
)


def _associations(body: str) -> object:
    if "i-1" in body:
        return {"InstanceAssociationStatusInfos": []}
    return {
        "InstanceAssociationStatusInfos": [
            {
                "Name": "render-bootstrap",
                "AssociationName": "clip-it-dev-cpu-bootstrap",
                "InstanceId": "i-2",
                "ExecutionDate": when(50),
                "Status": "Success",
                "ExecutionSummary": "6 of 6 steps",
            }
        ]
    }


def _objects(query: str, more: int) -> object:
    if "outputs" in query:
        folder = f"outputs/acme/{RENDER}"
        listed = ((f"{folder}/1/engine.log", 105, 10), (f"{folder}/2/engine.log", 291, 11))
        listed = (*listed, (f"{folder}/2/video.mp4", 299, 1000))
        listed = (*listed, *((f"{folder}/3/{number}", 299, 1) for number in range(more - len(listed))))
    elif "i-1" in query:
        listed = (("systems-manager/bootstrap/i-1/a/b/awsrunShellScript/Health/stderr", 90, 5),)
    else:
        listed = ()
    return {"Contents": [{"Key": key, "LastModified": when(at), "Size": size} for key, at, size in listed]}


def reading(aws: Aws) -> Reading:
    """A reading that waits for nothing."""
    return Reading(place=PLACE, calls=aws, sleep=lambda _: None, now=lambda: T + 500)


def told_by(job: Job = JOB, **changes: object) -> Aws:
    """The story with another end."""
    return Aws(job=replace(job, **changes))  # type: ignore[arg-type]
