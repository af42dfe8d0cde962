"""The scaler accepts the limits that the settings of a stack accept: others it would refuse each minute."""

import json
from pathlib import Path

import pytest

from cli.changes.command import sections_of
from components.scaler import limits
from components.settings import Scaling, parse
from components.settings.constraints import Between
from components.settings.parsing import declared
from handlers.scaler.codec import loads
from handlers.scaler.decision.limits import Limits

ENDS = [
    pytest.param(field.name, end, id=f"{field.name} {end:g}")
    for field in declared(Scaling)
    if isinstance(field.constraint, Between)
    for end in (field.constraint.low, field.constraint.high)
]
WORDS = [
    pytest.param("idle_before_scale_in_s", value, id=f"idle {value}") for value in (0, "priced", "never")
]


@pytest.mark.parametrize(("name", "value"), [*ENDS, *WORDS])
def test_what_a_setting_may_be_is_a_limit_of_the_scaler(name: str, value: float | str) -> None:
    fleet = parse(sections_of(Path(__file__).parents[2], "prod")).fleets["cpu"]
    given = limits(fleet, heartbeat_seconds=10)

    read = loads(Limits, json.dumps({**given, name: value}))

    assert getattr(read, name) == value
