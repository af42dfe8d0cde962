"""A task stays within its own walls."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.containers import Container, containers, per_container
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import each, flag, in_turn, text
from guardrails.rule import Finding, ResourceRule

MODES = (("pidMode", "pid_mode"), ("ipcMode", "ipc_mode"), ("networkMode", "network_mode"))


def findings(task: Resource, _options: Options) -> Iterator[Finding]:
    """Each of the host's namespaces that a task shares, each privileged container."""
    yield from in_turn(each(MODES, lambda mode: _shared(task, *mode)), per_container(task, _privileged))


def _shared(task: Resource, key: str, argument: str) -> Iterator[Finding]:
    if text(task.props, key).lower() == "host":
        yield Finding(
            observed=f"shares the host's namespace by {argument}", expected="another mode", argument=argument
        )


def _privileged(container: Container) -> Iterator[Finding]:
    if flag(container.props, "privileged"):
        yield Finding(
            observed=f"the container {container.name} is privileged",
            expected="False",
            argument='container_definitions[...]["privileged"]',
        )


RULE = ResourceRule(
    id="ecs-no-privileged",
    title="No privileged containers",
    description="A task must neither be privileged nor share namespaces of its host.",
    why="From a privileged container it is one step to every other task on the host.",
    fix="Remove privileged, and host from pid_mode, ipc_mode and network_mode.",
    severity=Severity.HIGH,
    references=("ECS.3", "ECS.4", "ECS.17", "CKV_AWS_334", "CKV_AWS_335"),
    topics=("security", "ecs"),
    applies_to=types.TASK_DEFINITIONS,
    findings=findings,
    compliant=(containers({"name": "server", "privileged": False}, networkMode="awsvpc"),),
    violating=(containers({"name": "server", "privileged": True}, pidMode="host"),),
)
