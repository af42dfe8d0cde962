"""Fleets as the scaler sees them, built with a word or two."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from handlers.scaler.decision import Instance, Limits, Snapshot, Stage
from handlers.scaler.history import Estimate, History

LIMITS = Limits(
    minimum=0,
    maximum=50,
    wait_objective_s=60,
    wait_quantile=0.95,
    service_s=100,
    boot_s=120,
    surplus_s="priced",
    billing_minimum_s=60,
    wait_price=2,
    look_s=60,
    silence_s=30,
    launch_deadline_s=240,
    bootstrap_deadline_s=300,
    heartbeat_deadline_s=60,
    replacements=5,
    replacement_window_s=900,
    launches_per_minute=100,
    unfulfilled_s=180,
    breaker_open_s=300,
    on_demand_price=0.40,
    spot_price=0.16,
    on_demand_base=1,
    spot_share=0.8,
    spend_ceiling="unlimited",
)


@pytest.fixture
def limits() -> Callable[..., Limits]:
    def build(**changes: object) -> Limits:
        return replace(LIMITS, **changes)  # type: ignore[arg-type]

    return build


@pytest.fixture
def instances() -> Callable[..., tuple[Instance, ...]]:
    """`instances(idle=2, busy=1)`: that many of each stage, launched long before time 10,000."""

    def build(*, launched_at: float = 1_000.0, since: float = 9_000.0, **counts: int) -> tuple[Instance, ...]:
        return tuple(
            Instance(id=f"i-{stage}-{n}", stage=Stage(stage), launched_at=launched_at, since=since)
            for stage, count in counts.items()
            for n in range(count)
        )

    return build


@pytest.fixture
def look() -> Callable[..., Snapshot]:
    def build(**changes: object) -> Snapshot:
        group = changes.pop("instances", ())
        seen = Snapshot(
            taken_at=10_000.0,
            queued=0,
            oldest_s=0.0,
            desired=len(group),  # type: ignore[arg-type]
            instances=group,  # type: ignore[arg-type]
            history=History(minute=10_000.0, service=Estimate(count=200, mean=100, square=20_000)),
        )
        return replace(seen, **changes)  # type: ignore[arg-type]

    return build
