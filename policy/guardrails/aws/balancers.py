"""Load balancers: what kind they are and who can reach them."""

from __future__ import annotations

from guardrails.resources.resource import Resource
from guardrails.resources.stack import without_unset
from guardrails.resources.values import flag, text


def is_application(balancer: Resource) -> bool:
    """Whether it is an Application Load Balancer, which is the default."""
    return text(balancer.props, "loadBalancerType") in {"", "application"}


def is_public_application(balancer: Resource) -> bool:
    """Whether it is an Application Load Balancer with public addresses, as a stack shows it."""
    settled = without_unset(balancer, "internal", "loadBalancerType")
    return is_application(settled) and flag(settled.props, "internal") is not True
