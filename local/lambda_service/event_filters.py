"""Filter criteria of event source mappings: which records reach a function, as moto matches event patterns.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

_OPERATORS = frozenset({"anything-but", "equals-ignore-case", "exists", "prefix", "suffix"})
"""Those that mean something for DynamoDB's values, which are texts; any other one moto lets pass."""


class FilterError(Exception):
    """A pattern cannot be judged here; the text says why."""


class Pattern(Protocol):
    """One pattern of moto's."""

    def matches_event(self, event: Mapping[str, object]) -> bool:
        """Whether a record matches."""
        ...


def parse(patterns: Sequence[str]) -> list[Pattern]:
    """Patterns as they are deployed: JSON texts.

    Raises:
        FilterError: One is not JSON, has a value that is not in a list, or an unknown operator.
    """
    # Only when a mapping has filters: importing it takes as long as everything else here.
    from moto.events.exceptions import InvalidEventPatternException  # noqa: PLC0415
    from moto.events.models import EventPattern  # noqa: PLC0415

    for pattern in patterns:
        if unknown := sorted(set(_operators(json.loads(pattern))) - _OPERATORS):
            known = ", ".join(sorted(_OPERATORS))
            raise FilterError(f"The pattern {pattern} has the operators {unknown}; {known} are known here.")
    try:
        return [EventPattern.load(pattern) for pattern in patterns]
    except InvalidEventPatternException as problem:
        raise FilterError(f"One of the patterns {patterns} cannot be read: {problem.message}") from problem


def passes(record: Mapping[str, object], patterns: Sequence[Pattern]) -> bool:
    """Whether a record matches one of the patterns; without patterns every record passes."""
    return not patterns or any(pattern.matches_event(record) for pattern in patterns)


def _operators(pattern: object) -> Iterator[str]:
    """The operators in the lists of a pattern; `$or` is a list of patterns."""
    for key, below in pattern.items() if isinstance(pattern, dict) else ():
        if isinstance(below, list) and key != "$or":
            yield from (name for rule in below if isinstance(rule, dict) for name in rule)
        for nested in below if isinstance(below, list) and key == "$or" else [below]:
            yield from _operators(nested)
