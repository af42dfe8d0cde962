"""The pack's server: the SDK's own analyzer, asked only about the rules that concern a resource.

The SDK reads a resource again for each policy of a pack, even for those about other types. Here each
set of rules that a type needs has an analyzer of its own, which takes a third of the time.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from concurrent import futures
from types import SimpleNamespace
from typing import Protocol, cast

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy.policy import _PolicyAnalyzerServicer

from guardrails.clock import today
from guardrails.pack.levels import LEVEL, problems
from guardrails.pack.manifest import Manifest, ManifestError, load
from guardrails.pack.policies import joint, mendable, remediation, validation
from guardrails.pack.waivers import Waiver, from_file, read
from guardrails.resources.stack import Levels
from guardrails.rule import ResourceRule, Rule, StackRule

MESSAGE_BYTES = 400 * 1024 * 1024
WORKERS = 4
# Keys of a levels file that the CLI has already applied but still passes on.
OF_THE_CLI = frozenset({"all", "environments"})


class SdkAnalyzer(Protocol):
    """The calls of the SDK's analyzer, which carries no types of its own."""

    def Analyze(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Check one resource."""

    def Remediate(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.RemediateResponse:
        """Remediate one resource."""

    def AnalyzeStack(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Judge a stack."""

    def Configure(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.ConfigureAnalyzerRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Set levels and options."""


class Analyzer:
    """Serves Pulumi's calls for a tuple of rules."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._configuration = analyzer_pb2.ConfigureAnalyzerRequest()
        self._analyzers: dict[tuple[object, tuple[str, ...]], SdkAnalyzer] = {}
        self._lock = threading.Lock()
        self._stated: Levels = {}
        self._waivers = _waivers([])
        self._manifest = load()
        self.whole = _sdk_analyzer(self._manifest, [validation(rule) for rule in rules])

    def configure(
        self, request: analyzer_pb2.ConfigureAnalyzerRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Set levels and options for later requests; refuse those that no rule has."""
        config = request.policyConfig
        stated = {name: _stated(config[name]) for name in config if name not in OF_THE_CLI}
        wrong = problems(stated, self._rules)
        if wrong:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "; ".join(wrong))
        with self._lock:
            self._configuration = request
            self._analyzers = {}
            self._stated = stated
            self._waivers = _waivers(stated.get("waiver-valid", {}).get("waivers", []))
        return empty_pb2.Empty()

    def analyze(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Check one resource with the rules for its type."""
        rules = [rule for rule in self._rules if isinstance(rule, ResourceRule) and rule.covers(request.type)]
        if not rules:
            return analyzer_pb2.AnalyzeResponse()
        answer = self._about(rules, validation, context).Analyze(request, context)
        return self._excused(answer, request.urn, request.name)

    def remediate(
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.RemediateResponse:
        """Remediate one resource with the rules that may and can."""
        rules = [
            rule
            for rule in self._rules
            if mendable(rule, request.type) and not self._waiver(rule.id, request.urn, request.name)
        ]
        if not rules:
            return analyzer_pb2.RemediateResponse()
        return self._about(rules, remediation, context).Remediate(request, context)

    def analyze_stack(
        self, request: analyzer_pb2.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Check all resources together."""
        answer = analyzer_pb2.AnalyzeResponse()
        for rule in self._rules:
            if isinstance(rule, StackRule) or _has_joint(rule):
                asked = _cut(request, _judged(rule))
                found = self._about([rule], self._joint, context).AnalyzeStack(asked, context)
                answer.MergeFrom(self._excused(found))
            if isinstance(rule, StackRule) and rule.informs:
                asked = _cut(request, _judged(rule))
                answer.MergeFrom(
                    _advice(self._about([rule], self._notes, context).AnalyzeStack(asked, context))
                )
        return answer

    def _excused(
        self, answer: analyzer_pb2.AnalyzeResponse, urn: str = "", name: str = ""
    ) -> analyzer_pb2.AnalyzeResponse:
        """The answer with waived violations made advisory."""
        for found in answer.diagnostics:
            description, _, finding = found.message.partition("\n")
            waiver = self._waiver(found.policyName, found.urn or urn, name)
            if waiver:
                # A rule that could not decide reports one line only.
                found.message = f"{found.description}\n{waiver.note()}{finding or description}"
                found.enforcementLevel = analyzer_pb2.ADVISORY
        return answer

    def _joint(self, rule: Rule) -> Policy:
        return joint(rule, self._stated, informs=False)

    def _notes(self, rule: Rule) -> Policy:
        return joint(rule, self._stated, informs=True)

    def _waiver(self, rule: str, urn: str, name: str) -> Waiver | None:
        day = today()
        found = (it for it in self._waivers if it.in_force(day) and it.covers(rule, urn or "stack", name))
        return next(found, None)

    def _about(
        self, rules: Sequence[Rule], as_policy: Callable[[Rule], Policy], context: grpc.ServicerContext
    ) -> SdkAnalyzer:
        key = (as_policy, tuple(rule.id for rule in rules))
        with self._lock:
            if key not in self._analyzers:
                made = _sdk_analyzer(self._manifest, [as_policy(rule) for rule in rules])
                analyzer = cast("SdkAnalyzer", made)
                analyzer.Configure(self._configuration, context)
                self._analyzers[key] = analyzer
            return self._analyzers[key]


def _advice(answer: analyzer_pb2.AnalyzeResponse) -> analyzer_pb2.AnalyzeResponse:
    """The answer with everything made advisory."""
    for found in answer.diagnostics:
        found.enforcementLevel = analyzer_pb2.ADVISORY
    return answer


def _judged(rule: Rule) -> frozenset[str]:
    if isinstance(rule, StackRule):
        return rule.judges
    return rule.joining if isinstance(rule, ResourceRule) else frozenset()


def _cut(
    request: analyzer_pb2.AnalyzeStackRequest, judged: frozenset[str]
) -> analyzer_pb2.AnalyzeStackRequest:
    """The request with the properties of what a rule judges; of the rest only that it is there."""
    if not judged:
        return request
    cut = analyzer_pb2.AnalyzeStackRequest()
    for resource in request.resources:
        if resource.type in judged:
            cut.resources.append(resource)
        else:
            cut.resources.add(type=resource.type, urn=resource.urn, name=resource.name)
    return cut


def _stated(entry: analyzer_pb2.PolicyConfig) -> dict[str, object]:
    level = analyzer_pb2.EnforcementLevel.Name(entry.enforcementLevel).lower()
    return {**json_format.MessageToDict(entry.properties), LEVEL: level}


def _waivers(configured: object) -> list[Waiver]:
    return read([*from_file(), *(configured if isinstance(configured, list) else [])])[0]


def _has_joint(rule: Rule) -> bool:
    return isinstance(rule, ResourceRule) and rule.joined is not None


def _sdk_analyzer(pack: Manifest, policies: Sequence[Policy]) -> _PolicyAnalyzerServicer:
    return _PolicyAnalyzerServicer(
        pack.name, pack.version, list(policies), EnforcementLevel.MANDATORY, description=pack.description
    )


def serve(rules: Sequence[Rule]) -> None:
    """Print the port as Pulumi expects it, and serve until Pulumi ends the process."""
    try:
        analyzer = Analyzer(rules)
    except ManifestError as broken:
        sys.exit(f"the policy pack cannot start: {broken}")
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=WORKERS), options=options)
    calls = SimpleNamespace(
        Analyze=analyzer.analyze,
        AnalyzeStack=analyzer.analyze_stack,
        Remediate=analyzer.remediate,
        Configure=analyzer.configure,
        GetAnalyzerInfo=analyzer.whole.GetAnalyzerInfo,
        GetPluginInfo=analyzer.whole.GetPluginInfo,
        ConfigureStack=analyzer.whole.ConfigureStack,
        Handshake=analyzer.whole.Handshake,
        Cancel=analyzer.whole.Cancel,
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(
        cast("analyzer_pb2_grpc.AnalyzerServicer", calls), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(0)
