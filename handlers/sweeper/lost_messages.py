"""Finds jobs whose message was lost after it was marked as sent, by counting: SQS cannot be searched."""

from collections.abc import Iterator
from itertools import chain, islice

from handlers.jobs.model import Job
from handlers.sweeper.ports import Queue, Store

DEEP_QUEUE = 100
"""With this many messages the fleet has work, and counting its jobs each minute costs more than it helps."""
DEEP_QUEUE_SECONDS = 1800
"""A deep queue is counted only when one of its messages was sent this long ago."""
COUNTED_BEYOND = 500
"""How many missing messages one sweep can find in one fleet."""


def lost(store: Store, queue: Queue, fleet: str, *, now: float, sent_before: float) -> Iterator[Job]:
    """As many jobs as the queue has too few messages, the longest without a message first.

    A job may be among them whose message is there, while that of a younger one is lost: it then has two, and
    the younger one is found once it is the oldest. SQS counts approximately, so a message may be sent that is
    not missing; a worker that receives a second one drops it.
    """
    jobs = store.sent(fleet, sent_before=sent_before)
    oldest = next(jobs, None)
    if oldest is None:
        return
    waiting = queue.waiting(fleet)
    if waiting >= DEEP_QUEUE and (oldest.dispatched_at or 0.0) > now - DEEP_QUEUE_SECONDS:
        return
    missing = store.count_sent(fleet, at_most=waiting + COUNTED_BEYOND) - waiting
    yield from islice(chain([oldest], jobs), max(0, missing))
