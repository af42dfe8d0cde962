"""The limits are those that the scaler is deployed with."""

import pytest

from cli.console.reading.limits import limits_of
from cli.stack_settings import read
from components.scaler import limits


@pytest.mark.parametrize("stack", ["local", "dev", "prod"])
def test_a_worker_is_silent_when_the_scaler_replaces_it(stack: str) -> None:
    settings = read(stack)
    for name, fleet in settings.fleets.items():
        deployed = limits(fleet, settings.renders.heartbeat_seconds)
        shown = limits_of(stack)[name]
        assert shown.silent_s == deployed["silence_s"]
        assert shown.objective_s == deployed["wait_objective_s"]
