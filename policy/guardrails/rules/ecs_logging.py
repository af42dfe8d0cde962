"""Every container's output is kept."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.containers import Container, containers, per_container
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import text
from guardrails.rule import Finding, ResourceRule


def findings(task: Resource, _options: Options) -> Iterator[Finding]:
    """Each container without a log driver."""
    yield from per_container(task, _silent)


def _silent(container: Container) -> Iterator[Finding]:
    if text(container.props, "logconfiguration", "logdriver").lower() in {"", "none"}:
        yield Finding(
            observed=f"the output of the container {container.name} is lost",
            expected='a log driver such as "awslogs"',
            argument='container_definitions[...]["logConfiguration"]',
        )


RULE = ResourceRule(
    id="ecs-logging",
    title="Container logs",
    description="Every container must have a log configuration.",
    why="On Fargate nobody can look into a task afterwards; what it did not log is gone.",
    fix="Add a logConfiguration with the driver awslogs and a log group of the stack.",
    severity=Severity.HIGH,
    references=("ECS.9", "ECS7"),
    topics=("observability", "ecs"),
    applies_to=types.TASK_DEFINITIONS,
    findings=findings,
    compliant=(containers({"name": "server", "logConfiguration": {"logDriver": "awslogs"}}),),
    violating=(containers({"name": "server"}),),
)
