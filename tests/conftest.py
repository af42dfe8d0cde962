"""Builds components and the whole program in memory, and records what would be registered.

What this does not prove: that AWS accepts any of it, or what an update would replace.
"""

import asyncio
import gc
import json
import os
import runpy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from hypothesis import HealthCheck, settings
from pulumi.runtime import get_root_resource, rpc
from pulumi.runtime.config import CONFIG, set_all_config
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.stack import Stack
from xdist.remote import Producer

from cli.policy.check import checked
from cli.policy.pack import Pack, running
from cli.preview.registered import Registered
from tests.workers import MADE_ONCE, Together, group_of

pytest_plugins = ["tests.long_form", "tests.pulumi_cli_mark"]

ROOT = Path(__file__).parents[1]
# What AWS makes up and the program or its exports read; unknown in a preview.
COMPUTED = {
    "aws:alb/loadBalancer:LoadBalancer": ("arnSuffix", "dnsName", "zoneId"),
    "aws:lb/loadBalancer:LoadBalancer": ("arnSuffix", "dnsName", "zoneId"),
    "aws:lb/targetGroup:TargetGroup": ("arnSuffix",),
    "aws:dynamodb/table:Table": ("streamArn",),
    "aws:ec2/launchTemplate:LaunchTemplate": ("latestVersion",),
    "aws:ssm/document:Document": ("latestVersion", "defaultVersion"),
    "aws:sqs/queue:Queue": ("url",),
    "aws:kms/key:Key": ("keyId",),
    "aws:ecr/repository:Repository": ("repositoryUrl",),
}
# How the program asks what its last deployment exported.
OWN_OUTPUTS = "pulumi:pulumi:readStackOutputs"
NUMBERS = {("aws:ec2/launchTemplate:LaunchTemplate", "latestVersion")}

# Every run draws the same examples, however slow the machine; `--hypothesis-profile explore` draws others and
# remembers what failed.
# How long an example takes says more about the machine than about the code.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", derandomize=False, deadline=None)
settings.load_profile("repeatable")


def pytest_configure() -> None:
    """Look for garbage rarely, and let moto know no images: either takes longer than a test."""
    gc.set_threshold(100_000, 50, 1_000)
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")


def pytest_collection_finish() -> None:
    """What was imported is no garbage: looking at the provider's SDK alone takes a second."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that would have a second worker make what one has made already."""
    for item in items:
        for fixture in set(getattr(item, "fixturenames", ())) & MADE_ONCE.keys():
            if group_of(item.nodeid) != MADE_ONCE[fixture]:
                raise pytest.UsageError(
                    f"{item.nodeid} asks for {fixture!r}; name its file in tests/workers.py, "
                    f"among {MADE_ONCE[fixture]!r}."
                )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """Let one worker do what belongs together."""
    return Together(config, log)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One registration, with what the policy engine would see of it; inputs are camelCase."""

    urn: str
    type: str
    name: str
    custom: bool
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    parent: str
    protect: bool
    ignore_changes: tuple[str, ...]
    dependencies: tuple[str, ...]
    property_dependencies: dict[str, tuple[str, ...]]
    request: Any


@dataclass
class Recorded(Mocks):
    """Every resource that was registered, in order; any look-up but that of the stack's own outputs fails."""

    unknown: bool = False
    deployed: dict[str, Any] = field(default_factory=dict)
    resources: list[Resource] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)

    def of(self, type_: str) -> list[Resource]:
        """All resources of a type; `aws:sqs/queue:Queue`."""
        return [one for one in self.resources if one.type == type_]

    def one(self, type_: str, name: str) -> Resource:
        """The only resource of that type and logical name."""
        found = [one for one in self.of(type_) if one.name == name]
        assert len(found) == 1, (type_, name, sorted(one.name for one in self.of(type_)))
        return found[0]

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:
            return None, {}
        state = dict(args.inputs)
        state.setdefault("name", f"{args.name}-1234567")
        for key in ("arn", *COMPUTED.get(args.typ, ())):
            state[key] = pulumi.UNKNOWN if self.unknown else _made_up(args, key)
        return ("" if self.unknown else f"{args.name}-id"), state

    def call(self, args: MockCallArgs) -> dict[str, Any]:
        if args.token == OWN_OUTPUTS:
            return {"outputs": self.deployed}
        raise AssertionError(f"something was looked up: {args.token}")


def _bare(value: Any) -> Any:
    """A value without the wrapping of secrets, as the policy engine sees it."""
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return _bare(value["value"])
        return {key: _bare(below) for key, below in value.items()}
    return [_bare(below) for below in value] if isinstance(value, list) else value


def _made_up(args: MockResourceArgs, key: str) -> str | int:
    if (args.typ, key) in NUMBERS:
        return 1
    if key.endswith("Version"):
        return "1"
    if key == "url":
        return f"https://sqs.test/{args.inputs.get('name', args.name)}"
    return f"arn:aws:test:::{args.name}" if key == "arn" else f"{args.name}-{key}"


class RecordingMonitor(MockMonitor):
    """Keeps each registration whole: parents, dependencies and options are not shown to mocks."""

    def __init__(self, world: Recorded) -> None:
        super().__init__(world)
        self.world = world

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        answer = super().RegisterResource(request)
        state = self.resources[answer.urn].state if answer.urn in self.resources else {}
        if request.type != "pulumi:pulumi:Stack":
            self.world.resources.append(
                Resource(
                    urn=answer.urn,
                    type=request.type,
                    name=request.name,
                    custom=request.custom,
                    inputs=_bare(rpc.deserialize_properties(request.object, keep_unknowns=True)),
                    outputs=dict(state),
                    parent=request.parent,
                    protect=request.protect,
                    ignore_changes=tuple(request.ignoreChanges),
                    dependencies=tuple(request.dependencies),
                    property_dependencies={
                        key: tuple(value.urns) for key, value in request.propertyDependencies.items()
                    },
                    request=request,
                )
            )
        return answer


@contextmanager
def _loop() -> Iterator[None]:
    """A loop of one's own: whoever ran one before, such as the policy check, leaves none behind."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()


@_loop()
def _build(build: Callable[[], object], world: Recorded, stack: str) -> Recorded:
    pulumi.runtime.set_mocks(
        world,
        project="clip-it",
        stack=stack,
        preview=world.unknown,
        monitor=RecordingMonitor(world),
        organization="organization",
    )
    root = get_root_resource()
    assert isinstance(root, Stack)
    # The root outlives a test; what an earlier program exported is not this one's.
    root.outputs.clear()

    def run() -> pulumi.Output[None]:
        build()
        return pulumi.Output.from_input(dict(root.outputs)).apply(world.exports.update)

    pulumi.runtime.test(run)()
    return world


@pytest.fixture(scope="session")
def deployed() -> Callable[[Callable[[], object]], Recorded]:
    """The only way to build a component in a test: returns after everything has landed."""
    return lambda build: _build(build, Recorded(), "test")


@contextmanager
def _configured(config: Mapping[str, str]) -> Iterator[None]:
    before, folder = CONFIG.get(), Path.cwd()
    set_all_config(dict(config))
    os.chdir(ROOT)
    try:
        yield
    finally:
        os.chdir(folder)
        CONFIG.set(before)


def stack_config(stack: str) -> dict[str, str]:
    """The configuration of a committed stack file as the Pulumi CLI hands it to the program."""
    config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


@pytest.fixture(scope="session")
def program() -> Callable[..., Recorded]:
    """Runs the real program with a committed stack file: `program("prod")`, `program("prod", preview=True)`.

    In a preview everything that AWS makes up is unknown.
    """
    built: dict[tuple[str, bool], Recorded] = {}

    def run(stack: str, *, preview: bool = False) -> Recorded:
        if (stack, preview) not in built:
            built[stack, preview] = built_with(stack_config(stack), stack, preview=preview)
        return built[stack, preview]

    return run


def built_with(
    config: Mapping[str, str], stack: str, *, preview: bool = False, deployed: Mapping[str, Any] | None = None
) -> Recorded:
    """The real program, run with a configuration of the test's own, after what the stack has deployed."""
    with _configured(config):
        return _build(
            lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
            Recorded(unknown=preview, deployed=dict(deployed or {})),
            stack,
        )


@pytest.fixture(scope="session")
def bootstrapped() -> Callable[[str], tuple[Registered, ...]]:
    """What the bootstrap program registers for one of its committed stacks, in a preview."""
    return cache(lambda stack: checked(ROOT / "bootstrap", stack))


@pytest.fixture(scope="session")
def pack() -> Iterator[Pack]:
    """The real pack, started as the engine starts it."""
    with running(ROOT / "policy") as connection:
        yield connection
