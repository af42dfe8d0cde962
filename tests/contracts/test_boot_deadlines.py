"""A new instance has the time that the stack's settings give it, whatever of it AWS shows.

The group lists an instance as `Pending:Wait` seconds after its launch, and nothing tells when Systems Manager
begins with it: that may be ten minutes later, when the agent's list of associations is refreshed.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cli.changes.command import sections_of
from components.scaler import limits
from components.settings import Fleet, parse
from handlers.jobs.model import BootFailure
from handlers.scaler.codec import loads
from handlers.scaler.decision import decide
from handlers.scaler.decision.history import History
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.snapshot import Snapshot
from handlers.scaler.observing import Before, Member, Records, observe

LAUNCHED = 1_000.0
LIST_REFRESHED_S = 600
HELD = Member(id="i-1", lifecycle="Pending:Wait", healthy=True)
FAILURE = BootFailure(instance_id="i-1", fleet="cpu", at=LAUNCHED, words="engine: no license")


def fleets() -> list[tuple[Fleet, Limits]]:
    return [
        (fleet, loads(Limits, json.dumps(limits(fleet, heartbeat_seconds=10))))
        for stack in ("dev", "prod")
        for fleet in parse(sections_of(Path(__file__).parents[2], stack)).fleets.values()
    ]


def is_replaced(given: Limits, after_s: float, *, failed_after_s: float | None = None) -> bool:
    """Whether the scaler gives the instance up that long after its launch; it looks every minute."""
    history, looks = History(), [LAUNCHED, *(LAUNCHED + at for at in (failed_after_s, after_s) if at)]
    for now in looks:
        failures = (FAILURE,) if failed_after_s and now >= LAUNCHED + failed_after_s else ()
        instances, history = observe([HELD], Records(failures=failures), history, now, Before())
    snapshot = Snapshot(taken_at=now, queued=1, oldest_s=0.0, desired=1, instances=instances, history=history)
    return bool(decide(snapshot, replace(given, maximum=2)).replace)


@pytest.mark.parametrize(("fleet", "given"), fleets())
def test_an_instance_whose_agent_missed_its_first_list_may_still_boot(fleet: Fleet, given: Limits) -> None:
    after_the_list = LIST_REFRESHED_S + fleet.scaling.bootstrap_deadline_s

    assert not is_replaced(given, after_the_list)
    # The launch hook would abandon it next; the scaler comes first, and counts it.
    assert is_replaced(given, fleet.boot_deadline_seconds - fleet.scaling.heartbeat_deadline_s + 1)


@pytest.mark.parametrize(("fleet", "given"), fleets())
def test_an_instance_whose_bootstrap_failed_is_replaced_without_waiting_for_a_list(
    fleet: Fleet, given: Limits
) -> None:
    noted = 120.0
    assert not is_replaced(given, noted + 1, failed_after_s=noted)
    assert is_replaced(given, noted + fleet.scaling.bootstrap_deadline_s + 1, failed_after_s=noted)
