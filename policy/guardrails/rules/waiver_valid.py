"""Exceptions are complete, have not run out, and still excuse something."""

from collections import Counter
from collections.abc import Iterator
from importlib import import_module

from pulumi_policy import Severity
from pulumi_policy.proxy import UnknownValueError

from guardrails.clock import today
from guardrails.options import Option, Options
from guardrails.pack.levels import DISABLED, LEVEL
from guardrails.pack.waivers import URN_OF_STACK, Waiver, from_file, read
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import items
from guardrails.rule import Finding, ResourceRule, Rule, StackRule

OPTIONS = (
    Option(
        name="waivers",
        default=[],
        description="Waivers besides those of waivers.yaml: rule, resource, reason, owner and expires.",
    ),
)


def findings(stack: Stack, options: Options) -> Iterator[Finding]:
    """Each waiver that is malformed, that has run out, or that excuses nothing anymore."""
    rules: dict[str, Rule] = {rule.id: rule for rule in import_module("guardrails.catalogue").RULES}
    good, bad = read([*from_file(), *items(options.value("waivers"))])
    for malformed in bad:
        yield _finding(f"{malformed.entry} excuses nothing: {malformed.problem}", "a complete entry")
    for (rule, resource), count in Counter((it.rule, it.resource) for it in good).items():
        if count > 1:
            yield _finding(f"the waiver of {rule} for {resource} is stated {count} times", "one entry")
    for waiver in good:
        yield from _judge(waiver, rules, stack)


def _judge(waiver: Waiver, rules: dict[str, Rule], stack: Stack) -> Iterator[Finding]:
    what = f"the waiver of {waiver.rule} for {waiver.resource}"
    if waiver.rule not in rules:
        yield _finding(f"{what} names no rule", "the id of a rule")
    elif not waiver.in_force(today()):
        yield _finding(f"{what} ran out on {waiver.expires}", "a fix, or a renewed waiver")
    elif _judged_here(waiver, stack) and not _used(waiver, rules[waiver.rule], stack):
        yield _finding(f"{what} excuses nothing anymore", "its removal", informs=True)


def _finding(observed: str, expected: str, *, informs: bool = False) -> Finding:
    return Finding(observed=observed, expected=expected, argument="waivers.yaml", informs=informs)


def _judged_here(waiver: Waiver, stack: Stack) -> bool:
    """Whether this stack can tell if the waiver is needed; the waivers are those of all stacks."""
    if stack.stated.get(waiver.rule, {}).get(LEVEL) == DISABLED:
        return False
    named = {found[1] for it in stack.resources if (found := URN_OF_STACK.match(it.urn))}
    return not named or any(waiver.speaks_of(name) for name in named)


def _used(waiver: Waiver, rule: Rule, stack: Stack) -> bool:
    """Whether the rule finds something that the waiver covers; what it cannot decide counts as that."""
    options = Options(rule.options, stack.stated.get(rule.id))
    try:
        if isinstance(rule, StackRule):
            named = [finding.resource for finding in rule.findings(stack, options)]
            return any(waiver.matches(it.urn, it.name) if it else waiver.resource == "*" for it in named)
        if isinstance(rule, ResourceRule):
            meant = [it for it in stack.resources if rule.covers(it.type) and waiver.matches(it.urn, it.name)]
            joined = rule.joined or (lambda *_: ())
            return any(any(rule.findings(it, options)) or any(joined(stack, it, options)) for it in meant)
    except UnknownValueError:
        return True
    return False


RULE = StackRule(
    id="waiver-valid",
    title="Valid waivers",
    description="Every waiver must be complete, in force and still needed.",
    why="An exception that outlives its reason is a hole in the rule that nobody remembers.",
    fix="Mend what the waiver excuses and remove it, or renew it with a reviewed change of waivers.yaml.",
    severity=Severity.MEDIUM,
    topics=("waivers", "drift"),
    judges=frozenset(),
    informs=True,
    options=OPTIONS,
    findings=findings,
    compliant=(Resource(type="aws:ec2/vpc:Vpc", name="main"),),
    violating=(Resource(type="aws:ec2/vpc:Vpc", name="main"),),
    violating_options={
        "waivers": [
            {
                "rule": "vpc-flow-logs",
                "resource": "main",
                "reason": "Flow logs follow with the move to the new account.",
                "owner": "platform",
                "expires": "2025-12-31",
            }
        ]
    },
)
