"""Runs the policy pack as a process and calls it as Pulumi does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from select import select

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from cli.exits import CommandError
from cli.policy.diagnostics import Diagnostic, Level, PolicyInfo

MESSAGE_BYTES = 400 * 1024 * 1024
START_SECONDS = 30
# In the order of the numbers in the protocol.
LEVELS = (Level.ADVISORY, Level.MANDATORY, Level.DISABLED, Level.REMEDIATE)
SEVERITIES = ("", "low", "medium", "high", "critical")


class PackError(CommandError):
    """The pack could not be started, or stopped answering."""


class Pack:
    """A connection to a running pack."""

    def __init__(self, address: str) -> None:
        options = [("grpc.max_receive_message_length", MESSAGE_BYTES)]
        self._channel = grpc.insecure_channel(address, options=options)
        self._stub = analyzer_pb2_grpc.AnalyzerStub(self._channel)
        self._remediates = False

    def policies(self) -> tuple[PolicyInfo, ...]:
        """The pack's policies."""
        info = self._stub.GetAnalyzerInfo(empty_pb2.Empty())
        return tuple(_info(policy) for policy in info.policies)

    def configure(self, levels: Mapping[str, object]) -> None:
        """Set levels and options as Pulumi does for `--policy-pack-config`, with defaults."""
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        everywhere = levels.get("all")
        for policy in self.policies():
            stated = levels.get(policy.name, everywhere)
            entry = stated if isinstance(stated, Mapping) else {"enforcementLevel": stated}
            level = entry.get("enforcementLevel") or everywhere or policy.level
            options = {**policy.defaults, **{k: v for k, v in entry.items() if k != "enforcementLevel"}}
            config = request.policyConfig[policy.name]
            config.enforcementLevel = analyzer_pb2.EnforcementLevel.Value(Level(str(level)).name)
            json_format.ParseDict(options, config.properties)
        self._stub.Configure(request)
        levels_in_force = {config.enforcementLevel for config in request.policyConfig.values()}
        self._remediates = analyzer_pb2.REMEDIATE in levels_in_force

    def analyze(self, request: analyzer_pb2.AnalyzeRequest) -> list[Diagnostic]:
        """The resource policies' diagnostics about one resource."""
        answer = self._stub.Analyze(request)
        return [_diagnostic(each, request.urn) for each in answer.diagnostics]

    def remediate(self, request: analyzer_pb2.AnalyzeRequest) -> analyzer_pb2.RemediateResponse:
        """The pack's remediations of one resource."""
        answer: analyzer_pb2.RemediateResponse = self._stub.Remediate(request)
        return answer

    def mend(self, request: analyzer_pb2.AnalyzeRequest) -> list[Diagnostic]:
        """Rewrite the request's properties as the remediating policies would, and report the changes."""
        if not self._remediates:
            return []
        diagnostics = []
        for remedy in self.remediate(request).remediations:
            if remedy.HasField("properties"):
                then, now = (json_format.MessageToDict(it) for it in (request.properties, remedy.properties))
                diagnostics.append(Diagnostic.mending(remedy.policyName, request.urn, then, now))
                request.properties.CopyFrom(remedy.properties)
        return diagnostics

    def analyze_stack(self, resources: Sequence[analyzer_pb2.AnalyzerResource]) -> list[Diagnostic]:
        """The stack policies' diagnostics about all resources."""
        answer = self._stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources))
        return [_diagnostic(each, "") for each in answer.diagnostics]

    def close(self) -> None:
        """End the connection."""
        self._channel.close()


def _diagnostic(found: analyzer_pb2.AnalyzeDiagnostic, urn: str) -> Diagnostic:
    return Diagnostic(
        policy=found.policyName,
        level=LEVELS[found.enforcementLevel],
        message=found.message,
        urn=found.urn or urn,
        severity=SEVERITIES[found.severity],
    )


def _info(policy: analyzer_pb2.PolicyInfo) -> PolicyInfo:
    schema = json_format.MessageToDict(policy.configSchema.properties)
    return PolicyInfo(
        name=policy.name,
        title=policy.displayName,
        description=policy.description,
        level=LEVELS[policy.enforcementLevel],
        severity=SEVERITIES[policy.severity],
        kind="stack" if policy.policy_type == analyzer_pb2.POLICY_TYPE_STACK else "resource",
        references=policy.framework.reference,
        why=policy.framework.specification,
        fix=policy.remediation_steps,
        url=policy.url,
        defaults={key: option["default"] for key, option in schema.items() if "default" in option},
    )


@contextmanager
def running(folder: Path, stack: str = "") -> Iterator[Pack]:
    """The pack of a folder, for as long as the block lasts."""
    with started(folder, stack) as process:
        pack = connect(process)
        try:
            yield pack
        finally:
            pack.close()


@contextmanager
def started(folder: Path, stack: str = "") -> Iterator[subprocess.Popen[str]]:
    """The pack's process; it starts while the caller does other things."""
    environment = {**os.environ, **({"PULUMI_STACK": stack} if stack else {})}
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(folder)]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def connect(process: subprocess.Popen[str]) -> Pack:
    """A connection to the process, once it has printed its port."""
    line = ""
    if process.stdout and select([process.stdout], [], [], START_SECONDS)[0]:
        line = process.stdout.readline().strip()
    if not line.isdigit():
        process.kill()
        _, complaint = process.communicate()
        raise PackError(f"the policy pack did not start; it said:\n{line}\n{complaint.strip()}")
    return Pack(f"127.0.0.1:{line}")
