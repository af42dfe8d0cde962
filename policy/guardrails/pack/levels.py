"""Reads a levels file strictly; the Pulumi CLI silently accepts any name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from guardrails.pack import handwritten
from guardrails.rule import Rule

LEVEL = "enforcementLevel"
DISABLED = "disabled"
LEVELS = ("advisory", "mandatory", "remediate", DISABLED)
FOLDER = Path(__file__).parents[2] / "levels"


def stacks() -> list[str]:
    """The stacks that have a levels file."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def load(stack: str) -> dict[str, object]:
    """The contents of a stack's levels file.

    Raises FileNotFoundError for a stack that has none, and ValueError for a file that is no JSON object or
    that states a key twice.
    """
    path = FOLDER / f"{stack}.json"
    if stack not in stacks():
        raise FileNotFoundError(f"there is no levels file for {stack}; known are {', '.join(stacks())}")
    levels = handwritten.of_json(path.read_text(encoding="utf-8"))
    if not isinstance(levels, dict):
        raise ValueError(f"{path.name} is not a JSON object keyed by rule id")  # noqa: TRY004 - as of bad JSON
    return levels


def level_of(levels: dict[str, object], rule: Rule) -> str:
    """The level at which a rule is enforced."""
    stated = levels.get(rule.id, levels.get("all", rule.level.value))
    if isinstance(stated, dict):
        stated = stated.get(LEVEL, levels.get("all", rule.level.value))
    return str(stated)


def problems(levels: object, rules: Sequence[Rule]) -> list[str]:
    """Everything in a levels file that would be ignored or misread; empty when the file is valid."""
    if not isinstance(levels, dict):
        return ["the levels are not a JSON object keyed by rule id"]
    return list(_problems(levels, {rule.id: rule for rule in rules}))


def _problems(levels: dict[str, object], rules: dict[str, Rule]) -> Iterator[str]:
    for name, stated in levels.items():
        if name == "all":
            yield from _level("all", stated)
        elif name == "environments":
            yield "only Pulumi Cloud resolves environments; write the options here"
        elif name not in rules:
            yield f"{name} is not a rule{_meant(name, list(rules))}"
        elif isinstance(stated, dict):
            yield from _options(rules[name], stated)
        else:
            yield from _level(name, stated)


def _level(name: str, stated: object) -> Iterator[str]:
    if stated not in LEVELS:
        yield f"{name} has the level {json.dumps(stated)}; allowed are {', '.join(LEVELS)}"


def _options(rule: Rule, stated: dict[str, object]) -> Iterator[str]:
    known = {option.name: option for option in rule.options}
    for name, value in stated.items():
        if name == LEVEL:
            yield from _level(rule.id, value)
        elif name not in known:
            yield f"{rule.id} has no option {name}{_meant(name, [LEVEL, *known])}"
        elif problem := known[name].problem(value):
            yield f"{rule.id}.{name} is {json.dumps(value)}; {problem}"


def _meant(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
