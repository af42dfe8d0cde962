"""Instances as the console shows them."""

import pytest

from cli.console.views.workers import counts_of, silent_first, worker_view
from cli.fleet.status import Member
from handlers.jobs.model import Worker, WorkerState

NOW, SILENT_S = 1000.0, 6.0


def member(state: WorkerState | None, heard_s: float = 1.0, lifecycle: str = "InService") -> Member:
    worker = state and Worker(
        instance_id="i-1",
        fleet="cpu",
        state=state,
        heartbeat_at=NOW - heard_s,
        registered_at=0,
        busy_since=NOW - 90,
        job_id="r_1",
    )
    return Member(
        instance="i-1", lifecycle=lifecycle, health="Healthy", kind="", zone="a", worker=worker or None
    )


@pytest.mark.parametrize(
    ("one", "tone", "doing"),
    [
        (member(WorkerState.BUSY), "busy", "busy for 90 s"),
        (member(WorkerState.BUSY, heard_s=7), "silent", "busy for 90 s"),
        (member(WorkerState.IDLE, heard_s=5), "idle", "idle"),
        (member(WorkerState.DRAINING), "draining", "draining"),
        (member(None, lifecycle="Pending:Wait"), "booting", "boots"),
        (member(None, lifecycle="Terminating:Wait"), "draining", "is leaving"),
    ],
)
def test_an_instance_shows_what_it_does_and_whether_it_is_heard(one: Member, tone: str, doing: str) -> None:
    view = worker_view(one, SILENT_S, NOW)
    assert (view.tone, view.doing) == (tone, doing)
    assert dict(counts_of([view]))[tone] == 1


def test_the_silent_come_first_and_say_so() -> None:
    views = [
        worker_view(member(state, heard_s=heard), SILENT_S, NOW)
        for state, heard in ((WorkerState.IDLE, 1), (WorkerState.BUSY, 2), (WorkerState.BUSY, 9))
    ]
    assert [one.heard for one in silent_first(views)] == ["silent for 9 s", "heard 1 s ago", "heard 2 s ago"]
