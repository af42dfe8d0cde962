"""Who uses a security group: balancers, machines, tasks, functions, databases and whatever else can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from guardrails.aws import types
from guardrails.aws.balancers import is_public_application
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, refers, unset
from guardrails.resources.values import Value, all_of, any_of, each, unknown

# What the names of all arguments have in common that take security groups.
NAME_OF_GROUPS = "securitygroup"


@dataclass(frozen=True, kw_only=True)
class Use:
    """Who uses a security group, as far as the stack tells."""

    stack: Stack
    names: Callable[[Resource, str], bool]

    def by_the_balancer(self) -> bool:
        """Whether a public Application Load Balancer of the stack has it."""
        return any_of(
            self.stack.of(types.LOAD_BALANCERS),
            lambda it: all_of(lambda: self._has(it, "securityGroups"), lambda: is_public_application(it)),
        )

    def by_others(self) -> Iterator[Resource]:
        """Whatever else has it: a machine, a task, a function, a database, an internal balancer."""
        yield from each(self.stack.of(types.GROUP_USERS), self._other)

    def _other(self, user: Resource) -> Iterator[Resource]:
        balancer = user.type in types.LOAD_BALANCERS
        has = any_of(types.GROUP_USES[user.type], lambda key: self._has(user, key))
        if has and not (balancer and is_public_application(user)):
            yield user

    def _has(self, user: Resource, key: str) -> bool:
        return not unset(user, key) and self.names(user, key)


def named_groups(user: Resource, key: str) -> list[Value]:
    """What a property says under the names for security groups, however deep; all of what is unknown."""
    value = user.props.get(key)
    if unknown(value) or NAME_OF_GROUPS in key.lower():
        return list(_leaves(value))
    return list(_within(value))


def _within(value: Value) -> Iterator[Value]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(member) if NAME_OF_GROUPS in key.lower() else _within(member)
    elif isinstance(value, list):
        for member in value:
            yield from _within(member)


def _leaves(value: Value) -> Iterator[Value]:
    if isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _leaves(member)
    elif value is not None:
        yield value


def uses(user: Resource, key: str, group: Resource) -> bool:
    """Whether a property names the security group, by its id or name; raises when one only might."""
    named = replace(user, props={key: named_groups(user, key)} if key in user.props else {})
    # A name that is not known yet leaves nothing open: in a VPC only ids are taken.
    identities = [name for name in ("id", "arn", "name") if name != "name" or not unknown(group.props, name)]
    known = {name: group.props[name] for name in identities if name in group.props}
    return refers(named, replace(group, props=known), key)
