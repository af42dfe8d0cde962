"""Checks the program of a stack with the real pack, without the Pulumi CLI, an account or a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
from google.protobuf import json_format
from guardrails.pack.handwritten import of_json
from pulumi.runtime.proto import analyzer_pb2

from cli.policy.diagnostics import Diagnostic, PolicyInfo
from cli.policy.pack import Pack, PackError, connect, started
from cli.preview.program import ProgramError, configuration, prefix, record
from cli.preview.provider_check import NoProviderError, with_default_provider
from cli.preview.registered import Registered


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The resources, the pack's policies and its diagnostics."""

    stack: str
    resources: tuple[Registered, ...]
    policies: tuple[PolicyInfo, ...]
    levels: dict[str, object]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is checked, with which pack, and which of the pack's levels apply."""

    program: Path
    stack: str
    pack: Path
    levels: str


def check(subject: Subject) -> Judged:
    """Build the program for a stack and check it with the pack at its levels.

    Raises:
        PackError: The pack does not answer, or has no such levels.
    """
    stack, levels = subject.stack, levels_of(subject.pack, subject.levels)
    with started(subject.pack, stack) as process:
        resources = checked(subject.program, stack)
        pack = connect(process)
        try:
            policies = pack.policies()
            pack.configure(levels)
            diagnostics = judge(pack, resources)
        except grpc.RpcError as broken:
            details = getattr(broken, "details", broken.__str__)()
            raise PackError(
                f"the policy pack stopped answering: {details}; run the command again"
            ) from broken
        finally:
            pack.close()
    return Judged(stack=stack, resources=resources, policies=policies, levels=levels, diagnostics=diagnostics)


def checked(root: Path, stack: str) -> tuple[Registered, ...]:
    """The program's resources as Pulumi and the provider's Check pass them to policies."""
    resources = record(root, stack)
    try:
        return with_default_provider(resources, configuration(root, stack), prefix(root, stack))
    except NoProviderError as problem:
        raise ProgramError(str(problem)) from None


def judge(pack: Pack, resources: Sequence[Registered]) -> tuple[Diagnostic, ...]:
    """The pack's diagnostics, in Pulumi's order: remediate, check each resource, then the stack."""
    diagnostics: list[Diagnostic] = []
    judged: list[Registered] = []
    for resource, request in zip(resources, requests(resources), strict=True):
        mended = pack.mend(request)
        diagnostics += mended + pack.analyze(request)
        judged.append(_mended(resource, request) if mended else resource)
    return (*diagnostics, *pack.analyze_stack(stack_resources(judged)))


def _mended(resource: Registered, request: analyzer_pb2.AnalyzeRequest) -> Registered:
    inputs = json_format.MessageToDict(request.properties)
    return replace(resource, inputs=inputs, outputs={**resource.outputs, **inputs})


def levels_of(pack: Path, name: str) -> dict[str, object]:
    """The levels in a file of the pack.

    Raises:
        PackError: There is no such file.
    """
    path = pack / "levels" / f"{name}.json"
    try:
        levels = of_json(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise PackError(f"{path} cannot be read: {problem.strerror}; choose one with --levels") from problem
    return levels if isinstance(levels, dict) else {}


def requests(resources: Sequence[Registered]) -> list[analyzer_pb2.AnalyzeRequest]:
    """Pulumi's request about each resource, with its inputs."""
    providers = _providers(resources)
    return [
        json_format.ParseDict(
            {"properties": resource.inputs},
            analyzer_pb2.AnalyzeRequest(
                type=resource.type,
                name=resource.name,
                urn=resource.urn,
                options=_options(resource),
                provider=providers.get(resource.provider.rsplit("::", 1)[0]),
            ),
        )
        for resource in resources
    ]


def stack_resources(resources: Sequence[Registered]) -> list[analyzer_pb2.AnalyzerResource]:
    """Pulumi's request about the stack, with outputs and dependencies."""
    providers = _providers(resources)
    return [
        json_format.ParseDict(
            {"properties": resource.outputs},
            analyzer_pb2.AnalyzerResource(
                type=resource.type,
                name=resource.name,
                urn=resource.urn,
                options=_options(resource),
                provider=providers.get(resource.provider.rsplit("::", 1)[0]),
                parent=resource.parent,
                dependencies=resource.dependencies,
                propertyDependencies={
                    key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
                    for key, urns in resource.property_dependencies.items()
                },
            ),
        )
        for resource in resources
    ]


def _options(resource: Registered) -> analyzer_pb2.AnalyzerResourceOptions:
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=resource.protect, ignoreChanges=resource.ignore_changes, parent=resource.parent
    )


def _providers(resources: Sequence[Registered]) -> dict[str, analyzer_pb2.AnalyzerProviderResource]:
    return {
        resource.urn: json_format.ParseDict(
            {"properties": resource.inputs},
            analyzer_pb2.AnalyzerProviderResource(type=resource.type, name=resource.name, urn=resource.urn),
        )
        for resource in resources
        if resource.type.startswith("pulumi:providers:")
    }
