"""What late starts do to their price."""

import pytest

from handlers.scaler.decision.price import MOST, Lateness, after


def taught(*waits: float, beyond_help: bool = False) -> Lateness:
    return after(Lateness(), waits, objective_s=60, quantile=0.95, beyond_help=beyond_help)


def test_late_starts_raise_the_pressure_and_punctual_ones_lower_it() -> None:
    assert taught(61).pressure > 0 > taught(60).pressure


def test_the_pressure_has_a_top() -> None:
    assert taught(*[99] * 1_000).pressure == MOST


def test_late_starts_that_no_affordable_standby_prevents_are_no_reason_to_pay_more() -> None:
    assert taught(*[160] * 60, beyond_help=True).pressure <= 0


def test_they_count_while_the_objective_can_still_be_met() -> None:
    before = taught(*[0] * 100)
    once = after(before, [160], objective_s=60, quantile=0.95, beyond_help=True)
    assert once.pressure > before.pressure
    assert once.late.mean == pytest.approx(1 / 101)
