"""A fleet does not stand or fall with one zone."""

from collections.abc import Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import Value, items, text, unknown
from guardrails.rule import Finding, ResourceRule

OPTIONS = (Option(name="minimum", default=2, description="The fewest subnets or zones."),)


def findings(group: Resource, options: Options) -> Iterator[Finding]:
    """Fewer subnets and zones than demanded."""
    count = max(
        _different(items(group.props, place)) for place in ("vpcZoneIdentifiers", "availabilityZones")
    )
    if count < options.number("minimum"):
        yield Finding(
            observed=f"spans {count} subnet{'' if count == 1 else 's'}",
            expected=f"at least {options.number('minimum'):g} in different zones",
            argument="vpc_zone_identifiers",
        )


def _different(places: list[Value]) -> int:
    """How many there are; each that only the deployment knows counts as one of its own."""
    open_ones = sum(unknown(place) for place in places)
    return open_ones + len({text(place) for place in places if not unknown(place)} - {""})


RULE = ResourceRule(
    id="asg-multi-az",
    title="Several zones",
    description="An Auto Scaling group must span at least two zones.",
    why="When a zone fails or has no capacity left, a fleet in that zone alone renders nothing.",
    fix="Pass subnets of at least two zones as vpc_zone_identifiers.",
    severity=Severity.MEDIUM,
    references=("AutoScaling.2",),
    topics=("availability", "auto-scaling"),
    applies_to=types.GROUPS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(
            type="aws:autoscaling/group:Group",
            name="fleet",
            props={"vpcZoneIdentifiers": ["subnet-a", "subnet-b"]},
        ),
    ),
    violating=(
        Resource(
            type="aws:autoscaling/group:Group", name="fleet", props={"vpcZoneIdentifiers": ["subnet-a"]}
        ),
    ),
)
