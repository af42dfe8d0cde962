"""A fleet as the console shows it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.console.reading.answers import Answer
from cli.console.reading.facts import FleetFacts
from cli.console.reading.limits import Limits
from cli.console.reading.sizes import Sizes
from cli.console.reading.trouble import Trouble
from cli.console.views.chart import Chart, chart_of
from cli.console.views.words import ago, clock
from cli.console.views.workers import WorkerView, counts_of, silent_first, worker_view
from handlers.job_server.renders.waiting import SILENCE_SECONDS
from handlers.jobs.model import ScalerView
from handlers.jobs.reasons import WAIT_TEXTS, WaitReason
from handlers.scaler.decision.memory import Circuit
from handlers.scaler.ports import Taken

_SOON = frozenset({WaitReason.WORKER_AVAILABLE, WaitReason.INSTANCE_BOOTING, WaitReason.STARTING})
_LATER = frozenset({WaitReason.FLEET_AT_MAXIMUM, WaitReason.SPEND_CEILING})


@dataclass(frozen=True, kw_only=True)
class WaitView:
    """A waiting render; `late` beyond the objective."""

    render: str
    waited: str
    late: bool


@dataclass(frozen=True, kw_only=True)
class DecisionView:
    """One decision of the scaler."""

    time: str
    change: str
    changed: bool
    queued: int
    code: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class FleetView:
    """One fleet; texts are ready to be shown.

    `tone` is calm, soon, later or stuck: whether renders wait, and what for. `silent_s` is the age of the
    last decision where that is too old.
    """

    name: str
    known: bool
    age: str
    trouble: Trouble | None
    tone: str = "calm"
    headline: str = ""
    oldest: str = "0 s"
    objective: str = ""
    late: bool = False
    queued: str = "0"
    bulk: int = 0
    code: str = ""
    prospect: str = ""
    reason: str = "The scaler has not decided yet."
    decided: str = ""
    scaler_silent: bool = False
    counts: tuple[tuple[str, int], ...] = ()
    desired: int = 0
    maximum: int = 0
    breakers: tuple[str, ...] = ()
    failed_boots: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    waits: tuple[WaitView, ...] = ()
    workers: tuple[WorkerView, ...] = ()
    decisions: tuple[DecisionView, ...] = ()
    chart: Chart | None = None
    chart_trouble: Trouble | None = None


def fleet_view(
    name: str, answer: Answer[FleetFacts], sizes: Answer[Sizes], limits: Limits, now: float
) -> FleetView:
    """What the console says of a fleet; ages are those at `now`."""
    facts, read = answer.value, answer.read_at
    if facts is None or read is None:
        return FleetView(name=name, known=False, age="never", trouble=answer.trouble)
    status, memory, decision = facts.status, facts.scaler.memory, facts.status.decision
    workers = silent_first(worker_view(member, limits.silent_s, now) for member in status.members)
    waits = _waits(facts, limits.objective_s, now)
    silence = None if decision is None else now - decision.taken_at
    silent = silence is None or silence > SILENCE_SECONDS
    code = _code(decision, silent=silent) if waits else ""
    open_ones = (("capacity", memory.capacity), ("fleet", memory.fleet), ("spot", memory.spot))
    return FleetView(
        name=name,
        known=True,
        age=f"{ago(now - read)} ago",
        trouble=answer.trouble,
        tone=tone_of(code) if waits else "calm",
        headline=_headline(facts, waits),
        oldest=f"{'≥ ' if facts.more else ''}{waits[0].waited}" if waits else "0 s",
        objective=f"{limits.objective_s:g} s",
        late=bool(waits) and waits[0].late,
        queued=f"{len(waits)}{'+' if facts.more else ''}",
        bulk=status.queues.bulk,
        code=code,
        prospect=WAIT_TEXTS[WaitReason(code)] if code in set(WaitReason) else "",
        reason=decision.reason if decision else "The scaler has not decided yet.",
        decided="" if silence is None else f"decided {ago(silence)} ago",
        scaler_silent=silent,
        counts=counts_of(workers),
        desired=status.desired,
        maximum=status.maximum,
        breakers=tuple(
            f"{label} breaker {one.circuit.value.replace('_', '-')} for {ago(now - one.since)}: "
            f"{one.cause or 'no cause given'}"
            for label, one in open_ones
            if one.circuit is not Circuit.CLOSED
        ),
        failed_boots=tuple(
            f"{one.instance_id}, {ago(now - one.at)} ago: {one.words}" for one in status.failed_boots
        ),
        unreadable=facts.unreadable,
        waits=waits,
        workers=workers,
        decisions=tuple(_decision(one) for one in facts.scaler.recent),
        chart=chart_of(sizes.value, facts.scaler.recent, limits.objective_s, now),
        chart_trouble=sizes.trouble,
    )


def _code(decision: ScalerView | None, *, silent: bool) -> str:
    """Why renders wait, as the API tells their customers: an old decision may hold no longer."""
    if decision is None:
        return WaitReason.STARTING.value
    return WaitReason.SCALER_SILENT.value if silent else decision.reason_code


def tone_of(code: str) -> str:
    """Whether a wait with this reason ends soon, later, or not by itself."""
    if code in _SOON:
        return "soon"
    return "later" if code in _LATER else "stuck"


def _headline(facts: FleetFacts, waits: Sequence[WaitView]) -> str:
    if not waits:
        return "nobody waits"
    late = sum(one.late for one in waits)
    more = "+" if facts.more else ""
    waiting = f"{len(waits)}{more} renders wait" if more or len(waits) > 1 else "1 render waits"
    return f"{waiting}, {late}{more} too long" if late else waiting


def _waits(facts: FleetFacts, objective_s: float, now: float) -> tuple[WaitView, ...]:
    return tuple(
        WaitView(render=one.render, waited=ago(now - one.since), late=now - one.since > objective_s)
        for one in facts.waiting
    )


def _decision(taken: Taken) -> DecisionView:
    changed = taken.before != taken.desired
    return DecisionView(
        time=clock(taken.at),
        change=f"{taken.before} → {taken.desired}" if changed else f"{taken.desired}",
        changed=changed,
        queued=taken.queued,
        code=taken.code if taken.queued else "",
        reason=taken.reason,
    )
