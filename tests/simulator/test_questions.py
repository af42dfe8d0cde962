"""Replays of recorded decisions, and what-if questions."""

import json
from dataclasses import replace

import pytest

from benchmarks.decision import MILLISECONDS_ALLOWED, crowded, measure
from handlers.scaler.codec import to_json
from handlers.scaler.decision import decide
from handlers.scaler.decision.snapshot import Stage
from simulator.conditions import Conditions
from simulator.replay import replay
from simulator.scenarios import named
from simulator.standard import LIMITS
from simulator.whatif import answer, changed


@pytest.fixture
def logged():
    def write(**changes: object) -> str:
        snapshot = crowded(queued=50, instances=9)
        decision = to_json(decide(snapshot, LIMITS))
        record = {
            "message": "scaler_decided",
            "limits": to_json(LIMITS),
            "snapshot": to_json(snapshot),
            "decision": {**decision, **changes},  # type: ignore[dict-item]
        }
        return json.dumps(record)

    return write


def test_the_same_code_decides_the_same_again(logged) -> None:
    found = replay([logged(), "START RequestId: 1", '{"message":"other"}', logged()])
    assert (found.decisions, found.differences) == (2, ())


def test_what_older_records_name_under_reuse_counts_as_replaced(logged) -> None:
    snapshot = crowded(queued=50, instances=9)
    draining = replace(snapshot.instances[0], stage=Stage.DRAINING)
    seen = replace(snapshot, instances=(draining, *snapshot.instances[1:]))
    assert decide(seen, LIMITS).replace == (draining.id,)
    older = json.loads(logged(reuse=[draining.id], replace=[]))
    older["snapshot"] = to_json(seen)
    assert {one.field for one in replay([json.dumps(older)]).differences} & {"replace", "reuse"} == set()


def test_a_decision_that_would_differ_is_shown_with_both_values(logged) -> None:
    (difference,) = replay([logged(desired=1)]).differences
    assert (difference.field, difference.recorded) == ("desired", "1")
    assert int(difference.today) > 9


def test_other_limits_show_what_they_would_have_changed(logged) -> None:
    assert replay([logged()], replace(LIMITS, maximum=9)).differences


def test_a_record_of_another_shape_is_skipped_and_counted() -> None:
    found = replay(['{"message":"scaler_decided","snapshot":{},"decision":{},"limits":{}}'])
    assert (found.decisions, found.skipped) == (0, 1)


def test_limits_are_changed_by_short_names_units_and_words() -> None:
    other = changed(LIMITS, "max=50, objective=30s,idle_before_scale_in_s=never")
    assert (other.maximum, other.wait_objective_s, other.idle_before_scale_in_s) == (50, 30.0, "never")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("size=3", "'size' is no limit"), ("max=many", "must be a number"), ("max=-1", "at least minimum")],
)
def test_a_wrong_change_is_refused_by_name(text, complaint) -> None:
    with pytest.raises(ValueError, match=complaint):
        changed(LIMITS, text)


def test_a_smaller_fleet_is_answered_with_longer_waits() -> None:
    trace = named("poisson:per_hour=300,hours=3")
    now, other = answer(trace, LIMITS, changed(LIMITS, "max=8"), Conditions())
    assert other.p95 > now.p95
    assert other.peak <= 8


def test_one_decision_on_a_very_large_fleet_takes_milliseconds() -> None:
    assert measure() < 2 * MILLISECONDS_ALLOWED
