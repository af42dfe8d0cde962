"""Secrets reach containers by reference, never as text of the task definition."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.containers import Container, containers, per_container
from guardrails.aws.generated import GENERATORS, generated
from guardrails.options import Options
from guardrails.resources.leaks import leaks
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.rule import Finding, ResourceRule, unresolved


def findings(task: Resource, _options: Options) -> Iterator[Finding]:
    """Each place of a container that by its name or shape holds a secret, which is never shown."""
    yield from per_container(task, _plain)


def _plain(container: Container) -> Iterator[Finding]:
    for leak in leaks(container.props):
        yield _finding(f"the container {container.name} holds what looks like {leak.kind} in {leak.place}")


def joined(stack: Stack, task: Resource, options: Options) -> Iterator[Finding]:
    """Definitions that are not known yet and into which a generated password goes."""
    sources = list(generated(stack, task, "containerDefinitions"))
    for source in sources:
        yield _finding(f"the container definitions hold the secret of {source.name}", task)
    if not sources:
        yield from unresolved(findings(task, options))


def _finding(observed: str, task: Resource | None = None) -> Finding:
    return Finding(
        observed=observed,
        expected="the name under secrets, with the ARN of a secret or parameter",
        argument='container_definitions[...]["secrets"]',
        resource=task,
    )


RULE = ResourceRule(
    id="ecs-no-env-secrets",
    title="No secrets in containers",
    description="Secrets must reach a container by reference, in no variable, command, label or log option.",
    why="A task definition is shown by the console, by the API and in the state to everybody who may look.",
    fix="Move the variable to secrets with valueFrom and the ARN of a secret or SecureString parameter.",
    severity=Severity.CRITICAL,
    references=("ECS.8",),
    topics=("security", "secrets", "ecs"),
    applies_to=types.TASK_DEFINITIONS,
    findings=findings,
    joined=joined,
    settles=True,
    joins=GENERATORS,
    compliant=(
        containers(
            {
                "name": "server",
                "environment": [{"name": "CLIPIT_TABLE", "value": "jobs"}],
                "secrets": [
                    {"name": "API_TOKEN", "valueFrom": "arn:aws:secretsmanager:eu-central-1:1:secret:t"}
                ],
            }
        ),
    ),
    violating=(containers({"name": "server", "environment": [{"name": "API_TOKEN", "value": "example"}]}),),
)
