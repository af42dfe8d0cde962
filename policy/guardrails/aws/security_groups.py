"""Security group rules in their three spellings, made alike."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from guardrails.aws import types
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, unset
from guardrails.resources.values import Value, all_of, any_of, at, flag, items, number, text, unknown

ALL_PROTOCOLS = frozenset({"-1", "all"})
# ICMP, where "ports" are message types.
PORTLESS = frozenset({"icmp", "icmpv6", "1", "58"})
# Half of IPv4, by which two rules hide the whole, and 2000::/3, every public address of IPv6.
WORLD_BITS = {4: 1, 6: 3}
# Protocols that AWS takes by number and shows by name.
NUMBERED = {"6": "tcp", "17": "udp"}
# The source of a rule that admits members of its own group; AWS shows their id as this flag.
ITSELF = "self"
INGRESS, EGRESS = "ingress", "egress"


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One rule of a security group, wherever it is written."""

    owner: Resource
    props: Value
    argument: str

    def protocol(self) -> str:
        """The protocol, by its name or number."""
        stated = (text(self.props, "protocol") or text(self.props, "ipProtocol")).lower()
        return NUMBERED.get(stated, stated)

    def all_protocols(self) -> bool:
        """Whether every protocol passes."""
        return self.protocol() in ALL_PROTOCOLS

    def admits(self, port: float) -> bool:
        """Whether traffic to the port passes."""
        if self.all_protocols():
            return True
        if self.protocol() in PORTLESS:
            return False
        first, last = number(self.props, "fromPort"), number(self.props, "toPort")
        if first in (None, -1) or last in (None, -1):
            return True
        return bool(first is not None and last is not None and first <= port <= last)

    def ports_within(self, ports: tuple[float, ...]) -> bool:
        """Whether only these ports pass."""
        first, last = number(self.props, "fromPort"), number(self.props, "toPort")
        if self.all_protocols() or self.protocol() in PORTLESS or first is None or last is None or first < 0:
            return False
        return last - first < len(ports) and all(port in ports for port in range(int(first), int(last) + 1))

    def to_world(self) -> bool:
        """Whether it holds for every address of IPv4 or IPv6."""
        return any_of(self._address_lists(), lambda read: any_of(read(), is_world))

    def _address_lists(self) -> list[Callable[[], list[Value]]]:
        keys = ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6")
        return [partial(items, self.props, key) for key in keys]


def is_world(address: Value) -> bool:
    """Whether a range is all of IPv4 or IPv6, however it is spelled, or so much of it as nobody owns."""
    try:
        network = ipaddress.ip_network(text(address), strict=False)
    except ValueError:
        return False
    return network.prefixlen <= WORLD_BITS[network.version]


def openings(resource: Resource, direction: str) -> list[Opening]:
    """The rules of this direction that a resource states, inline or on its own."""
    if resource.type in types.SECURITY_GROUPS:
        return [
            Opening(owner=resource, props=props, argument=f"{direction}[{index}]")
            for index, props in enumerate(items(resource.props, direction))
        ]
    alone = types.INGRESS_RULES if direction == INGRESS else types.EGRESS_RULES
    if resource.type in alone:
        return [Opening(owner=resource, props=resource.props, argument="")]
    if resource.type in types.EITHER_WAY_RULES and text(resource.props, "type") == direction:
        return [Opening(owner=resource, props=resource.props, argument="")]
    return []


def inline(group: Resource, direction: str) -> list[Opening]:
    """The inline rules of a group in a stack, where unset ones look unknown in a preview."""
    return [] if unset(group, direction) else openings(group, direction)


def standalone(stack: Stack, group: Resource) -> list[Resource]:
    """The rule resources that belong to a group."""
    return stack.referring(types.STANDALONE_RULES, group, "securityGroupId")


def world_and(opening: Opening, test: Callable[[], bool]) -> bool:
    """Whether a rule holds for the world and passes the test; either alone may clear it."""
    return all_of(test, opening.to_world)


def duplicates(rule: Opening, others: list[Opening]) -> bool:
    """Whether an inline rule only shows standalone ones again, as the provider does after a refresh."""
    same = [other for other in others if _shape(other) == _shape(rule)]
    sources = set(_sources(rule))
    return bool(sources) and sources <= {source for other in same for source in _sources(other)}


def _shape(rule: Opening) -> tuple[str, float | None, float | None]:
    if rule.all_protocols():
        return "-1", None, None
    return rule.protocol(), number(rule.props, "fromPort"), number(rule.props, "toPort")


def _sources(rule: Opening) -> Iterator[str]:
    for key in ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6", "securityGroups", "prefixListIds"):
        yield from (text(source) for source in items(rule.props, key))
    for key in ("sourceSecurityGroupId", "referencedSecurityGroupId", "prefixListId"):
        if at(rule.props, key):
            yield ITSELF if at(rule.props, key) == _group(rule) else text(rule.props, key)
    if flag(rule.props, "self"):
        yield ITSELF


def _group(rule: Opening) -> Value:
    alone = rule.owner.type in types.STANDALONE_RULES
    return None if not alone or unknown(rule.props, "securityGroupId") else at(rule.props, "securityGroupId")
