"""A stack as the console sees it, during an incident: its answers are written by hand, in boto3's shapes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import boto3
from botocore.model import OperationModel

from cli.console.allowed import ReadOnlyCalls
from cli.console.reading.limits import Limits
from cli.console.reading.source import Source
from handlers.jobs.states import JobState
from handlers.jobs.store.attributes import Item, encode_item
from handlers.jobs.store.items import job_to_item
from handlers.scaler.codec import dumps
from handlers.scaler.decision.demand import Need
from handlers.scaler.ports import Taken
from handlers.scaler.state_store import Recent
from tests.cli.trace import story
from tests.cli.trace.story import JOB, PLACE, RENDER, Aws, Http, T

NOW = T + 500
LIMITS = {"cpu": Limits(objective_s=120.0, quantile=0.95, silent_s=15.0)}
TOPIC = "arn:aws:sns:eu-central-1:111122223333:clip-it-dev-alarms"
EVIL = "<script>document.title='owned'</script><img src=//evil.example/x>"
"""What a customer, an engine or an instance may write."""


def when(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


PAGE = {
    "AlarmName": "clip-it-dev-page-renders-cpu",
    "AlarmDescription": "an objective is being missed fast. Runbook: https://docs.example/RenderObjectives.md",
    "AlarmActions": [TOPIC],
    "StateValue": "ALARM",
    "StateReason": "both windows burn",
    "StateUpdatedTimestamp": when(NOW - 300),
}
TICKET = {
    "AlarmName": "clip-it-dev-cpu-scaler-FunctionErrors",
    "AlarmDescription": "cpu-scaler: invocations have failed. Runbook: https://docs.example/FunctionErrors.md",
    "AlarmActions": [TOPIC.replace("alarms", "tickets")],
    "StateValue": "ALARM",
    "StateReason": f"3 of the last 3 {EVIL}",
    "StateUpdatedTimestamp": when(NOW - 60),
}
WINDOW = {**PAGE, "AlarmName": "clip-it-dev-cpu-start-1h-RenderObjectives", "AlarmActions": []}
"""One window of an objective: it rings and tells nobody."""
NEIGHBOR = {
    **PAGE,
    "AlarmName": "clip-it-dev-2-page-api",
    "AlarmActions": [TOPIC.replace("clip-it-dev-", "clip-it-dev-2-")],
}
"""An alarm of the stack `dev-2`."""
BURNING = {
    "AlarmName": "clip-it-dev-cpu-start-slow-3d-RenderObjectives",
    "Metrics": [
        {
            "Id": name,
            "MetricStat": {
                "Metric": {"Namespace": "ClipIt", "MetricName": "RenderWaitSeconds", "Dimensions": []},
                "Period": 259_200,
                "Stat": stat,
            },
            "ReturnData": False,
        }
        for name, stat in (("n", "SampleCount"), ("ok", "TC(:120)"))
    ]
    + [{"Id": "burn", "Expression": "IF(FILL(n,0)>=20,(FILL(n,0)-FILL(ok,0))/(FILL(n,0))/0.05,0)"}],
}
FAILED = {"service": "notifier", "host": "hooks.example.com", "job": RENDER, "status": 503}
TRIES: tuple[Item, ...] = (
    story.function(480, message="webhook_given_up", **{**FAILED, "error": f"answered 503 {EVIL}"}),
    story.function(470, message="webhook_failed", **FAILED),
    story.function(460, message="webhook_failed", **{**FAILED, "host": "slow.example.com"}),
)
REQUEST: tuple[Item, ...] = (story.LINES[0],)


def waiting(number: int, waited_s: float, **changes: Any) -> Item:
    """A queued render as the index by state has it."""
    name = f"r_01hf7yat00z3ghvhxwt0j{number:05d}"
    job = replace(
        JOB,
        id=name,
        state=JobState.QUEUED,
        composition_key=f"compositions/acme/{name}.json",
        enqueued_at=NOW - waited_s,
        output_key=None,
        output=None,
        finished_at=None,
        **changes,
    )
    return job_to_item(job)


def decision(code: str = "no_capacity", ago: float = 20.0) -> Item:
    need = Need(**{one.name: "" if one.name == "because" else 0 for one in fields(Need) if one.init})
    taken = [
        Taken(at=NOW - after, before=before, desired=desired, queued=3, code=code, reason=reason, need=need)
        for after, before, desired, reason in (
            (ago, 2, 2, f"2 wanted, AWS has none {EVIL}"),
            (200.0, 1, 2, "2 wanted for 3 queued"),
        )
    ]
    return {
        "pk": "SCALER#cpu",
        "sk": "STATE",
        "entity": "SCALER",
        "fleet": "cpu",
        "version": 7,
        "desired": 2,
        "reason": taken[0].reason,
        "reason_code": code,
        "taken_at": taken[0].at,
        "batches": "{}",
        "history": "{}",
        "memory": "{}",
        "recent": dumps(Recent(decisions=tuple(taken))),
    }


@dataclass
class StackAws(ReadOnlyCalls, Aws):
    """The calls of the console: real clients with the real list of what is allowed, up to the wire."""

    session: boto3.Session = field(default_factory=story._session)
    queued: tuple[Item, ...] = ()
    unsent: tuple[Item, ...] = ()
    """The renders without a message, which the index has behind all others."""
    scaler: Item = field(default_factory=decision)
    alarms: tuple[Mapping[str, object], ...] = (TICKET, WINDOW, NEIGHBOR, PAGE)
    refusal: str = ""
    """How AWS words a refusal; empty for its shortest words."""

    def _answer(
        self, model: OperationModel, params: Mapping[str, object], **given: object
    ) -> tuple[Http, object]:
        body = story._text(params.get("body"))
        if model.name in self.broken and self.refusal:
            error = {"Code": self.code, "Message": self.refusal}
            return Http(HTTPStatus.BAD_REQUEST), {"Error": error, "ResponseMetadata": {}}
        if model.name not in self.broken:
            own = self._own(model.name, body)
            if own is not None:
                self.bodies.append(body)
                return Http(HTTPStatus.OK), own
        return super()._answer(model, params, **given)

    def _own(self, operation: str, body: str) -> object:
        """The first answer whose operation and whose part of the body fit; None leaves it to the story."""
        own: tuple[tuple[str, str, object], ...] = (
            ("DescribeAlarms", "AlarmNames", {"MetricAlarms": [BURNING], "CompositeAlarms": []}),
            ("DescribeAlarms", "", {"MetricAlarms": list(self.alarms), "CompositeAlarms": []}),
            ("GetMetricData", "", {"MetricDataResults": _measured(body)}),
            ("GetItem", "SCALER#", {"Item": encode_item(self.scaler)}),
            ("GetItem", RENDER, {"Item": encode_item(job_to_item(JOB))}),
            ("StartQuery", "webhook_failed", {"queryId": "tries"}),
            ("StartQuery", '\\"q\\"', {"queryId": "request"}),
            ("StartQuery", "request_id", {"queryId": "nothing"}),
            ("GetQueryResults", "tries", _results(TRIES)),
            ("GetQueryResults", "request", _results(REQUEST)),
            ("GetQueryResults", "nothing", _results(())),
            ("Query", ":unsent", {"Items": [encode_item(one) for one in self.unsent]}),
            ("Query", "JOB#queued", {"Items": [encode_item(one) for one in self.queued]}),
        )
        return next((answer for name, part, answer in own if name == operation and part in body), None)


def _results(rows: tuple[Item, ...]) -> object:
    fields = [[{"field": key, "value": str(value)} for key, value in row.items()] for row in rows]
    return {"status": "Complete", "results": fields}


def _measured(body: str) -> list[object]:
    if "burn0" in body:
        return [{"Id": "burn0", "Timestamps": [when(NOW)], "Values": [0.8 if "2592000" in body else 6.25]}]
    minutes = [when(NOW - 60 * n) for n in range(30, 0, -1)]
    lines = {"queued": 3.0, "oldest": 180.0, "desired": 2.0, "serving": 1.0}
    return [{"Id": name, "Timestamps": minutes, "Values": [value] * 30} for name, value in lines.items()]


@dataclass
class Stack:
    """A stack whose clock and whose answers a test changes, and every client that was made for it."""

    now: float = NOW
    answers: dict[str, Any] = field(default_factory=dict)
    clients: list[StackAws] = field(default_factory=list)

    @property
    def source(self) -> Source:
        return Source(stack="dev", place=PLACE, limits=LIMITS, calls=self.calls, now=lambda: self.now)

    def calls(self) -> StackAws:
        self.clients.append(StackAws(**self.answers))
        return self.clients[-1]

    @property
    def made(self) -> list[str]:
        return [name for one in self.clients for name in one.made]
