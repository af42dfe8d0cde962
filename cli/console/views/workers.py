"""The instances of a fleet as the console shows them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cli.console.views.words import ago
from cli.fleet.status import Member
from handlers.jobs.model import Worker, WorkerState

TONES = ("idle", "busy", "booting", "draining", "silent")


@dataclass(frozen=True, kw_only=True)
class WorkerView:
    """One instance; `tone` is one of `TONES`."""

    instance: str
    tone: str
    doing: str
    place: str
    render: str | None
    heard: str


def worker_view(member: Member, silent_s: float, now: float) -> WorkerView:
    """An instance; without a heartbeat for longer than `silent_s` its worker is silent."""
    worker, leaving = member.worker, member.lifecycle.startswith("Terminat")
    if worker is None:
        tone = "draining" if leaving else "booting"
        doing, heard, render = "is leaving" if leaving else "boots", "no agent yet", None
    else:
        silence = now - worker.heartbeat_at
        tone = "silent" if silence > silent_s else worker.state.value
        doing = _doing(worker, now)
        heard = f"silent for {ago(silence)}" if tone == "silent" else f"heard {ago(silence)} ago"
        render = None if worker.state is WorkerState.IDLE else worker.job_id
    return WorkerView(
        instance=member.instance,
        tone=tone,
        doing=doing,
        place=" · ".join(part for part in (member.lifecycle, member.kind, member.zone) if part),
        render=render,
        heard=heard,
    )


def silent_first(workers: Iterable[WorkerView]) -> tuple[WorkerView, ...]:
    """The stuck ones where they are seen; the others keep their places from look to look."""
    return tuple(sorted(workers, key=lambda one: one.tone != "silent"))


def counts_of(workers: Sequence[WorkerView]) -> tuple[tuple[str, int], ...]:
    """How many workers have each tone."""
    tones = [one.tone for one in workers]
    return tuple((tone, tones.count(tone)) for tone in TONES)


def _doing(worker: Worker, now: float) -> str:
    since = worker.busy_since if worker.state is WorkerState.BUSY else worker.idle_since
    lasting = "" if since is None or worker.state is WorkerState.DRAINING else f" for {ago(now - since)}"
    return f"{worker.state.value}{lasting}"
