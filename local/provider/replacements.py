"""Which changes of a resource replace it, and in which order, as the official provider decides it.

`replacements.json` holds the facts and says how they were measured. No resource type has a table of its own.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import zip_longest
from typing import Final, Literal, TypeAlias

from local.provider.comparison import same
from local.provider.types.props import NotKnownYetError, Props

Outcome: TypeAlias = Literal["replaces", "updates"]
Condition: TypeAlias = Callable[[Props, Props], bool]


@dataclass(frozen=True, kw_only=True)
class Replacements:
    """The facts of one resource type; paths are dotted and leave out the positions in lists."""

    replaces: frozenset[str]
    updates: frozenset[str]
    conditions: Mapping[str, Condition] = field(default_factory=dict)

    def outcome(self, path: str, old: Props, new: Props) -> Outcome | None:
        """What a change at the path does; None where the facts do not say.

        A condition decides for all that is below it, else the nearest path that the facts name: a key that
        the program chose, such as that of a tag, is not named itself.
        """
        for known in _upwards(path):
            if known in self.conditions:
                return "replaces" if _holds(self.conditions[known], old, new) else "updates"
        for known in _upwards(path):
            if known in self.replaces:
                return "replaces"
            if known in self.updates:
                return "updates"
        return None

    def replacing(self, old: Props, new: Props) -> frozenset[str]:
        """The properties whose change replaces the resource."""
        return frozenset(
            path.split(".")[0]
            for path in changed_paths(old.raw, new.raw)
            if self.outcome(path, old, new) == "replaces"
        )


def changed_paths(old: object, new: object, path: str = "") -> Iterator[str]:
    """The paths at which two values differ; an object that appears or vanishes differs with all it holds."""
    if same(old, new):
        return
    if isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield path
        for before, now in zip_longest(old, new):
            yield from changed_paths(before, now, path)
        return
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        yield path
    before, now = (one if isinstance(one, Mapping) else {} for one in (old, new))
    for key in sorted({*before, *now}):
        yield from changed_paths(before.get(key), now.get(key), f"{path}.{key}".removeprefix("."))


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition(".")[0]


def _holds(condition: Condition, old: Props, new: Props) -> bool:
    try:
        return condition(old, new)
    except NotKnownYetError:
        return True  # a preview warns of the worse of the two


def _given_or_taken_away(key: str) -> Condition:
    return lambda old, new: old.has(key) != new.has(key)


def _downgraded(old: Props, new: Props) -> bool:
    return (old.get("tier"), new.get("tier")) == ("Advanced", "Standard")


def _other_indexes(old: Props, new: Props) -> bool:
    before, now = (
        {index.text("name") for index in one.blocks("localSecondaryIndexes")} for one in (old, new)
    )
    return before != now


def _other_strategies(old: Props, new: Props) -> bool:
    given = all(one.items_of("capacityProviderStrategies") for one in (old, new))
    return not (given and new.flag("forceNewDeployment"))


def _network_balancer_loses_a_subnet(old: Props, new: Props) -> bool:
    is_network = new.maybe_text("loadBalancerType") == "network"
    return is_network and not {*old.items_of("subnets")} <= {*new.items_of("subnets")}


def _network_balancer_gets_first_group(old: Props, new: Props) -> bool:
    is_network = new.maybe_text("loadBalancerType") == "network"
    return is_network and not old.items_of("securityGroups") and bool(new.items_of("securityGroups"))


def _never(_old: Props, _new: Props) -> bool:
    return False


RULE_SOURCES: Final = {key: _given_or_taken_away(key) for key in ("cidrIpv4", "referencedSecurityGroupId")}
# What the facts say in words, under `conditional`.
CONDITIONS: Final[Mapping[str, Mapping[str, Condition]]] = {
    "aws:dynamodb/table:Table": {
        "globalSecondaryIndexes": _never,
        "localSecondaryIndexes": _other_indexes,
    },
    "aws:ecs/service:Service": {"capacityProviderStrategies": _other_strategies},
    "aws:lb/loadBalancer:LoadBalancer": {
        "securityGroups": _network_balancer_gets_first_group,
        "subnetMappings": _never,
        "subnets": _network_balancer_loses_a_subnet,
    },
    "aws:ssm/parameter:Parameter": {"tier": _downgraded},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": RULE_SOURCES,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": RULE_SOURCES,
}


def _facts() -> dict[str, Replacements]:
    text = files("local.provider").joinpath("replacements.json").read_text("utf-8")
    types = Props(json.loads(text)).block("types")
    return {token: _of(types.block(token), CONDITIONS.get(token, {})) for token in types}


def _of(measured: Props, conditions: Mapping[str, Condition]) -> Replacements:
    return Replacements(
        replaces=frozenset(measured.texts("replaces")),
        updates=frozenset(measured.texts("updates")),
        conditions=conditions,
    )


FACTS: Final[Mapping[str, Replacements]] = _facts()
