"""The server's own permissions are not those by which ECS starts it."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import text, unknown
from guardrails.rule import Finding, ResourceRule


def findings(task: Resource, _options: Options) -> Iterator[Finding]:
    """One role for both; two that are not known yet are compared by where they come from."""
    if unknown(task.props, "taskRoleArn") or unknown(task.props, "executionRoleArn"):
        return
    role = text(task.props, "taskRoleArn")
    if role and role == text(task.props, "executionRoleArn"):
        yield _shared(task)


def joined(_stack: Stack, task: Resource, _options: Options) -> Iterator[Finding]:
    """One role resource behind both arguments, while its ARN is still unknown."""
    if not (unknown(task.props, "taskRoleArn") and unknown(task.props, "executionRoleArn")):
        return
    behind = task.links.get("taskRoleArn", ())
    if behind and behind == task.links.get("executionRoleArn", ()):
        yield _shared(task)


def _shared(task: Resource) -> Finding:
    return Finding(
        observed="uses one role as task role and execution role",
        expected="two roles",
        argument="task_role_arn",
        resource=task,
    )


RULE = ResourceRule(
    id="ecs-roles-separate",
    title="Separate task roles",
    description="A task definition must have different task and execution roles.",
    why="With one role the server may do what only ECS needs, such as read every secret of the task.",
    fix="Create a role of its own for task_role_arn.",
    severity=Severity.MEDIUM,
    references=("CKV_AWS_249",),
    topics=("security", "iam", "ecs"),
    applies_to=types.TASK_DEFINITIONS,
    findings=findings,
    joined=joined,
    compliant=(
        Resource(
            type="aws:ecs/taskDefinition:TaskDefinition",
            name="job-server",
            props={
                "taskRoleArn": "arn:aws:iam::1:role/server",
                "executionRoleArn": "arn:aws:iam::1:role/starter",
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:ecs/taskDefinition:TaskDefinition",
            name="job-server",
            props={
                "taskRoleArn": "arn:aws:iam::1:role/server",
                "executionRoleArn": "arn:aws:iam::1:role/server",
            },
        ),
    ),
)
