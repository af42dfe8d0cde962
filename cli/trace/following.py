"""When nothing more is to come about a render. Pure."""

from cli.trace.facts import Facts, Line
from handlers.jobs.model import DeliveryAttempt
from handlers.jobs.states import EventKind
from handlers.notifier.retry_schedule import backoff_seconds

LATE_LINES_S = 120
"""How long log lines are waited for: an agent's arrive at the end of a minute."""
NO_TRY_S = 300
"""How much later than its schedule a try of the webhook may be; the sweeper queues a lost webhook again."""
_LAST = frozenset({"webhook_given_up", "webhook_dropped"})
"""After these no try follows."""
_QUEUED = "webhook_queued"
_GONE = "answered 410"
_NEAR_S = 1.0
"""A try in the table and its log line are written within this."""


def settled(facts: Facts) -> bool:
    """The render and its webhook have ended, and their last log lines are there or `LATE_LINES_S` late.

    Of a render that was redriven, the current end counts. This becomes true some time after every end,
    whatever cannot be read.
    """
    job = facts.job
    if not job.state.terminal:
        return False

    since = max((one.at for one in facts.events if one.kind is EventKind.REDRIVEN), default=0.0)
    tries = [one for one in facts.deliveries if one.at >= since]
    spoken = [line for line in facts.of("notifier") if line.at >= since]
    ended = job.updated_at if job.finished_at is None else job.finished_at
    for endpoint in _receivers(facts, tries, spoken):
        of_it = [one for one in tries if one.endpoint == endpoint]
        of_log = [line for line in spoken if line.text("endpoint") == endpoint]
        silent_s = facts.read_at - max([ended, *(one.at for one in of_it)])
        if not _tried_for_good(of_it, of_log, silent_s):
            return False
    last = max([ended, *(one.at for one in tries)])
    return facts.read_at >= last + LATE_LINES_S or _has_last_lines(facts, tries, spoken)


def _receivers(facts: Facts, tries: list[DeliveryAttempt], spoken: list[Line]) -> set[str | None]:
    """The endpoints to which the webhook goes, as far as they are heard of; None for no endpoint's.

    None also stands for a webhook that is queued for endpoints of which none was tried yet.
    """
    if facts.job.webhook_url is not None:
        return {None}
    found = {one.endpoint for one in tries}
    found |= {line.text("endpoint") for line in spoken if line.event in _LAST}
    return found or {None for line in spoken if line.event == _QUEUED}


def _tried_for_good(tries: list[DeliveryAttempt], spoken: list[Line], silent_s: float) -> bool:
    """No try follows: by the table, by the log, or because none came when it was due."""
    if any(one.delivered or one.error == _GONE for one in tries) or any(one.event in _LAST for one in spoken):
        return True
    pause = backoff_seconds(len(tries), 1.0) if tries else 0
    return silent_s >= pause + NO_TRY_S


def _has_last_lines(facts: Facts, tries: list[DeliveryAttempt], spoken: list[Line]) -> bool:
    ends = facts.of("render_agent", "attempt_ended")
    return any(line.number("attempt") == facts.job.attempt for line in ends) and (
        not tries or any(abs(line.at - tries[-1].at) < _NEAR_S for line in spoken)
    )
