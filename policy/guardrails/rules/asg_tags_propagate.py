"""An Auto Scaling group hands the required tags on to its instances."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.tags import FILL_IN, REQUIRED_KEYS, absences, fillable, lacking, propagated, refused
from guardrails.options import Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, Value, items, present, text, unknown
from guardrails.rule import Finding, ResourceRule


def findings(group: Resource, options: Options) -> Iterator[Finding]:
    """The required keys that are not handed on."""
    keys = options.texts("keys")
    yield from absences(
        propagated(group),
        keys,
        lambda key: _refused(group, key),
        lambda absent: Finding(
            observed=f"does not propagate {', '.join(absent)} to its instances",
            expected=f"{', '.join(keys)} with values and propagate_at_launch=True",
            argument="tags",
        ),
    )


def _refused(group: Resource, key: str) -> bool:
    stated = [] if unknown(group.props, "tags") else items(group.props, "tags")
    named = [tag for tag in stated if not unknown(tag, "key") and text(tag, "key") == key]
    return any(refused(tag) for tag in named)


def remedy(group: Resource, options: Options) -> Block | None:
    """The group's tags with missing ones added and unpropagated ones propagated."""
    absent = lacking(propagated(group), options.texts("keys"))
    values = fillable(group, absent, options)
    tags: list[Value] = []
    for tag in items(group.props, "tags"):
        key = text(tag, "key")
        if key in absent and isinstance(tag, dict) and (present(tag, "value") or key in values):
            value = tag["value"] if present(tag, "value") else values[key]
            tags.append({**tag, "value": value, "propagateAtLaunch": True})
            values.pop(key, None)
        else:
            tags.append(tag)
    tags += [{"key": key, "value": value, "propagateAtLaunch": True} for key, value in values.items()]
    return {"tags": tags} if absent and tags != items(group.props, "tags") else None


def _tag(key: str, value: str) -> Value:
    return {"key": key, "value": value, "propagateAtLaunch": True}


RULE = ResourceRule(
    id="asg-tags-propagate",
    title="Propagated group tags",
    description="An Auto Scaling group must propagate the required tags to its instances.",
    why="Where both have a key the group's tag wins over the template's; what is not propagated is lost.",
    fix="State each required tag on the group with propagate_at_launch=True.",
    severity=Severity.HIGH,
    references=("CKV_AWS_153", "AutoScaling.10"),
    topics=("tags", "auto-scaling"),
    applies_to=types.GROUPS,
    options=(REQUIRED_KEYS, FILL_IN),
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={
                "tags": [
                    _tag("Project", "clip-it"),
                    _tag("Environment", "dev"),
                    _tag("Component", "render-fleet"),
                    _tag("Owner", "video"),
                    _tag("ManagedBy", "pulumi"),
                ]
            },
        ),
    ),
    violating=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={"tags": [{"key": "Project", "value": "clip-it", "propagateAtLaunch": False}]},
        ),
    ),
)
