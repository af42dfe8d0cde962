"""Composite alarms: their rules, and the suppression of their actions. Pure: no clock, no store.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from local.emulator.cloudwatch.judging import State

_TEST = re.compile(r"\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"([^\"]+)\"|'([^']+)'|([^()\"']+?))\s*\)")
_WORDS = {"AND": "and", "OR": "or", "NOT": "not", "TRUE": "True", "FALSE": "False"}
_LENGTH = 10_240
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"""


class RuleError(Exception):
    """A rule that is none; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule, and the tests of other alarms that it combines: a state and the name of an alarm."""

    tree: ast.expr
    tests: tuple[tuple[State, str], ...]

    def holds(self, state_of: Callable[[str], State]) -> bool:
        """Whether the rule holds, given the states of the alarms it names."""
        return _holds(self.tree, [state_of(name) is state for state, name in self.tests])


def parse(text: str) -> Rule:
    """Read a rule; an alarm may be named by its ARN.

    Raises:
        RuleError: It is no rule.
    """
    tests: list[tuple[State, str]] = []

    def numbered(found: re.Match[str]) -> str:
        name = next(part for part in found.groups()[1:] if part)
        tests.append((State(found[1]), name.rpartition(":alarm:")[2]))
        return f" ({len(tests) - 1}) "

    if len(text) > _LENGTH:
        raise RuleError(f"A rule may have {_LENGTH} characters; this one has {len(text)}.")
    try:
        rest = re.sub(r"[A-Z]+", lambda word: _WORDS.get(word[0], word[0]), _TEST.sub(numbered, text))
        tree = ast.parse(f"({rest})", mode="eval").body
        _holds(tree, [False] * len(tests))
    except (SyntaxError, ValueError, RecursionError) as problem:
        raise RuleError(
            f"{text!r} is no rule: {problem}. A rule combines ALARM(name), OK(name), "
            "INSUFFICIENT_DATA(name), TRUE and FALSE by AND, OR, NOT and parentheses."
        ) from None
    return Rule(tree=tree, tests=tuple(tests))


def _holds(node: ast.expr, tests: list[bool]) -> bool:
    match node:
        case ast.Constant(value=bool() as value):
            return value
        case ast.Constant(value=int() as number) if number < len(tests):
            return tests[number]
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return not _holds(inner, tests)
        case ast.BoolOp(op=sign, values=parts):
            held: Iterator[bool] = iter([_holds(part, tests) for part in parts])
            return all(held) if isinstance(sign, ast.And) else any(held)
    raise ValueError(f"{ast.unparse(node)} is not understood")


class By(StrEnum):
    """What holds the actions of a composite alarm back; the API's words."""

    ALARM = "Alarm"
    WAIT = "WaitPeriod"
    EXTENSION = "ExtensionPeriod"


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """What holds actions back, until when, and whether any are due."""

    by: By | None = None
    until: float = 0.0
    due: bool = False


@dataclass(frozen=True, kw_only=True)
class Suppressor:
    """What is said of a suppressor: how long to wait for it, and how long it has an effect after its end."""

    wait_s: float
    extension_s: float


def advance(
    before: Suppression, terms: Suppressor, *, now: float, changed: bool, suppressing: bool
) -> tuple[Suppression, bool]:
    """What holds actions back now, and whether those of the current state are to be taken.

    `changed` says that the composite alarm has just changed its state, `suppressing` that its suppressor
    is in ALARM.
    """
    due = before.due or changed
    if suppressing:
        return Suppression(by=By.ALARM, due=due), False
    if changed:
        now_held = Suppression(by=By.WAIT, until=now + terms.wait_s, due=True)
    elif before.by is By.ALARM:
        now_held = Suppression(by=By.EXTENSION, until=now + terms.extension_s, due=due)
    else:
        now_held = replace(before, due=due)
    if now_held.by is None or now < now_held.until:
        return now_held, False
    return Suppression(), now_held.due
