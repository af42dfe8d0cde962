"""Facts about a render as OpenTelemetry spans: one trace, whose id is the render's. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cli.stack_place import StackPlace
from cli.trace import conventions as names
from cli.trace.conventions import Kind
from cli.trace.facts import Facts, Line
from cli.trace.span import Attribute, Link, Span, SpanEvent, span_id
from handlers.jobs.model import JobEvent
from handlers.jobs.states import EventKind, JobState

_FAILED = frozenset({EventKind.ATTEMPT_FAILED, EventKind.INTERRUPTED, EventKind.LEASE_LOST, EventKind.FAILED})
_ENDS = _FAILED | {EventKind.SUCCEEDED, EventKind.CANCELLED}
_TRIES = ("webhook_delivered", "webhook_failed", "webhook_given_up")
_NEAR_S = 1.0
"""A try in the table and its log line are written within this."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage of an attempt: the log line that ends it, and the metric that says how long it took."""

    name: str
    event: str
    metric: str
    kind: Kind


STAGES = (
    Stage(name="fetch", event="inputs_fetched", metric="FetchSeconds", kind=Kind.CLIENT),
    Stage(name="engine", event="engine_ended", metric="EngineSeconds", kind=Kind.INTERNAL),
    Stage(name="store", event="video_stored", metric="UploadSeconds", kind=Kind.CLIENT),
)


def spans_of(facts: Facts, place: StackPlace) -> tuple[Span, ...]:
    """All spans of a render, the request that submitted it first."""
    return tuple(_Spans(facts=facts, place=place).all())


@dataclass(frozen=True, kw_only=True)
class _Spans:
    facts: Facts
    place: StackPlace

    @property
    def _trace(self) -> str:
        return self.facts.job.trace_id

    @property
    def _queue(self) -> str:
        return self.place.fleet(self.facts.job.fleet).queue

    def all(self) -> Iterator[Span]:
        yield self._request()
        yield self._send()
        yield from self._waits()
        yield from self._decisions()
        yield from self._boots()
        for number, (claim, end) in enumerate(self._attempts(), 1):
            yield self._attempt(number, claim, end)
            yield from self._stages(number)
        yield from self._webhook()

    def _request(self) -> Span:
        job = self.facts.job
        line = next(iter(self.facts.of("job_server", "request")), None)
        caller = (job.caller_traceparent or "").split("-")
        return Span(
            trace_id=self._trace,
            key="request",
            parent=None,
            service="job-server",
            name="POST /v1/renders",
            kind=Kind.SERVER,
            began=job.created_at,
            ended=job.created_at + _milliseconds(line),
            attributes={
                names.HTTP_METHOD: "POST",
                names.HTTP_ROUTE: "/v1/renders",
                names.HTTP_STATUS: 202,
                "clip_it.render": job.id,
                "clip_it.tenant": job.tenant,
            },
            links=(Link(trace_id=caller[1], span_id=caller[2]),) if len(caller) > 1 else (),
        )

    def _send(self) -> Span:
        line = next(iter(self.facts.of("job_server", "request")), None)
        return Span(
            trace_id=self._trace,
            key="send",
            service="job-server",
            name=f"send {self._queue}",
            kind=Kind.PRODUCER,
            began=self.facts.job.created_at,
            ended=self.facts.job.created_at,
            attributes=self._messaging("send", "SendMessage", line),
        )

    def _waits(self) -> Iterator[Span]:
        """Each wait for a worker, with the codes that the scaler gave for it."""
        queued_at = self.facts.job.created_at
        for number, (claim, end) in enumerate(self._attempts(), 1):
            yield self._wait(number, queued_at, claim.at)
            queued_at = end.at if end else claim.at
        if self.facts.job.state is JobState.QUEUED:
            until = max(self.facts.job.updated_at, self.facts.read_at)
            yield self._wait(len(self._attempts()) + 1, queued_at, until)

    def _wait(self, number: int, began: float, ended: float) -> Span:
        return Span(
            trace_id=self._trace,
            key=f"wait-{number}",
            service="job-store",
            name="wait for a worker",
            kind=Kind.INTERNAL,
            began=began,
            ended=ended,
            events=tuple(
                SpanEvent(at=one.at, name=one.code, attributes={"clip_it.reason": one.reason})
                for one in self.facts.decisions
                if began <= one.at <= ended
            ),
        )

    def _decisions(self) -> Iterator[Span]:
        function = self.place.function_logs(self.facts.job.fleet, "scaler").rpartition("/")[2]
        for number, one in enumerate(self.facts.decisions, 1):
            yield Span(
                trace_id=self._trace,
                key=f"decision-{number}",
                service="scaler",
                name=function,
                kind=Kind.SERVER,
                began=one.at,
                ended=one.at,
                attributes={
                    names.FAAS_NAME: function,
                    names.FAAS_TRIGGER: "datasource",
                    "clip_it.desired": one.desired,
                    "clip_it.queued": one.queued,
                    "clip_it.wait_reason": one.code,
                },
                links=(self._link("send"),),
            )

    def _boots(self) -> Iterator[Span]:
        """From a launch to the moment at which the group has the instance in service, or to now."""
        for number, one in enumerate(self.facts.launches, 1):
            if one.launching:
                yield Span(
                    trace_id=self._trace,
                    key=f"boot-{number}",
                    service="render-fleet",
                    name="boot",
                    kind=Kind.INTERNAL,
                    began=one.began,
                    ended=max(one.began, self.facts.read_at) if one.ended is None else one.ended,
                    attributes={names.HOST_ID: one.instance} if one.instance else {},
                    error=one.cause if one.status == "Failed" else None,
                )

    def _attempts(self) -> list[tuple[JobEvent, JobEvent | None]]:
        """Each claim with the event that ended its attempt."""
        found: list[tuple[JobEvent, JobEvent | None]] = []
        for event in self.facts.events:
            if event.kind is EventKind.CLAIMED:
                found.append((event, None))
            elif event.kind in _ENDS and found and found[-1][1] is None:
                found[-1] = (found[-1][0], event)
        return found

    def _attempt(self, number: int, claim: JobEvent, end: JobEvent | None) -> Span:
        lines = self._lines(number)
        claimed = next((line for line in lines if line.event == "job_claimed"), None)
        return Span(
            trace_id=self._trace,
            key=f"attempt-{number}",
            service="render-agent",
            name=f"process {self._queue}",
            kind=Kind.CONSUMER,
            began=claim.at,
            ended=end.at if end else max([claim.at, self.facts.read_at, *(line.at for line in lines)]),
            attributes={
                **self._messaging("process", "process", claimed),
                **self._machine(claim.actor.partition(":")[2]),
                "clip_it.attempt": number,
            },
            links=(self._link("send"),) if number == 1 else (),
            error=end.detail if end and end.kind in _FAILED else None,
        )

    def _stages(self, number: int) -> Iterator[Span]:
        """Fetching, rendering and storing, each by the line that measured it."""
        lines = {line.event: line for line in self._lines(number)}
        for stage in STAGES:
            if (line := lines.get(stage.event)) is not None:
                code = line.number("code")
                yield Span(
                    trace_id=self._trace,
                    key=f"{stage.name}-{number}",
                    parent=f"attempt-{number}",
                    service="render-agent",
                    name=stage.name,
                    kind=stage.kind,
                    began=line.at - (line.number(stage.metric) or 0.0),
                    ended=line.at,
                    attributes=self._of_stage(stage, number, code),
                    error=f"exit code {code:g}" if code else None,
                )

    def _of_stage(self, stage: Stage, number: int, code: float | None) -> Mapping[str, Attribute]:
        job, store = self.facts.job, self.place.store
        match stage.name:
            case "fetch":
                return {names.S3_BUCKET: store.inputs}
            case "store":
                key = f"outputs/{job.tenant}/{job.id}/{number}/video.mp4"
                return {names.S3_BUCKET: store.outputs, names.S3_KEY: key}
            case _:
                return {} if code is None else {names.EXIT_CODE: int(code)}

    def _webhook(self) -> Iterator[Span]:
        """Each try, with the host of its receiver and never the address."""
        lines = self.facts.of("notifier", *_TRIES)
        for attempt in self.facts.deliveries:
            line = next((one for one in lines if abs(one.at - attempt.at) < _NEAR_S), None)
            host, status = (line.text("host"), line.number("status")) if line else (None, None)
            error = None if attempt.delivered else attempt.error or "failed"
            yield Span(
                trace_id=self._trace,
                key=f"webhook-{attempt.number}",
                service="notifier",
                name="POST",
                kind=Kind.CLIENT,
                began=attempt.at - _milliseconds(line),
                ended=attempt.at,
                attributes={
                    names.HTTP_METHOD: "POST",
                    **({names.SERVER_ADDRESS: host} if host else {}),
                    **({names.HTTP_STATUS: int(status)} if status else {}),
                    **({names.ERROR_TYPE: error} if error else {}),
                },
                error=error,
            )

    def _lines(self, attempt: int) -> list[Line]:
        return [line for line in self.facts.of("render_agent") if line.number("attempt") == attempt]

    def _messaging(self, kind: str, operation: str, line: Line | None) -> dict[str, Attribute]:
        message_id = line.text("message_id") if line else None
        return {
            names.MESSAGING_SYSTEM: "aws_sqs",
            names.MESSAGING_TYPE: kind,
            names.MESSAGING_OPERATION: operation,
            names.MESSAGING_DESTINATION: self._queue,
            **({names.MESSAGING_ID: message_id} if message_id else {}),
        }

    def _machine(self, instance: str) -> dict[str, Attribute]:
        started = self.facts.of("render_agent", "agent_started")
        line = next((one for one in started if one.text("instance") == instance), None)
        kind, zone = (line.text("instance_type"), line.text("zone")) if line else (None, None)
        return {
            names.HOST_ID: instance,
            **({names.HOST_TYPE: kind} if kind else {}),
            **({names.ZONE: zone} if zone else {}),
        }

    def _link(self, key: str) -> Link:
        return Link(trace_id=self._trace, span_id=span_id(self._trace, key))


def _milliseconds(line: Line | None) -> float:
    """Seconds that a line says its request took."""
    return ((line.number("milliseconds") if line else None) or 0.0) / 1000
