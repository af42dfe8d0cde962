"""A group names the version of its launch template by number."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.groups import template_references
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Value, each, text, unknown
from guardrails.rule import Finding, ResourceRule

MOVING = frozenset({"$latest", "$default"})


def findings(group: Resource, _options: Options) -> Iterator[Finding]:
    """Each reference to a launch template whose version moves; an output is a number and does not."""
    yield from each(template_references(group), lambda place: _moving(place[0], place[1]()))


def _moving(argument: str, reference: Value) -> Iterator[Finding]:
    if not isinstance(reference, dict) or not reference or unknown(reference, "version"):
        return
    version = text(reference, "version")
    if not version or version.lower() in MOVING:
        yield Finding(
            observed=f"follows the version {version}"
            if version
            else "states no version, which means $Default",
            expected="the template's latest_version output",
            argument=f"{argument}.version",
        )


RULE = ResourceRule(
    id="asg-lt-version-pinned",
    title="Pinned launch template version",
    description="An Auto Scaling group must name the version of its launch template by number.",
    why="With $Latest a change of the template shows in no diff of the group and starts no instance refresh.",
    fix="Pass latest_version of the launch template as the version.",
    severity=Severity.HIGH,
    topics=("drift", "auto-scaling", "launch-template"),
    applies_to=types.GROUPS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={"launchTemplate": {"id": "lt-1", "version": "7"}},
        ),
    ),
    violating=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={"launchTemplate": {"id": "lt-1", "version": "$Latest"}},
        ),
    ),
)
