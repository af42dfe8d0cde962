"""A fleet as the overview shows it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.console.answers import Answer, Trouble
from cli.console.chart import Chart, chart_of
from cli.console.facts import MOST_QUEUED, FleetFacts, Waiting
from cli.console.words import ago
from cli.fleet.status import Member
from handlers.jobs.model import WorkerState
from handlers.scaler.decision.memory import Circuit

SILENT_S = 60.0
"""Without a heartbeat for so long a worker is shown as silent: the committed `heartbeat_deadline_s`."""
MOST_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class WorkerView:
    """One instance; `tone` is idle, busy, draining, booting or silent."""

    instance: str
    tone: str
    state: str
    lifecycle: str
    zone: str
    render: str | None
    heard: str


@dataclass(frozen=True, kw_only=True)
class WaitView:
    """A waiting render; `late` beyond the objective."""

    render: str
    waited: str
    late: bool


@dataclass(frozen=True, kw_only=True)
class FleetView:
    """One fleet; texts are ready to be shown."""

    name: str
    known: bool
    age: str
    trouble: Trouble | None
    queued: str = "0"
    oldest: str = "nobody"
    objective: str = ""
    late: bool = False
    code: str = ""
    reason: str = "the scaler has not decided yet"
    counts: tuple[tuple[str, int], ...] = ()
    desired: int = 0
    maximum: int = 0
    breakers: tuple[str, ...] = ()
    waits: tuple[WaitView, ...] = ()
    workers: tuple[WorkerView, ...] = ()
    failed_boots: tuple[str, ...] = ()
    chart: Chart | None = None


def fleet_view(name: str, answer: Answer[FleetFacts], objective_s: float | None, now: float) -> FleetView:
    """What the overview says of a fleet; ages are those at `now`."""
    facts, read = answer.value, answer.read_at
    if facts is None or read is None:
        return FleetView(name=name, known=False, age="never", trouble=answer.trouble)
    status, memory = facts.status, facts.scaler.memory
    workers = tuple(_worker(member, now) for member in status.members)
    waits = _waits(facts.waiting, objective_s, now)
    open_ones = (("capacity", memory.capacity), ("fleet", memory.fleet), ("spot", memory.spot))
    decision = status.decision
    return FleetView(
        name=name,
        known=True,
        age=f"{ago(now - read)} ago",
        trouble=answer.trouble,
        queued=f"{len(facts.waiting)}{'+' if len(facts.waiting) >= MOST_QUEUED else ''}",
        oldest=waits[0].waited if waits else "nobody",
        objective="" if objective_s is None else f"{objective_s:g} s",
        late=bool(waits) and waits[0].late,
        code=decision.reason_code if decision else "",
        reason=decision.reason if decision else "the scaler has not decided yet",
        counts=_counts(workers),
        desired=status.desired,
        maximum=status.maximum,
        breakers=tuple(
            f"{label} {one.circuit.value}: {one.cause or 'no cause given'}"
            for label, one in open_ones
            if one.circuit is not Circuit.CLOSED
        ),
        waits=waits[:MOST_SHOWN],
        workers=workers,
        failed_boots=tuple(
            f"{one.instance_id}, {ago(now - one.at)} ago: {one.words}" for one in status.failed_boots
        ),
        chart=chart_of(facts.scaler.recent, now),
    )


def _counts(workers: Sequence[WorkerView]) -> tuple[tuple[str, int], ...]:
    tones = [one.tone for one in workers]
    return tuple((tone, tones.count(tone)) for tone in ("idle", "busy", "booting", "draining", "silent"))


def _waits(waiting: Sequence[Waiting], objective_s: float | None, now: float) -> tuple[WaitView, ...]:
    return tuple(
        WaitView(
            render=one.render,
            waited=ago(now - one.since),
            late=objective_s is not None and now - one.since > objective_s,
        )
        for one in waiting
    )


def _worker(member: Member, now: float) -> WorkerView:
    worker = member.worker
    silence = None if worker is None else now - worker.heartbeat_at
    if worker is None or silence is None:
        leaving = member.lifecycle.startswith("Terminat")
        tone, state, heard = "draining" if leaving else "booting", "no agent", "never heard"
    else:
        tone = "silent" if silence > SILENT_S else worker.state.value
        state, heard = worker.state.value, f"heard {ago(silence)} ago"
    holds = worker is not None and worker.state is not WorkerState.IDLE
    return WorkerView(
        instance=member.instance,
        tone=tone,
        state=state,
        lifecycle=member.lifecycle,
        zone=member.zone,
        render=worker.job_id if worker is not None and holds else None,
        heard=heard,
    )
