"""How a customer sees its renders: one, a page of them, and what belongs to them."""

import json
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Final, TypeVar

import structlog

from handlers.job_server.memory import Memory
from handlers.job_server.ports import Jobs, Link, Objects
from handlers.job_server.renders.callers import Caller
from handlers.job_server.renders.polling import poll_after
from handlers.job_server.renders.refusals import NotFoundError
from handlers.job_server.renders.waiting import Waiting, why
from handlers.job_server.schemas.inclusion import Part
from handlers.jobs.ids import BATCH_ID
from handlers.jobs.json_schema.values import Json
from handlers.jobs.model import DeliveryAttempt, Job, JobEvent, ScalerView
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.customers.listing import BadCursorError, JobFilter
from handlers.jobs.store.customers.usage_days import UsageDay
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.tenants.usage import Remaining, Usage, remaining, usage

VIEW_SECONDS: Final = 5.0
"""How long a scaler's decision is shown after it was read. Nobody waits for it: it says why others wait."""
_log = structlog.get_logger()
Read = TypeVar("Read")


@dataclass(frozen=True, kw_only=True)
class Render:
    """A job as its owner sees it: why it waits, if it does, and a link to its video, if there is one.

    What follows from its events, and the parts that were asked for, only a look at one render has.
    """

    job: Job
    attempt_limit: int
    waiting: Waiting | None
    video: Link | None
    poster: Link | None
    poll_after_s: int | None
    usage: Usage | None = None
    remaining: Remaining | None = None
    composition: dict[str, Json] | None = None
    events: tuple[JobEvent, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class RenderPage:
    """A page of the caller's renders, newest first, and the cursor of the next page."""

    renders: tuple[Render, ...]
    cursor: str | None


def report_unreadable(error: UnreadableItemError) -> None:
    """Log an item that was skipped, for an operator, who looks for who wrote it."""
    _log.error("item_unreadable", error=str(error))


class Looks:
    """What customers may read of their renders."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        objects: Objects,
        attempts: int,
        clock: Callable[[], float],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._jobs, self._objects, self._attempts, self._clock = jobs, objects, attempts, clock
        self._views: Memory[str, ScalerView] = Memory(VIEW_SECONDS, clock=timer)

    def get(self, caller: Caller, job_id: str, include: Collection[Part] = ()) -> Render:
        """One of the caller's renders, with the parts that were asked for.

        Raises:
            NotFoundError: there is none, or it is somebody else's.
        """
        look = self._readable(self._jobs.look, job_id)
        if look is None or look.job.tenant != caller.tenant:
            raise NotFoundError(job_id)
        now, job = self._clock(), look.job
        return replace(
            self.shown([job])[0],
            usage=usage(job, look.events, now=now),
            remaining=remaining(job, look.events, now=now),
            composition=self._composition(job) if Part.COMPOSITION in include else None,
            events=look.events if Part.EVENTS in include else None,
        )

    def page(
        self, caller: Caller, *, limit: int, wanted: JobFilter, key: str | None, cursor: str | None
    ) -> RenderPage:
        """A page of the caller's renders that the filter takes, newest first.

        With an idempotency key, only the render, or those of the batch, that the key stands for.

        Raises:
            BadCursorError: the cursor was not returned by this list.
        """
        if key is not None:
            return self._page_of_key(caller, key, limit=limit, wanted=wanted, cursor=cursor)
        page = self._jobs.page(caller.tenant, limit=limit, wanted=wanted, cursor=cursor)
        return RenderPage(renders=self.shown(page.jobs), cursor=page.cursor)

    def events(self, caller: Caller, job_id: str) -> list[JobEvent]:
        """The events of one of the caller's jobs."""
        return self._jobs.events(self.own(caller, job_id).id)

    def deliveries(self, caller: Caller, job_id: str) -> list[DeliveryAttempt]:
        """The newest attempts to deliver the webhook of one of the caller's jobs."""
        return self._jobs.deliveries(self.own(caller, job_id).id)

    def usage(self, caller: Caller, first: date, last: date) -> list[UsageDay]:
        """What the caller's renders that ended on these days have used, both included."""
        return self._jobs.usage(caller.tenant, first, last)

    def own(self, caller: Caller, job_id: str) -> Job:
        """One of the caller's jobs.

        Raises:
            NotFoundError: there is none, or it is somebody else's.
        """
        job = self._readable(self._jobs.get, job_id)
        if job is None or job.tenant != caller.tenant:
            raise NotFoundError(job_id)
        return job

    def shown(self, jobs: Sequence[Job]) -> tuple[Render, ...]:
        """Renders with reasons to wait and links; remembers the scaler's record of their fleets."""
        fleets = {job.fleet for job in jobs if job.state is JobState.QUEUED}
        views = {fleet: self._views.get(fleet, partial(self._jobs.scaler_view, fleet)) for fleet in fleets}
        now = self._clock()
        return tuple(
            Render(
                job=job,
                attempt_limit=self._attempts,
                waiting=why(job, views[job.fleet], now) if job.state is JobState.QUEUED else None,
                video=self._objects.download_link(job.output_key, now=now) if job.output_key else None,
                poster=self._poster(job, now),
                poll_after_s=poll_after(job, now),
            )
            for job in jobs
        )

    def _page_of_key(
        self, caller: Caller, key: str, *, limit: int, wanted: JobFilter, cursor: str | None
    ) -> RenderPage:
        record = self._jobs.idempotency_record(caller.tenant, key, now=self._clock())
        if record and BATCH_ID.fullmatch(record.job_id):
            if wanted.batch not in {None, record.job_id}:
                return RenderPage(renders=(), cursor=None)
            wanted = replace(wanted, batch=record.job_id)
            return self.page(caller, limit=limit, wanted=wanted, key=None, cursor=cursor)
        if cursor is not None:
            raise BadCursorError("a list by the idempotency_key of one render has one page; leave it out")
        job = self._readable(self._jobs.get, record.job_id) if record else None
        found = [job] if job and job.tenant == caller.tenant and wanted.takes(job) else []
        return RenderPage(renders=self.shown(found), cursor=None)

    def _readable(self, read: Callable[[str], Read | None], job_id: str) -> Read | None:
        """What is read of the job; one that cannot be read proves nobody's claim to it."""
        try:
            return read(job_id)
        except UnreadableItemError as error:
            report_unreadable(error)
            return None

    def _composition(self, job: Job) -> dict[str, Json] | None:
        """The job's composition, from the table or the bucket; None when it is gone."""
        content = None
        if not job.composition_is_large:
            content = self._readable(self._jobs.composition, job.id)
        if content is None:
            content = self._objects.composition(job.composition_key)
        found: Json = json.loads(content) if content else None
        return found if isinstance(found, dict) else None

    def _poster(self, job: Job, now: float) -> Link | None:
        if job.output_key is None or job.output_options.poster_at_s is None:
            return None
        return self._objects.download_link(keys.poster_object(job.output_key), now=now)
