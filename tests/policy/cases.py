"""Cases for rules: resources of a type with one thing changed, and what the rule must say."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from guardrails.resources.resource import Resource
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

UNKNOWN = UNKNOWN_STRING_VALUE
TAGS = {
    "Project": "clip-it",
    "Environment": "dev",
    "Component": "render-fleet",
    "Owner": "video",
    "ManagedBy": "pulumi",
}
FOUND, CLEAN, OPEN = "found", "clean", "open"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case; `mentions` must occur in some finding."""

    rule: str
    title: str
    outcome: str
    resources: tuple[Resource, ...]
    mentions: str = ""
    options: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.rule}: {self.title}"


def found(rule: str, title: str, *resources: Resource, mentions: str = "", **options: object) -> Case:
    """The rule finds something."""
    return Case(
        rule=rule, title=title, outcome=FOUND, resources=resources, mentions=mentions, options=options
    )


def clean(rule: str, title: str, *resources: Resource, **options: object) -> Case:
    """The rule finds nothing and had nothing to leave open."""
    return Case(rule=rule, title=title, outcome=CLEAN, resources=resources, options=options)


def left_open(rule: str, title: str, *resources: Resource, **options: object) -> Case:
    """The rule finds nothing because a value is unknown, and says so."""
    return Case(rule=rule, title=title, outcome=OPEN, resources=resources, options=options)


def resource(kind: str, label: str = "it", /, **props: object) -> Resource:
    """A resource of a type; what is not its own are its properties."""
    own = {key: props.pop(key) for key in ("urn", "links", "protected", "ignored") if key in props}
    return Resource(type=kind, name=label, props=props, **own)


def document(*statements: Mapping[str, object]) -> str:
    """A policy document as it lies in a property."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: object, on: object = "*", **more: object) -> dict[str, object]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": on, **more}


def tag(key: str, value: object, *, propagate: object = True) -> dict[str, object]:
    """A tag in the form of an Auto Scaling group."""
    return {"key": key, "value": value, "propagateAtLaunch": propagate}
