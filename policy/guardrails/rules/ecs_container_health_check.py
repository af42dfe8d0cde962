"""Every essential container of a task has a health check of its own."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.containers import Container, containers, per_container
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import flag, items, text
from guardrails.rule import Finding, ResourceRule


def findings(task: Resource, _options: Options) -> Iterator[Finding]:
    """Essential containers without a command that checks them."""
    yield from per_container(task, _check)


def _check(container: Container) -> Iterator[Finding]:
    if flag(container.props, "essential") is False:
        return
    command = [text(part) for part in items(container.props, "healthcheck", "command")]
    if command[:1] in (["CMD"], ["CMD-SHELL"]):
        command = command[1:]
    if not any(command) or command[0].upper() == "NONE":
        yield Finding(
            observed=f"the essential container {container.name} has no health check command",
            expected='a command such as ["CMD", ...]',
            argument='container_definitions[...]["healthCheck"]',
        )


RULE = ResourceRule(
    id="ecs-container-health-check",
    title="Container health checks",
    description="Every essential container of a task definition must have a health check command.",
    why="ECS ignores the HEALTHCHECK of an image; without its own check a hung container is never replaced.",
    fix="Give each essential container a healthCheck with a command in container_definitions.",
    severity=Severity.HIGH,
    topics=("health", "ecs"),
    applies_to=types.TASK_DEFINITIONS,
    findings=findings,
    compliant=(
        containers(
            {
                "name": "server",
                "essential": True,
                "healthCheck": {"command": ["CMD", "python", "-m", "healthcheck"]},
            }
        ),
    ),
    violating=(containers({"name": "server", "essential": True}),),
)
