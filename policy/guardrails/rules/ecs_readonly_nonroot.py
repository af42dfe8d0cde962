"""Containers write nowhere but where they must, and not as root."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.containers import Container, containers, per_container
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import flag, in_turn, text
from guardrails.rule import Finding, ResourceRule

ROOTS = frozenset({"root", "0"})


def findings(task: Resource, _options: Options) -> Iterator[Finding]:
    """Each container with a writable root or the root user; Windows knows neither."""
    if text(task.props, "runtimePlatform", "operatingSystemFamily").upper().startswith("WINDOWS"):
        return
    yield from per_container(task, lambda container: in_turn(_writable(container), _root(container)))


def _writable(container: Container) -> Iterator[Finding]:
    if flag(container.props, "readonlyrootfilesystem") is not True:
        yield Finding(
            observed=f"the container {container.name} may write to its root file system",
            expected="True",
            argument='container_definitions[...]["readonlyRootFilesystem"]',
        )


def _root(container: Container) -> Iterator[Finding]:
    user = text(container.props, "user").split(":")[0].strip().lower()
    if not user or user in ROOTS:
        yield Finding(
            observed=f"the container {container.name} runs as {user or 'whatever user its image has'}",
            expected='a user that is not root, such as "1000:1000"',
            argument='container_definitions[...]["user"]',
        )


RULE = ResourceRule(
    id="ecs-readonly-nonroot",
    title="Read-only and not root",
    description="Containers must have a read-only root file system and a user that is not root.",
    why="Whoever breaks into the server can then neither replace its code nor use the root user's ways out.",
    fix="Set readonlyRootFilesystem to true and user to an unprivileged one; mount a volume where it writes.",
    severity=Severity.HIGH,
    references=("ECS.5", "ECS.20", "CKV_AWS_336"),
    topics=("security", "ecs"),
    applies_to=types.TASK_DEFINITIONS,
    findings=findings,
    compliant=(containers({"name": "server", "readonlyRootFilesystem": True, "user": "1000:1000"}),),
    violating=(containers({"name": "server", "readonlyRootFilesystem": False, "user": "root"}),),
)
