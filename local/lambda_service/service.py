"""The Lambda service of a local stack: starts what is deployed, feeds it, and follows every deployment."""

import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.emulator.connection import Connection
from local.lambda_service.asynchronous import AsynchronousInvocations, leave_letter
from local.lambda_service.deliveries import LONGEST_PAUSE_S, Invoke
from local.lambda_service.event_sources import Source, patiently
from local.lambda_service.functions import (
    Deployed,
    Function,
    FunctionError,
    ThrottledError,
    deployed,
    fetch_code,
)
from local.lambda_service.queue_source import QueueSource
from local.lambda_service.schedule_source import ScheduleSource
from local.lambda_service.stream_source import Checkpoint, StreamSource
from local.minutes import Minutes
from local.stack_events import StackEvent, Tell
from local.telemetry.log_files import Destination
from local.telemetry.telemetry import Telemetry

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef

_ROUND_S = 1.0


@dataclass(frozen=True, kw_only=True)
class _Feed:
    """A running source and how to stop it."""

    thread: threading.Thread
    stop: threading.Event


@dataclass
class FunctionService:
    """Keeps processes and feeds equal to what is deployed."""

    connection: Connection
    run: str
    folder: Path
    tell: Tell
    telemetry: Telemetry
    minutes: Minutes
    _functions: dict[Deployed, Function] = field(default_factory=dict)
    _feeds: dict[str, _Feed] = field(default_factory=dict)
    _checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    """Positions by mapping: after a redeployment, feeding continues from there."""

    def __post_init__(self) -> None:
        self._lambda = self.connection.functions()
        self._streams, self._sqs = self.connection.dynamodbstreams(), self.connection.sqs()
        self._scheduler = self.connection.scheduler()

    def work(self, stop: threading.Event) -> None:
        """Follow deployments until `stop` is set, then end everything."""
        while not stop.is_set():
            with suppress(Exception):  # the emulator may be busy with a deployment; the next round comes soon
                self.round()
            stop.wait(_ROUND_S)
        self.end()

    def round(self) -> None:
        """Start what is new, end what is gone, restart what has changed."""
        wanted = deployed(self._lambda)
        sources = self._wanted_sources({function.arn: function for function in wanted})
        for unfed in set(self._feeds) - set(sources):  # first: no feed may call a function that has ended
            self._feeds.pop(unfed).stop.set()
        for gone in set(self._functions) - set(wanted):
            self._end(self._functions.pop(gone))
        for function in wanted:
            if function not in self._functions:
                self._functions[function] = self._start(function)
        for key, (source, name) in sources.items():
            if key not in self._feeds:
                self._feeds[key] = self._feed(source, name)

    def end(self) -> None:
        """Stop all feeds, then end all processes."""
        for feed in self._feeds.values():
            feed.stop.set()
        for function in self._functions.values():
            function.end()
        for feed in self._feeds.values():
            feed.thread.join(timeout=2)

    def _end(self, function: Function) -> None:
        function.end()
        self.telemetry.logs.finish(function.log)

    def _start(self, deployment: Deployed) -> Function:
        code, instance = fetch_code(self._lambda, deployment, self.folder), uuid.uuid4().hex
        function = Function(
            deployed=deployment,
            connection=self.connection,
            run=self.run,
            folder=code,
            log=self.folder / f"{deployment.name}-{instance}.log",
            measurements=self.telemetry.measurements,
        )
        stream = f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{instance}"
        self.telemetry.logs.follow(function.log, Destination(group=deployment.log_group, stream=stream))
        threading.Thread(target=self._warm, args=(function,), daemon=True).start()
        return function

    def _warm(self, function: Function) -> None:
        try:
            function.warm()
        except FunctionError as error:
            self._say(function.deployed.name, "function-failed", str(error))

    def _is_deployed(self, deployment: Deployed) -> bool:
        """Whether it is still there; without an answer from the emulator it is."""
        try:
            return deployment in deployed(self._lambda)
        except (BotoCoreError, ClientError):
            return True

    def _wanted_sources(self, functions: Mapping[str, Deployed]) -> dict[str, tuple[Source, str]]:
        return dict([*self._mapped(functions), *self._scheduled(functions)])

    def _mapped(self, functions: Mapping[str, Deployed]) -> Iterator[tuple[str, tuple[Source, str]]]:
        for page in self._lambda.get_paginator("list_event_source_mappings").paginate():
            for mapping in page["EventSourceMappings"]:
                function = functions.get(mapping["FunctionArn"])
                if function and mapping.get("State") == "Enabled":
                    source = self._source(mapping, function)
                    yield f"{mapping['UUID']} {function}", (source, function.name)

    def _source(self, mapping: "EventSourceMappingConfigurationTypeDef", function: Deployed) -> Source:
        invoke = self._invoke(function)

        def lags(age_s: float) -> None:
            self.telemetry.measurements.add(function.subject, "IteratorAge", age_s * 1000, "Milliseconds")

        if ":dynamodb:" in mapping["EventSourceArn"]:
            return StreamSource(
                mapping=mapping,
                streams=self._streams,
                sqs=self._sqs,
                invoke=invoke,
                lags=lags,
                checkpoint=self._checkpoints.setdefault(mapping["UUID"], Checkpoint()),
                longest_pause_s=LONGEST_PAUSE_S / self.minutes.pace,
            )
        return QueueSource(mapping=mapping, sqs=self._sqs, invoke=invoke, region=self.connection.region)

    def _scheduled(self, functions: Mapping[str, Deployed]) -> Iterator[tuple[str, tuple[Source, str]]]:
        for listed in self._scheduler.list_schedules()["Schedules"]:
            shown = self._scheduler.get_schedule(Name=listed["Name"], GroupName=listed["GroupName"])
            function = functions.get(shown["Target"]["Arn"])
            if function and shown["State"] == "ENABLED":
                source = ScheduleSource(
                    name=shown["Arn"],
                    expression=shown["ScheduleExpression"],
                    given=shown["Target"].get("Input", ""),
                    invocations=self._asynchronous(function),
                    minutes=self.minutes,
                )
                yield f"{shown['Arn']} {shown['ScheduleExpression']} {function}", (source, function.name)

    def _asynchronous(self, function: Deployed) -> AsynchronousInvocations:
        def give_up(event: Mapping[str, object], error: FunctionError) -> None:
            if function.dead_letters:
                leave_letter(self._sqs, function.dead_letters, event, error)

        return AsynchronousInvocations(invoke=self._invoke(function), give_up=give_up)

    def _feed(self, source: Source, name: str) -> _Feed:
        stop = threading.Event()

        def trouble(text: str) -> None:
            self._say(name, "event-source-failed", text)

        thread = threading.Thread(target=patiently, args=(source, stop, trouble), daemon=True)
        thread.start()
        return _Feed(thread=thread, stop=stop)

    def _invoke(self, deployment: Deployed) -> Invoke:
        def invoke(event: Mapping[str, object]) -> object:
            try:
                self._admit(deployment)
                result = self._functions[deployment].invoke(event)
            except FunctionError as error:
                # Else it was ended in the middle of its work, or is about to be.
                if deployment in self._functions and self._is_deployed(deployment):
                    self._say(deployment.name, "function-failed", str(error))
                raise
            data = result if isinstance(result, dict) else {}
            self.tell(StackEvent(source=deployment.name, kind="function-returned", detail="", data=data))
            return result

        return invoke

    def _admit(self, deployment: Deployed) -> None:
        """Throttle a function that may not run; any other concurrency is one here: invocations queue up."""
        most: int | None = None
        with suppress(BotoCoreError, ClientError):
            shown = self._lambda.get_function_concurrency(FunctionName=deployment.name)
            most = shown.get("ReservedConcurrentExecutions")
        if most == 0:
            self.telemetry.measurements.add(deployment.subject, "Throttles", 1)
            raise ThrottledError(f"{deployment.name}: Rate Exceeded.")

    def _say(self, source: str, kind: str, detail: str) -> None:
        self.tell(StackEvent(source=source, kind=kind, detail=detail))
