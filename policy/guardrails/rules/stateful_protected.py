"""What holds data cannot be deleted by a deployment."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.rule import Finding, ResourceRule


def findings(resource: Resource, _options: Options) -> Iterator[Finding]:
    """A resource with data and without protection."""
    if not resource.protected:
        yield Finding(
            observed="holds data and is not protected",
            expected="True",
            argument="opts=ResourceOptions(protect=...)",
        )


RULE = ResourceRule(
    id="stateful-protected",
    title="Protected data",
    description="Buckets, tables, keys and log groups must be protected from deletion by a deployment.",
    why="A renamed component deletes what it held; protection makes Pulumi refuse that.",
    fix="Pass protect=True in the resource's options.",
    severity=Severity.HIGH,
    topics=("data", "drift"),
    applies_to=types.BUCKETS | types.TABLES | types.KEYS | types.LOG_GROUPS,
    findings=findings,
    compliant=(Resource(type="aws:dynamodb/table:Table", name="jobs", protected=True),),
    violating=(Resource(type="aws:dynamodb/table:Table", name="jobs"),),
)
