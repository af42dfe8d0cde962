"""What AWS does when one deployment follows another: compares inputs, and lets the facts decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cli.preview.registered import Registered
from local.provider.replacements import FACTS, changed_paths
from local.provider.types.props import Props

GROUP: Final = "aws:autoscaling/group:Group"
SERVICE: Final = "aws:ecs/service:Service"
# A change below one of these starts new instances or tasks for the old ones: an instance refresh
# (Terraform provider, aws_autoscaling_group, "instance_refresh") or a deployment (ECS API, UpdateService).
ROLLING: Final[Mapping[str, tuple[str, ...]]] = {
    GROUP: ("launchTemplate", "mixedInstancesPolicy"),
    SERVICE: ("taskDefinition", "networkConfiguration", "loadBalancers"),
}
# What holds data or work, or what everything else stands in.
LASTING: Final = frozenset(
    {
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:dynamodb/table:Table",
        "aws:ec2/vpc:Vpc",
        "aws:kms/key:Key",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:s3/bucket:Bucket",
        "aws:sqs/queue:Queue",
        GROUP,
        SERVICE,
    }
)


class UnknownChangeError(ValueError):
    """A property changed of which the facts do not say whether it replaces the resource."""


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What a change does to resources, by their URNs; those in `rolling` are updated ones, too."""

    created: frozenset[str]
    deleted: frozenset[str]
    replaced: frozenset[str]
    updated: frozenset[str]
    rolling: frozenset[str]


def type_of(urn: str) -> str:
    """The resource type that a URN names."""
    return urn.split("::")[2].rsplit("$", 1)[-1]


def effects(before: Iterable[Registered], after: Iterable[Registered]) -> Effects:
    """What the second deployment does to the resources of the first.

    Raises:
        UnknownChangeError: when the facts do not know a property that changed.
    """
    old, new = ({one.urn: one for one in side if one.type in FACTS} for side in (before, after))
    kept = old.keys() & new.keys()
    paths = {urn: {*_own_paths(old[urn], new[urn])} for urn in kept}
    replaced: set[str] = set()
    while found := {urn for urn in kept - replaced if _replaces(old[urn], new[urn], paths[urn])}:
        replaced |= found
        for urn in kept:
            # The id and all that AWS makes up is another one, as far as a preview can tell.
            paths[urn] |= _without(new[urn].ignore_changes, _following(new[urn], found))
    updated = {urn for urn in kept - replaced if paths[urn]}
    return Effects(
        created=frozenset(new.keys() - kept),
        deleted=frozenset(old.keys() - kept),
        replaced=frozenset(replaced),
        updated=frozenset(updated),
        rolling=frozenset(
            urn
            for urn in updated
            if any(path.startswith(ROLLING.get(new[urn].type, ())) for path in paths[urn])
        ),
    )


def _own_paths(old: Registered, new: Registered) -> Iterator[str]:
    yield from _without(new.ignore_changes, changed_paths(old.inputs, new.inputs))


def _without(ignored: Iterable[str], paths: Iterable[str]) -> set[str]:
    return {path for path in paths if not any(f"{path}.".startswith(f"{one}.") for one in ignored)}


def _following(resource: Registered, replaced: set[str]) -> Iterator[str]:
    return (key for key, urns in resource.property_dependencies.items() if not replaced.isdisjoint(urns))


def _replaces(old: Registered, new: Registered, paths: set[str]) -> bool:
    facts, before, after = FACTS[new.type], Props(old.inputs), Props(new.inputs)
    outcomes = {path: facts.outcome(path, before, after) for path in paths}
    if unknown := sorted(path for path, outcome in outcomes.items() if outcome is None):
        raise UnknownChangeError(
            f"{new.type}: nothing says what a change of {', '.join(unknown)} does; say it in "
            "local/provider/replacements.json"
        )
    return "replaces" in outcomes.values()
