"""Everything that can carry tags carries the required ones."""

import re
from collections.abc import Iterator

from pulumi_policy import Severity
from pulumi_policy.proxy import UnknownValueError

from guardrails.aws import types
from guardrails.aws.tags import FILL_IN, REQUIRED_KEYS, absences, carried, fillable, lacking
from guardrails.options import Option, Options, no_pattern
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, Value, block, each, items, present, text, unknown
from guardrails.rule import Finding, ResourceRule

PATTERN = Option(
    name="pattern",
    default=r"^[\w .:/=+@-]{1,256}$",
    description="A regular expression that the value of each required tag matches.",
    wrong=no_pattern,
)


def findings(resource: Resource, options: Options) -> Iterator[Finding]:
    """Missing keys at once, then each value of an unwanted shape."""
    keys = options.texts("keys")
    yield from each(keys, lambda key: _shape(resource, key, options))
    yield from absences(
        carried(resource),
        keys,
        lambda key: _emptied(resource, key),
        lambda absent: Finding(
            observed=f"lacks the tag{'s' if len(absent) > 1 else ''} {', '.join(absent)}",
            expected=f"{', '.join(keys)}, each with a value",
            argument="tags",
        ),
    )


def _emptied(resource: Resource, key: str) -> bool:
    """Whether an explicit tag without a value stands before whatever the provider would add."""
    own = resource.props.get("tags")
    return isinstance(own, dict) and key in own and not present(own, key)


def _stated(resource: Resource, key: str) -> Value:
    """The value that the resource ends up with, as far as it is known."""
    for part in reversed(carried(resource)):
        try:
            tags = part()
        except UnknownValueError:
            return None
        if key in tags:
            return tags[key]
    return None


def _shape(resource: Resource, key: str, options: Options) -> Iterator[Finding]:
    stated = _stated(resource, key)
    if unknown(stated):
        return
    value = text(stated)
    if value and not re.search(str(options.value("pattern")), value):
        yield Finding(
            observed=f"the tag {key} has a value of an unwanted shape",
            expected=f"a value that matches {options.value('pattern')}",
            argument=f'tags["{key}"]',
        )


def remedy(resource: Resource, options: Options) -> Block | None:
    """The explicit tags with missing ones filled in, in the form that the type has."""
    absent = fillable(resource, lacking(carried(resource), options.texts("keys")), options)
    if not absent:
        return None
    if resource.type in types.GROUPS:
        added: list[Value] = [
            {"key": key, "value": value, "propagateAtLaunch": True} for key, value in absent.items()
        ]
        kept = [
            tag
            for tag in items(resource.props, "tags")
            if present(tag, "value") or text(tag, "key") not in absent
        ]
        return {"tags": [*kept, *added]}
    return {"tags": {**block(resource.props, "tags"), **absent}}


RULE = ResourceRule(
    id="required-tags",
    title="Required tags",
    description="Every resource that can carry tags must carry the required ones.",
    why="Costs, owners and alarms are found by tags; what has none is nobody's and is never cleaned up.",
    fix="State the tags on the resource, or give its provider default tags.",
    severity=Severity.MEDIUM,
    references=(
        "AutoScaling.10",
        "EC2.38",
        "EC2.45",
        "EC2.175",
        "ECS.13",
        "SQS.2",
        "DynamoDB.5",
        "Lambda.6",
        "SSM.5",
    ),
    topics=("tags", "drift"),
    applies_to=types.TAGGABLE,
    options=(REQUIRED_KEYS, PATTERN, FILL_IN),
    findings=findings,
    remedy=remedy,
    compliant=(
        Resource(
            type="aws:sqs/queue:Queue",
            name="renders",
            props={
                "tags": {
                    "Project": "clip-it",
                    "Environment": "dev",
                    "Component": "job-store",
                    "Owner": "video",
                    "ManagedBy": "pulumi",
                }
            },
        ),
    ),
    violating=(Resource(type="aws:sqs/queue:Queue", name="renders", props={"tags": {"Project": "clip-it"}}),),
)
