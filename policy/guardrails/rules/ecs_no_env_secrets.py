"""Secrets reach containers by reference, never as plain variables."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.containers import Container, containers, per_container
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.secrecy import names_a_secret
from guardrails.resources.values import Value, each, items, text
from guardrails.rule import Finding, ResourceRule


def findings(task: Resource, _options: Options) -> Iterator[Finding]:
    """Each variable that by its name holds a secret; its value is looked at but never shown."""
    yield from per_container(task, _plain)


def _plain(container: Container) -> Iterator[Finding]:
    yield from each(items(container.props, "environment"), lambda variable: _secret(container, variable))


def _secret(container: Container, variable: Value) -> Iterator[Finding]:
    name = text(variable, "name")
    if not names_a_secret(name):
        return
    value = text(variable, "value")
    if value and not value.startswith("arn:"):
        yield Finding(
            observed=f"the container {container.name} gets {name} as a plain variable",
            expected="the name under secrets, with the ARN of a secret or parameter",
            argument='container_definitions[...]["secrets"]',
        )


RULE = ResourceRule(
    id="ecs-no-env-secrets",
    title="No secrets in variables",
    description="Variables of a container that hold secrets must come by reference.",
    why="Plain variables are shown by the console, by the API and in the state to everybody who may look.",
    fix="Move the variable to secrets with valueFrom and the ARN of a secret or SecureString parameter.",
    severity=Severity.CRITICAL,
    references=("ECS.8", "ECS2"),
    topics=("security", "secrets", "ecs"),
    applies_to=types.TASK_DEFINITIONS,
    findings=findings,
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
