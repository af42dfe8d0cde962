"""Runs the real program against a monitor that records its resources; every computed value is unknown.

This needs no Pulumi CLI, account or network. It leaves out what the provider does in its Check: defaults,
`tagsAll`, and refusing what AWS would refuse.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import runpy
import sys
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path

import pulumi
import pulumi.runtime
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.mocks import MockEngine, MockSettings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import ROOT, SETTINGS

from cli.exits import CommandError, Exit
from cli.preview.provider_check import AUTONAMING, documents_as_text, invented_name
from cli.preview.registered import Registered
from local.stack.stack_file import StackFileError, config_of, read_yaml
from local.toolchain.environment import cache_folder

STACK_TYPE = "pulumi:pulumi:Stack"
OWN_OUTPUTS = "pulumi:pulumi:readStackOutputs"
UNKNOWN = pulumi.runtime.rpc.UNKNOWN
_INSTEAD = "; `pulumi preview` asks AWS"


class ProgramError(CommandError):
    """The program could not be built; the message says why."""


class NoStackError(ProgramError):
    """There is no file for the stack; the message names those that exist."""

    code = Exit.USAGE


class Recorder:
    """A resource monitor that responds like a preview of a new stack."""

    def __init__(self, project: str, stack: str, *, names_rules: bool = False) -> None:
        self.registered: list[Registered] = []
        # What the stack exports now, and what its last deployment exported: nothing, as it is new.
        self.exports: dict[str, object] = {}
        self.deployed: dict[str, object] = {}
        # Whether the stack configures its own auto-naming, which is not supported here.
        self._names_rules = names_rules
        self._prefix = f"urn:pulumi:{stack}::{project}::"

    def GetDeploymentInfo(self, _request: empty_pb2.Empty) -> resource_pb2.DeploymentInfo:  # noqa: N802
        """Declare the supported features: secrets, but no resource references and no output values."""
        return resource_pb2.DeploymentInfo(supportedFeatures=[resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS])

    def SupportsFeature(  # noqa: N802
        self, request: resource_pb2.SupportsFeatureRequest
    ) -> resource_pb2.SupportsFeatureResponse:
        """Declare whether one feature is supported."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id == "secrets")

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> object:  # noqa: N802
        """Return a stack's own outputs; refuse every other look-up, because there is no provider."""
        if request.tok == OWN_OUTPUTS:
            answer = resource_pb2.ResourceInvokeResponse()
            json_format.ParseDict({"outputs": self.deployed}, getattr(answer, "return"))
            return answer
        raise ProgramError(
            f"the program looks up {request.tok}, which an offline preview cannot do{_INSTEAD}"
        )

    def Call(self, request: resource_pb2.ResourceCallRequest) -> object:  # noqa: N802
        """Refuse for the same reason."""
        raise ProgramError(f"the program calls {request.tok}, which an offline preview cannot do{_INSTEAD}")

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> object:  # noqa: N802
        """Refuse for the same reason."""
        raise ProgramError(
            f"the program reads {request.type} {request.name}, which an offline preview cannot do{_INSTEAD}"
        )

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Record the resource and return its inputs; all other outputs are unknown."""
        urn = self._urn(request)
        if any(known.urn == urn for known in self.registered):
            raise ProgramError(f"the program registers {urn} twice; rename one of the two")
        if request.type != STACK_TYPE:
            if request.custom:
                _as_checked(request, named=not self._names_rules)
            self.registered.append(_registered(urn, request))
        return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)

    def SignalAndWaitForShutdown(self, _request: empty_pb2.Empty) -> empty_pb2.Empty:  # noqa: N802
        """Acknowledge the end of the program."""
        return empty_pb2.Empty()

    def RegisterPackage(  # noqa: N802
        self, _request: resource_pb2.RegisterPackageRequest
    ) -> resource_pb2.RegisterPackageResponse:
        """Return the same reference for every package; it is never resolved."""
        return resource_pb2.RegisterPackageResponse(ref="offline")

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Keep what the stack exports; what a component has as its outputs nobody asks for."""
        if f"{STACK_TYPE}::" in request.urn:
            self.exports = json_format.MessageToDict(request.outputs)
        return empty_pb2.Empty()

    def _urn(self, request: resource_pb2.RegisterResourceRequest) -> str:
        parent = request.parent.removeprefix(self._prefix).split("::")[0] if request.parent else ""
        above = "" if parent in {"", STACK_TYPE} else f"{parent}$"
        return f"{self._prefix}{above}{request.type}::{request.name}"


def _as_checked(request: resource_pb2.RegisterResourceRequest, *, named: bool) -> None:
    """Change the inputs as the provider's Check would: documents become text, a missing name is generated."""
    inputs = json_format.MessageToDict(request.object)
    changed = documents_as_text(inputs, _texts(request.type), UNKNOWN)
    if named:
        changed |= invented_name(request.type, request.name, inputs, _computed(request.type))
    if changed:
        json_format.ParseDict({**inputs, **changed}, request.object)


def _registered(urn: str, request: resource_pb2.RegisterResourceRequest) -> Registered:
    inputs = json_format.MessageToDict(request.object)
    return Registered(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=request.custom,
        inputs=inputs,
        outputs={**dict.fromkeys(_unknown(request), UNKNOWN), **inputs},
        provider=request.provider,
        protect=request.protect,
        ignore_changes=tuple(request.ignoreChanges),
        dependencies=tuple(request.dependencies),
        property_dependencies={key: tuple(value.urns) for key, value in request.propertyDependencies.items()},
    )


def _unknown(request: resource_pb2.RegisterResourceRequest) -> frozenset[str]:
    return _computed(request.type) | {"id"} if request.custom else frozenset()


@cache
def outputs_of(resource_type: str) -> dict[str, str]:
    """The output properties in the provider's schema, with their types as text."""
    package, module, name = (*resource_type.split(":"), "", "")[:3]
    if package != "aws":
        return {}
    folder = module.split("/")[0]
    folder = "lambda_" if folder == "lambda" else folder
    kind = getattr(importlib.import_module(f"pulumi_aws.{folder}"), name, None)
    members = vars(kind).items() if kind else ()
    getters = {name: member.fget for name, member in members if isinstance(member, property) and member.fget}
    return {
        getattr(getter, "_pulumi_name", name): str(typing.get_type_hints(getter).get("return", "Optional"))
        for name, getter in getters.items()
    }


@cache
def _computed(resource_type: str) -> frozenset[str]:
    """The properties that the provider fills in; in its schema they are outputs that are never empty."""
    return frozenset(name for name, kind in outputs_of(resource_type).items() if "Optional" not in kind)


@cache
def _texts(resource_type: str) -> frozenset[str]:
    """The properties that are text; a document that a program states as an object becomes JSON there."""
    optional = pulumi.Output[typing.Optional[str]]  # noqa: UP045 - as the SDK spells it
    texts = {str(pulumi.Output[str]), str(optional)}
    return frozenset(name for name, kind in outputs_of(resource_type).items() if kind in texts)


def stacks(root: Path) -> list[str]:
    """The stacks that have a file beside the program."""
    return sorted(path.stem.split(".", 1)[1] for path in root.glob("Pulumi.*.yaml"))


def configuration(root: Path, stack: str) -> dict[str, str]:
    """The configuration of a stack as Pulumi passes it to a program; secrets stay encrypted."""
    path = root / f"Pulumi.{stack}.yaml"
    if not path.exists():
        raise NoStackError(f"there is no stack {stack}; choose one of {', '.join(stacks(root))}")
    with _readable_files():
        return {key: _as_text(value) for key, value in config_of(stack, root).items()}


@contextmanager
def _readable_files() -> Iterator[None]:
    try:
        yield
    except StackFileError as problem:
        raise ProgramError(str(problem)) from problem


def _as_text(value: object) -> str:
    """The value as Pulumi passes it on: text and dates as written, everything else as JSON."""
    if value is None:
        return ""
    return str(value) if isinstance(value, str | date) else json.dumps(_whole(value), default=str)


def _whole(value: object) -> object:
    """The value with whole numbers that lack a fraction, as Go prints them."""
    if isinstance(value, dict):
        return {key: _whole(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_whole(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def keep_bytecode() -> None:
    """Keep compiled modules in the cache where Python may not write them beside the sources.

    The aws SDK is so large that compiling it takes ten seconds.
    """
    if sys.dont_write_bytecode and sys.pycache_prefix is None:
        sys.dont_write_bytecode = False
        sys.pycache_prefix = str(cache_folder() / "bytecode")


def prefix(root: Path, stack: str) -> str:
    """The beginning of the URNs of a stack."""
    return f"urn:pulumi:{stack}::{_project(root)}::"


def _project(root: Path) -> str:
    with _readable_files():
        written = read_yaml(root / "Pulumi.yaml")
    return str(written["name"] if isinstance(written, dict) else written)


def record(root: Path, stack: str) -> tuple[Registered, ...]:
    """The resources that a folder's program registers for a stack, in order."""
    given = configuration(root, stack)
    recorder = Recorder(_project(root), stack, names_rules=AUTONAMING in given)
    run(root, stack, given, recorder)
    return tuple(recorder.registered)


def run(root: Path, stack: str, given: Mapping[str, str], recorder: Recorder) -> None:
    """Run the program of a folder with a configuration, for a recorder to hear of."""
    with _runtime(root, _project(root), stack, recorder) as loop:
        pulumi.runtime.set_all_config(dict(given))
        program = str(root / "__main__.py")
        try:
            loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _run(program)))
        except Exception as broken:
            raise ProgramError(f"the program stopped for {stack}: {broken}") from broken


async def _run(program: str) -> None:
    runpy.run_path(program, run_name="__main__")
    # Waiting for all at once avoids the runtime's own loop, which is quadratic in the number of resources.
    while pending := list(SETTINGS.outputs):
        done, _ = await asyncio.wait(pending)
        for task in done:
            task.result()


def _settings(project: str, stack: str, recorder: Recorder) -> MockSettings:
    features = set(recorder.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures)
    return MockSettings(
        monitor=recorder,
        monitor_features=features,
        engine=MockEngine(None),
        project=project,
        stack=stack,
        dry_run=True,
        organization="organization",
        callbacks=None,
    )


@contextmanager
def _runtime(root: Path, project: str, stack: str, recorder: Recorder) -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    sys.path.insert(0, str(root))
    before = dict(pulumi.runtime.config.CONFIG.get())
    gc.disable()  # garbage collection would take a third of the time and find nothing
    try:
        pulumi.runtime.configure(_settings(project, stack, recorder))
        # Forget the pending calls of an earlier program.
        SETTINGS.rpc_manager.clear()
        SETTINGS.outputs.clear()
        ROOT.set(None)
        yield loop
    finally:
        pulumi.runtime.set_all_config(before)
        sys.path.remove(str(root))
        # Everything is needed to the end, where one more collection would take a second or two.
        gc.freeze()
        gc.enable()
        _close(loop)
        asyncio.set_event_loop(None)


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel the tasks of a failed program; each would print an error after the real one."""
    loop.set_exception_handler(lambda _loop, _context: None)
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
