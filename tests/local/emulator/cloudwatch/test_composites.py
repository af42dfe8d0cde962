"""Composite alarms: rules in AWS's words, and the six examples of its page on suppression.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
"""

from collections.abc import Mapping

import pytest

from local.emulator.cloudwatch.composites import RuleError, Suppression, Suppressor, advance, parse
from local.emulator.cloudwatch.judging import State

STATES = {"cpu": State.ALARM, "disk-read": State.OK, "net": State.INSUFFICIENT_DATA}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(cpu) AND ALARM(disk-read)", False),
        ('ALARM("cpu") AND NOT ALARM("disk-read")', True),
        ("(ALARM(cpu) OR ALARM(disk-read)) AND OK(net)", False),
        ("ALARM(cpu)\n  AND (OK(disk-read) OR FALSE)", True),
        ("INSUFFICIENT_DATA(net)", True),
        ("ALARM(arn:aws:cloudwatch:eu-central-1:123456789012:alarm:cpu)", True),
        ("TRUE", True),
        ("NOT TRUE", False),
    ],
)
def test_a_rule_combines_the_states_of_alarms(rule: str, holds: bool) -> None:
    assert parse(rule).holds(STATES.__getitem__) is holds


@pytest.mark.parametrize("rule", ["", "cpu", "ALARM(cpu) XOR ALARM(net)", "ALARM(cpu", "7", "ALARM(a) + 1"])
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(RuleError, match="is no rule"):
        parse(rule)


def test_a_rule_names_the_alarms_it_is_about() -> None:
    assert [name for _, name in parse('ALARM("a b") OR OK(c)').tests] == ["a b", "c"]


def acted(changes: Mapping[int, None], suppressor: range, until: int = 12) -> list[int]:
    """The times at which actions are taken; WaitPeriod is 2 units and ExtensionPeriod 3, as on the page."""
    held, found = Suppression(), []
    for now in range(until):
        held, acts = advance(
            held,
            Suppressor(wait_s=2, extension_s=3),
            now=now,
            changed=now in changes,
            suppressing=now in suppressor,
        )
        if acts:
            found.append(now)
    return found


@pytest.mark.parametrize(
    ("changes", "suppressor", "actions"),
    [
        pytest.param([2], range(0), [4], id="1: not suppressed after WaitPeriod"),
        pytest.param([2], range(3, 12), [], id="2: suppressed by alarm before WaitPeriod expires"),
        pytest.param([2, 3], range(0), [5], id="3: state transition during WaitPeriod"),
        pytest.param([2], range(12), [], id="4: suppressed by alarm"),
        pytest.param([2], range(3, 6), [9], id="5: not suppressed after ExtensionPeriod"),
        pytest.param([2, 7], range(3, 6), [9], id="6: state transition during ExtensionPeriod"),
        pytest.param([], range(3, 6), [], id="nothing has changed, so nothing is due"),
    ],
)
def test_the_examples_of_the_page(changes: list[int], suppressor: range, actions: list[int]) -> None:
    assert acted(dict.fromkeys(changes), suppressor) == actions


def test_without_a_suppressor_actions_are_taken_at_once() -> None:
    _, acts = advance(
        Suppression(), Suppressor(wait_s=0, extension_s=0), now=5, changed=True, suppressing=False
    )
    assert acts
