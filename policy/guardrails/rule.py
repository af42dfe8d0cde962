"""What a rule is: data, and a generator of findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pulumi_policy import EnforcementLevel, Severity

from guardrails.options import Default, Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import Block
from guardrails.services import page_of

THE_STACK = "the stack"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One violation, and the argument to change, in Python spelling.

    One that only `informs` never stops a deployment, whatever the level of its rule.
    """

    observed: str
    expected: str
    argument: str
    resource: Resource | None = None
    informs: bool = False

    def sentence(self, culprit: str) -> str:
        """The finding as it is shown, without the rule's own description."""
        argument = f" Argument: `{self.argument}`." if self.argument else ""
        note = "For information: " if self.informs else ""
        return f"{culprit}: {note}{self.observed}; expected {self.expected}.{argument}"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The data of every rule; the catalogue prints its examples, and the tests check them."""

    id: str
    title: str
    description: str
    why: str
    fix: str
    severity: Severity
    references: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    level: EnforcementLevel = EnforcementLevel.MANDATORY
    options: tuple[Option, ...] = ()
    compliant: tuple[Resource, ...] = ()
    violating: tuple[Resource, ...] = ()
    # Options under which the violating example violates, where the defaults do not suffice.
    violating_options: Mapping[str, Default] = field(default_factory=dict)
    remedy: Callable[[Resource, Options], Block | None] | None = None

    @property
    def url(self) -> str:
        """The rule's place in the catalogue."""
        return f"docs/policies/{page_of(self.id)}.md#{self.id}"


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule about one resource of certain types; no types means all of them."""

    applies_to: frozenset[str] | None
    findings: Callable[[Resource, Options], Iterable[Finding]]
    # What only the stack can tell, where the resource's own values are still unknown.
    joined: Callable[[Stack, Resource, Options], Iterable[Finding]] | None = None
    # The other types that it joins with.
    joins: frozenset[str] = frozenset()
    # Whether `joined` decides, or raises once more, whatever `findings` left open: then that alone counts.
    settles: bool = False

    @property
    def joining(self) -> frozenset[str]:
        """The types that it may look at in a stack; none means all of them."""
        return self.applies_to | self.joins if self.applies_to else frozenset()

    def covers(self, resource_type: str) -> bool:
        """Whether this rule applies to resources of this type."""
        return self.applies_to is None or resource_type in self.applies_to


def unresolved(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Raise what the findings of a resource leave open; the findings themselves were already reported."""
    for _ in findings:
        pass
    yield from ()


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule about how the resources of a stack fit together."""

    judges: frozenset[str]
    findings: Callable[[Stack, Options], Iterable[Finding]]
    remedies: frozenset[str] = frozenset()
    # Whether some of its findings only inform.
    informs: bool = False
