"""The record of a decision on a very large fleet: it fits where it goes, and is the decision."""

import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from random import Random
from types import MappingProxyType
from typing import Any

import pytest

from handlers.jobs.store.attributes import encode_item
from handlers.jobs.store.table import Put
from handlers.scaler import telemetry
from handlers.scaler.decision import Snapshot, Stage, decide
from handlers.scaler.decision.estimate import Estimate
from handlers.scaler.decision.history import Boot, History
from handlers.scaler.decision.limits import Limits
from handlers.scaler.decision.load.arrivals import LONGEST, Arrivals
from handlers.scaler.decision.load.durations import BINS
from handlers.scaler.decision.snapshot import Instance
from handlers.scaler.ports import State
from handlers.scaler.settings import Settings
from handlers.scaler.state_store import KEPT, TableStateStore
from simulator.replay import replay

NOW = 1_764_336_000.123
LOG_EVENT = 256 * 1024 - 26
"""What fits into one event of CloudWatch Logs at Lambda (service quotas)."""
ITEM = 400 * 1024
"""An item of DynamoDB (developer guide, "Quotas")."""


class Kept:
    """A table that keeps the last item."""

    item: dict[str, Any]

    def put(self, write: Put) -> bool:
        self.item = dict(write.item)
        return True


@pytest.fixture
def crowd() -> Callable[[Stage], Snapshot]:
    """A thousand instances of one stage, with times as clocks give them and the longest names."""

    def build(stage: Stage) -> Snapshot:
        chance = Random(1)  # noqa: S311 - chance that can be repeated
        instances = tuple(
            Instance(
                id=f"i-{chance.getrandbits(68):017x}",
                stage=stage,
                launched_at=NOW - 900 * chance.random(),
                since=NOW - 900 * chance.random(),
                silent_s=0.0 if stage.coming else 9 * chance.random(),
            )
            for _ in range(1_000)
        )
        history = History(
            arrived=(Arrivals(began=NOW / 3, instants=2**20 // 3, jobs=10**6 // 3),) * LONGEST,
            served=(1e5 / 3,) * BINS,
            boot=Estimate(count=1e5 / 3, mean=100 / 3),
            booting=MappingProxyType(
                {
                    one.id: Boot(launched_at=one.launched_at, stage=stage.value, since=one.since)
                    for one in instances
                    if stage.coming
                }
            ),
        )
        return Snapshot(
            taken_at=NOW, queued=100_000, oldest_s=1 / 3, desired=1_000, instances=instances, history=history
        )

    return build


def book_of(table: Kept, allowed: Limits) -> telemetry.Telemetry:
    settings = Settings(
        region="eu-central-1",
        environment="prod",
        fleet="cpu",
        group="render-cpu",
        launch_hook="bootstrap",
        terminate_hook="drain",
        queue_url="queue",
        table="jobs",
        limits=allowed,
    )
    return telemetry.Telemetry(store=TableStateStore(table, "cpu"), settings=settings)  # type: ignore[arg-type]


def test_failed_boots_are_counted_by_how_far_they_came_and_said_with_the_bootstraps_words(
    limits: Callable[..., Limits], capsys: pytest.CaptureFixture[str]
) -> None:
    log = StringIO()
    telemetry.logger.registered_handler.setStream(log)
    stages = [Stage.LAUNCHED, Stage.ONLINE, Stage.ONLINE, Stage.BUSY]
    instances = tuple(
        Instance(id=f"i-{number}", stage=stage, launched_at=NOW - 500, since=NOW - 500)
        for number, stage in enumerate(stages)
    )
    words = "the engine is missing"
    snapshot = Snapshot(
        taken_at=NOW,
        queued=1,
        oldest_s=9,
        desired=4,
        instances=instances,
        history=History(),
        boot_failure=words,
    )
    replaced = replace(decide(snapshot, limits()), replace=tuple(one.id for one in instances))
    book_of(Kept(), limits()).write(State(), snapshot, replaced, "batch")
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    counted = [one for one in records if "BootsFailed" in one]
    assert [(one["stage"], one["fleet"], one["BootsFailed"]) for one in counted] == [
        ("launched", "cpu", [1.0]),
        ("online", "cpu", [2.0]),
    ]
    said = [json.loads(line) for line in log.getvalue().splitlines() if "boot_failed" in line]
    assert [(one["instance"], one["stage"], one["words"]) for one in said] == [
        ("i-0", "launched", words),
        ("i-1", "online", words),
        ("i-2", "online", words),
    ]


@pytest.mark.short_form(1)
@pytest.mark.parametrize("stage", [Stage.REGISTERED, Stage.IDLE, Stage.BUSY, Stage.DRAINING], ids=str)
def test_a_thousand_instances_fit_into_one_log_event_and_one_item(
    crowd, limits: Callable[..., Limits], stage
) -> None:
    snapshot, allowed = crowd(stage), limits(maximum=1_000, idle_before_scale_in_s=0)
    snapshot = replace(snapshot, queued=0) if stage in {Stage.IDLE, Stage.DRAINING} else snapshot
    decision = decide(snapshot, allowed)
    table, log = Kept(), StringIO()
    telemetry.logger.registered_handler.setStream(log)
    book = book_of(table, allowed)
    state = State()
    for version in range(KEPT):
        before = replace(state, version=version)
        log.truncate(log.seek(0))
        book.write(before, snapshot, decision, f"{version:040}..{version:040}")
        state = book.read()
    (line,) = [one for one in log.getvalue().splitlines() if "scaler_decided" in one]
    assert len(line.encode()) < LOG_EVENT * 0.95, "with room for what Lambda adds"
    assert len(json.dumps(encode_item(table.item))) < ITEM
    assert replay([line]).differences == ()
    assert replay([line]).decisions == 1
