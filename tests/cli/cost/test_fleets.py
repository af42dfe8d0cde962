"""What a fleet keeps while it has no job, and what that costs."""

import json
from dataclasses import replace

import pytest

from cli.cost.fleets import Fleet, of
from cli.exits import CommandError

FLEET = Fleet(
    minimum=3,
    volume_gib=100,
    on_demand_base=1,
    on_demand_percent=50,
    on_demand_price=1.0,
    spot_price=0.4,
    service_s=120,
)


def test_the_base_is_on_demand_and_the_rest_mixed() -> None:
    assert FLEET.idle_price_per_hour == pytest.approx(1.0 + 2 * 0.7)


def test_a_base_above_the_minimum_keeps_no_more_than_the_minimum() -> None:
    assert replace(FLEET, minimum=1, on_demand_base=9).idle_price_per_hour == pytest.approx(1.0)
    assert replace(FLEET, minimum=0).idle_price_per_hour == 0


def test_a_fleet_without_what_its_cost_depends_on_is_refused_by_name() -> None:
    with pytest.raises(CommandError, match=r"clip-it:fleets.cpu has no 'minimum'"):
        of({"clip-it:fleets": json.dumps({"cpu": {}})})
