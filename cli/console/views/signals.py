"""Alarms, error budgets and receivers of webhooks as the console shows them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cli.console.reading.alarms import Ringing
from cli.console.reading.answers import Answer
from cli.console.reading.budgets import Budget
from cli.console.reading.receivers import FailingReceivers
from cli.console.reading.trouble import Trouble
from cli.console.views.runbook import names_of
from cli.console.views.words import ago, clock, count

BAR = 160.0
"""Width of a whole budget."""
_SCARCE = 0.25


@dataclass(frozen=True, kw_only=True)
class AlarmView:
    """A ringing alarm; `href` is its runbook with its names filled in."""

    name: str
    says: str
    reason: str
    rings: str
    pages: bool
    silenced_by: str
    runbook: str
    href: str


@dataclass(frozen=True, kw_only=True)
class BudgetView:
    """An objective; `tone` is good, scarce, spent or unknown, `width` that of what is left."""

    says: str
    runbook: str
    left: str
    width: float
    tone: str
    burn: str
    burns: bool


@dataclass(frozen=True, kw_only=True)
class ReceiverView:
    """A host that did not accept webhooks."""

    host: str
    failed: int
    given_up: int
    last: str
    error: str
    renders: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Glance:
    """One question of the overview with its answer; `tone` is good, bad, warn or unknown."""

    title: str
    href: str
    answer: str
    tone: str


def alarm_views(
    alarms: Sequence[Ringing], stack: str, fleets: Iterable[str], now: float
) -> tuple[AlarmView, ...]:
    """Each alarm with the address of its runbook."""
    known = tuple(fleets)
    return tuple(
        AlarmView(
            name=one.name,
            says=one.says,
            reason=one.reason,
            rings=f"for {ago(now - one.since)}, since {clock(one.since)} UTC",
            pages=one.pages,
            silenced_by=one.silenced_by,
            runbook=one.runbook,
            href=f"/runbooks/{one.runbook}?{names_of(one, stack, known).query}".removesuffix("?"),
        )
        for one in alarms
    )


def budget_view(budget: Budget) -> BudgetView:
    """What is left of thirty days, and how fast it burns."""
    left, burn = budget.left, budget.burn
    tone = "unknown"
    if left is not None:
        tone = "spent" if left <= 0 else "scarce" if left < _SCARCE else "good"
    return BudgetView(
        says=budget.says,
        runbook=budget.runbook,
        left="no data" if left is None else f"{left:.0%}",
        width=round((left or 0.0) * BAR, 1),
        tone=tone,
        burn="no data" if burn is None else f"{burn:.1f} times",
        burns=burn is not None and burn > 1,
    )


def receiver_views(failing: FailingReceivers, now: float) -> tuple[ReceiverView, ...]:
    """Each failing host."""
    return tuple(
        ReceiverView(
            host=one.host,
            failed=one.failed,
            given_up=one.given_up,
            last=f"{ago(now - one.last_at)} ago",
            error=one.last_error,
            renders=one.renders,
        )
        for one in failing.receivers
    )


def glances(
    alarms: Answer[tuple[Ringing, ...]],
    failing: Answer[FailingReceivers],
    budgets: Answer[tuple[Budget, ...]],
) -> tuple[Glance, ...]:
    """What rings, which webhooks fail, and which budget is the smallest."""
    return (_ringing(alarms), _failing(failing), _budgets(budgets))


def _unknown(title: str, href: str, trouble: Trouble | None) -> Glance:
    state = trouble.state.value if trouble else "not read yet"
    return Glance(title=title, href=href, answer=state, tone="unknown")


def _ringing(answer: Answer[tuple[Ringing, ...]]) -> Glance:
    title, href = "Ringing alarms", "/alarms"
    if answer.value is None or answer.trouble:
        return _unknown(title, href, answer.trouble)
    pages = sum(one.pages for one in answer.value)
    tickets = len(answer.value) - pages
    if not answer.value:
        return Glance(title=title, href=href, answer="nothing", tone="good")
    parts = [
        *([count(pages, "page", "pages")] if pages else []),
        *([count(tickets, "ticket", "tickets")] if tickets else []),
    ]
    return Glance(title=title, href=href, answer=", ".join(parts), tone="bad" if pages else "warn")


def _failing(answer: Answer[FailingReceivers]) -> Glance:
    title, href = "Failing webhooks", "/webhooks"
    if answer.value is None or answer.trouble:
        return _unknown(title, href, answer.trouble)
    receivers = answer.value.receivers
    if not receivers:
        return Glance(title=title, href=href, answer="nobody in the last hour", tone="good")
    lost = sum(one.given_up for one in receivers)
    text = f"{count(len(receivers), 'host fails', 'hosts fail')}{f', {lost} given up' if lost else ''}"
    return Glance(title=title, href=href, answer=text, tone="bad" if lost else "warn")


def _budgets(answer: Answer[tuple[Budget, ...]]) -> Glance:
    title, href = "Smallest error budget", "/alarms#budgets"
    if answer.value is None or answer.trouble:
        return _unknown(title, href, answer.trouble)
    known = [(one.left, one.name) for one in answer.value if one.left is not None]
    if not known:
        return Glance(title=title, href=href, answer="no data", tone="unknown")
    left, name = min(known)
    tone = "bad" if left <= 0 else "warn" if left < _SCARCE else "good"
    return Glance(title=title, href=href, answer=f"{left:.0%} left of {name}", tone=tone)
