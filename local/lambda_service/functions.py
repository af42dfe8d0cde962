"""Deployed functions, each in a child process with its deployed code and exactly its deployed environment."""

import json
import os
import queue
import subprocess
import threading
import time
import urllib.request
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from local.emulator.connection import Connection
from local.processes import children
from local.telemetry.measurements import Measurements, Subject

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

Event: TypeAlias = Mapping[str, object]

_START_DEADLINE_S = 30.0
_END_DEADLINE_S = 1.0
_DOWNLOAD_TIMEOUT_S = 10.0
_INHERITED = ("LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")


class FunctionError(Exception):
    """An invocation failed: the handler raised, ended or ran out of time.

    `status` is Lambda's word for it: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
    """

    def __init__(self, text: str, status: str = "error") -> None:
        super().__init__(text)
        self.status = status


class ThrottledError(FunctionError):
    """The function may not run now."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A deployed function; a changed one is restarted."""

    name: str
    arn: str
    handler: str
    timeout_s: float
    memory_mib: int
    code_sha256: str
    environment: tuple[tuple[str, str], ...]
    log_group: str
    dead_letters: str = ""
    """The ARN of the queue for asynchronous events that were given up."""

    @property
    def identity(self) -> str:
        """A folder name for this code."""
        return f"{self.name}-{self.code_sha256[:12]}".replace("/", "_")

    @property
    def subject(self) -> Subject:
        """What its measurements are of."""
        return Subject(namespace="AWS/Lambda", dimensions={"FunctionName": self.name})


def deployed(client: "LambdaClient") -> list[Deployed]:
    """All functions that are deployed now."""
    found = []
    for page in client.get_paginator("list_functions").paginate():
        for shown in page["Functions"]:
            variables = shown.get("Environment", {}).get("Variables", {})
            found.append(
                Deployed(
                    name=shown["FunctionName"],
                    arn=shown["FunctionArn"],
                    handler=shown.get("Handler", ""),
                    timeout_s=float(shown.get("Timeout", 3)),
                    memory_mib=int(shown.get("MemorySize", 128)),
                    code_sha256=shown["CodeSha256"].replace("/", "_"),
                    environment=tuple(sorted(variables.items())),
                    log_group=shown.get("LoggingConfig", {}).get("LogGroup")
                    or f"/aws/lambda/{shown['FunctionName']}",
                    dead_letters=shown.get("DeadLetterConfig", {}).get("TargetArn", ""),
                )
            )
    return found


@dataclass
class Function:
    """One function's process; invocations queue up, as with a reserved concurrency of one."""

    deployed: Deployed
    connection: Connection
    run: str
    folder: Path
    log: Path
    measurements: Measurements
    _process: subprocess.Popen[bytes] | None = None
    _lines: "queue.SimpleQueue[bytes]" = field(default_factory=queue.SimpleQueue)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def invoke(self, event: Event) -> object:
        """The handler's result for an event.

        Raises:
            FunctionError: The handler raised, its process ended, or its deployed timeout passed.
        """
        with self._turn:
            request_id, began = str(uuid.uuid4()), time.monotonic()
            self._note("platform.start", {"requestId": request_id, "version": "$LATEST"})
            status = "success"
            try:
                return self._answered(self._started(), event, request_id)
            except FunctionError as error:
                status = error.status
                raise
            finally:
                took_ms = round((time.monotonic() - began) * 1000, 2)
                took = {"durationMs": took_ms}
                self._note("platform.report", {"requestId": request_id, "metrics": took, "status": status})
                self._measure(took_ms, failed=status != "success")

    def _answered(self, process: subprocess.Popen[bytes], event: Event, request_id: str) -> object:
        call = {
            "event": event,
            "request_id": request_id,
            "deadline": time.time() + self.deployed.timeout_s,
            "function_name": self.deployed.name,
            "function_arn": self.deployed.arn,
            "memory": self.deployed.memory_mib,
        }
        self._send(process, call)
        answer = self._receive(self.deployed.timeout_s)
        if "error" in answer:
            raise FunctionError(str(answer["error"]))
        return answer.get("result")

    def _measure(self, took_ms: float, *, failed: bool) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html."""
        subject = self.deployed.subject
        self.measurements.add(subject, "Invocations", 1)
        self.measurements.add(subject, "Errors", failed)
        self.measurements.add(subject, "Duration", took_ms, "Milliseconds")

    def _note(self, kind: str, record: Mapping[str, object]) -> None:
        """Log what Lambda itself says of an invocation, in its format for JSON."""
        line = {"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", "type": kind, "record": record}
        with self.log.open("a") as log:
            log.write(json.dumps(line) + "\n")

    def warm(self) -> None:
        """Start the process ahead of the first invocation."""
        with self._turn:
            self._started()

    def end(self) -> None:
        """End the process, if there is one, for good: an invocation under way starts no other."""
        self._over.set()
        self._end_process()

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process:
            children.end(process, deadline_s=_END_DEADLINE_S)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process and self._process.poll() is None:
            return self._process
        if self._over.is_set():
            raise FunctionError(f"{self.deployed.name} has ended.")
        self._lines = queue.SimpleQueue()
        process = children.spawn(
            children.python("local.lambda_service.function_host", str(self.folder), self.deployed.handler),
            run=self.run,
            env=self._environment(),
            cwd=self.folder,
            log=self.log,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._process = process
        if self._over.is_set():  # only now: whoever ended it meanwhile found no process
            self._end_process()
            raise FunctionError(f"{self.deployed.name} has ended.")
        threading.Thread(target=_pump, args=(process, self._lines), daemon=True).start()
        answer = self._receive(_START_DEADLINE_S)
        if not answer.get("ready"):
            raise FunctionError(f"{self.deployed.handler} could not be loaded: {answer.get('error')}")
        return process

    def _environment(self) -> dict[str, str]:
        """The deployed variables and those of the Lambda runtime, without the runner's own."""
        machine = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        runtime = {
            "AWS_LAMBDA_FUNCTION_NAME": self.deployed.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.deployed.memory_mib),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "POWERTOOLS_TRACE_DISABLED": "true",
        }
        return {**machine, **self.connection.environment(), **runtime, **dict(self.deployed.environment)}

    def _send(self, process: subprocess.Popen[bytes], call: Event) -> None:
        if process.stdin is None:
            raise FunctionError(f"{self.deployed.name} was started without an input.")
        try:
            process.stdin.write(json.dumps(call).encode() + b"\n")
            process.stdin.flush()
        except OSError as problem:
            raise FunctionError(f"{self.deployed.name} has ended: {problem}") from problem

    def _receive(self, deadline_s: float) -> dict[str, object]:
        try:
            line = self._lines.get(timeout=deadline_s)
        except queue.Empty:
            self._end_process()
            raise FunctionError(f"Task timed out after {deadline_s:.2f} seconds", "timeout") from None
        if not line:
            self._end_process()
            raise FunctionError(f"Runtime exited without providing a result; see {self.log.name}", "failure")
        answer: dict[str, object] = json.loads(line)
        return answer


def _pump(process: subprocess.Popen[bytes], lines: "queue.SimpleQueue[bytes]") -> None:
    if process.stdout:
        with process.stdout as output:
            for line in output:
                lines.put(line)
    lines.put(b"")


def fetch_code(client: "LambdaClient", function: Deployed, folder: Path) -> Path:
    """The function's deployed archive, unpacked (once for each version of the code)."""
    target = folder / function.identity
    if not target.is_dir():
        address = client.get_function(FunctionName=function.name)["Code"]["Location"]
        with urllib.request.urlopen(address, timeout=_DOWNLOAD_TIMEOUT_S) as answer:  # noqa: S310 - the emulator's
            archive = answer.read()
        unfinished = target.with_suffix(".unfinished")
        with zipfile.ZipFile(BytesIO(archive)) as bundle:
            bundle.extractall(unfinished)
        unfinished.rename(target)
    return target
