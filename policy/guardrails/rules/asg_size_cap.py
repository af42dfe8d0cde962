"""A fleet has a largest size that somebody can pay."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.values import in_turn, number
from guardrails.rule import Finding, ResourceRule

OPTIONS = (
    Option(name="maximum", default=250, description="The highest max_size."),
    Option(
        name="scaleToZero",
        default=[],
        description="Logical names (globs) of groups that may have no instance.",
    ),
)


def findings(group: Resource, options: Options) -> Iterator[Finding]:
    """Sizes beyond the cap, sizes that contradict each other, and an unwanted zero."""
    yield from in_turn(_above(group, options), _contradiction(group), _zero(group, options))


def _above(group: Resource, options: Options) -> Iterator[Finding]:
    largest = number(group.props, "maxSize")
    if largest is None or largest > options.number("maximum"):
        yield Finding(
            observed="states no max_size" if largest is None else f"may grow to {largest:g} instances",
            expected=f"at most {options.number('maximum'):g}",
            argument="max_size",
        )


def _contradiction(group: Resource) -> Iterator[Finding]:
    smallest, largest = number(group.props, "minSize"), number(group.props, "maxSize")
    if smallest is not None and largest is not None and smallest > largest:
        yield Finding(
            observed=f"has a min_size of {smallest:g} above its max_size of {largest:g}",
            expected="a min_size that is not above the max_size",
            argument="min_size",
        )


def _zero(group: Resource, options: Options) -> Iterator[Finding]:
    if any(fnmatchcase(group.name, glob) for glob in options.texts("scaleToZero")):
        return
    if number(group.props, "minSize") == 0:
        yield Finding(
            observed="may scale to no instance at all",
            expected="a min_size of at least 1, or the group's name in the option scaleToZero",
            argument="min_size",
        )


RULE = ResourceRule(
    id="asg-size-cap",
    title="Size cap",
    description="An Auto Scaling group must stay within the size that was agreed on.",
    why="A runaway queue or a wrong number would otherwise buy instances until the account's limit.",
    fix="Lower max_size, or raise the cap in the level file with a reviewed change.",
    severity=Severity.HIGH,
    topics=("cost", "auto-scaling"),
    applies_to=types.GROUPS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(type="aws:autoscaling/group:Group", name="fleet", props={"minSize": 1, "maxSize": 20}),
    ),
    violating=(
        Resource(type="aws:autoscaling/group:Group", name="fleet", props={"minSize": 1, "maxSize": 900}),
    ),
)
