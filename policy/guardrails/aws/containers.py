"""The containers of a task definition."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from guardrails.resources.documents import folded, parsed
from guardrails.resources.resource import Resource
from guardrails.resources.values import Block, each, present, text
from guardrails.rule import Finding


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container definition; its keys are in lower case."""

    name: str
    props: Block


def of_task(task: Resource) -> list[Container] | None:
    """The containers, None when the definitions are no list of objects."""
    definitions = folded(parsed(task.props, "containerDefinitions"))
    if isinstance(definitions, dict):
        definitions = [definitions]
    if not isinstance(definitions, list):
        return None
    found = [definition for definition in definitions if isinstance(definition, dict)]
    return [Container(name=text(props, "name") or "?", props=props) for props in found]


def per_container(task: Resource, check: Callable[[Container], Iterator[Finding]]) -> Iterator[Finding]:
    """The check of each container; definitions that cannot be read are a finding."""
    found = of_task(task)
    if found is not None:
        yield from each(found, check)
    elif present(task.props, "containerDefinitions"):
        yield Finding(
            observed="the container definitions are not a JSON list of objects",
            expected="a JSON list",
            argument="container_definitions",
        )


def containers(*definitions: dict[str, object], **props: str) -> Resource:
    """A task definition with these containers, for examples."""
    return Resource(
        type="aws:ecs/taskDefinition:TaskDefinition",
        name="job-server",
        props={"containerDefinitions": json.dumps(definitions), **props},
    )
