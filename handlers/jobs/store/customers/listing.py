"""Lists of a tenant's jobs: newest first, page by page, each page a bounded read of one index."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from handlers.jobs.ids import JOB_ID, batch_created_at, batch_prefix
from handlers.jobs.model import Job
from handlers.jobs.states import JobState
from handlers.jobs.store import keys
from handlers.jobs.store.attempt_progress import all_with_progress
from handlers.jobs.store.attributes import Item, Value
from handlers.jobs.store.items import job_from_item
from handlers.jobs.store.reading import OnUnreadable, Reader, readable
from handlers.jobs.store.table import Condition, Query, Table, equal

LOOKED_AT = 250
"""How many jobs one page of a list by state or template may read, by one query. That takes 20 ms of the
processor, which others have to wait for."""

CURSOR: Final = re.compile(rf"([0-9]{{10}}\.[0-9]{{3}})_({JOB_ID.pattern})(?:_([0-9a-f]{{8}}))?")
"""A position in a tenant's list: the time and the id of the job before it, and the filter of the list."""


class BadCursorError(ValueError):
    """The cursor is not one that this list returned."""


@dataclass(frozen=True, kw_only=True)
class JobFilter:
    """Which of a tenant's jobs a list shows; a field that is None leaves out none.

    Times are epoch seconds: jobs of `created_after` itself are shown, those of `created_before` are not, so
    that two lists may meet at a time without a job in both.
    """

    state: JobState | None = None
    template: str | None = None
    batch: str | None = None
    created_after: float | None = None
    created_before: float | None = None

    @property
    def skips(self) -> bool:
        """Whether jobs are read that are not shown: no index has them by state or template."""
        return self.state is not None or self.template is not None

    @property
    def name(self) -> str | None:
        """What the cursors of its list end with, so that no other list takes them.

        Those of a list of all jobs, or by state alone, are plain positions, as the previous release made
        them: both releases serve while one replaces the other.
        """
        if self == JobFilter(state=self.state):
            return None
        given = [(name, value) for name, value in vars(self).items() if value is not None]
        return hashlib.sha256(repr(given).encode()).hexdigest()[:8]

    def takes(self, job: Job) -> bool:
        """Whether the list shows the job."""
        return (
            self.state in {None, job.state}
            and self._takes_template(job.template)
            and self.batch in {None, job.batch}
            and (self.created_after is None or job.created_at >= self.created_after)
            and (self.created_before is None or job.created_at < self.created_before)
        )

    def _takes_template(self, template: str | None) -> bool:
        """Whether a render of this template is shown: a name alone stands for all its versions."""
        if self.template is None:
            return True
        return template is not None and self.template in {template, template.partition("@")[0]}


ALL: Final = JobFilter()


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a tenant's list, newest first, and the cursor of the next page."""

    jobs: tuple[Job, ...]
    cursor: str | None


@dataclass(frozen=True, kw_only=True)
class JobList:
    """One tenant's jobs that a filter takes."""

    tenant: str
    wanted: JobFilter

    def page(self, table: Table, *, limit: int, cursor: str | None, on_unreadable: OnUnreadable) -> Page:
        """Up to `limit` jobs, which is at most `MOST_KEYS`; one that skips jobs reads at most `LOOKED_AT`.

        So a page may hold fewer jobs than `limit`, even none, and still have a cursor. Items that cannot be
        read, or are another tenant's, are skipped and told.

        Raises:
            BadCursorError: the cursor was not returned by this list.
        """
        found = table.query(
            Query(
                index=keys.BY_TENANT,
                match=self._match(),
                ascending=False,
                page=LOOKED_AT if self.wanted.skips else limit + 1,
                after=self._start(cursor) if cursor else None,
            )
        )
        listed: list[Job] = []
        cursor_here = None
        for looked_at, item in enumerate(found):
            if len(listed) == limit or looked_at == LOOKED_AT:
                return Page(jobs=all_with_progress(table, listed), cursor=cursor_here)
            cursor_here = self._cursor(item) or cursor_here
            readable_here = readable([item], partial(job_of, self.tenant), on_unreadable)
            listed.extend(job for job in readable_here if self.wanted.takes(job))
        return Page(jobs=all_with_progress(table, listed), cursor=None)

    def _match(self) -> Condition:
        bounds = self._bounds()
        if bounds is None:
            return equal(tenant_pk=keys.tenant_pk(self.tenant))
        return _between(self.tenant, bounds)

    def _bounds(self) -> tuple[str, str] | None:
        """Between which places the jobs lie; no job lies at the second, which has no id."""
        if self.wanted.batch is not None:
            return _places_of_batch(self.wanted.batch)
        if self.wanted.created_after is None and self.wanted.created_before is None:
            return None
        after, before = self.wanted.created_after, self.wanted.created_before
        return keys.tenant_moment(after or 0), keys.tenant_moment(
            keys.LAST_MOMENT if before is None else before
        )

    def _cursor(self, item: Mapping[str, Value]) -> str | None:
        """The item's place in the list, also of one that cannot be read; None for a place that is another's.

        Of two items in one place the second would follow the cursor of the first, again and again.
        """
        place = CURSOR.fullmatch(str(item.get("tenant_sk")).replace("#", "_"))
        if not place or place[3] or item.get("pk") != keys.job(place[2]).pk:
            return None
        return f"{place[0]}_{self.wanted.name}" if self.wanted.name else place[0]

    def _start(self, cursor: str) -> Item:
        place = CURSOR.fullmatch(cursor)
        if not place:
            raise BadCursorError("not a cursor of this list; leave it out to start with the newest render")
        created_at, job_id, name = place.groups()
        key, tenant_sk = keys.job(job_id), keys.tenant_sk(float(created_at), job_id)
        first, last = self._bounds() or (tenant_sk, tenant_sk)
        if name != self.wanted.name or not first <= tenant_sk <= last:
            raise BadCursorError("belongs to a list with other filters; repeat those, or leave it out")
        return {
            "pk": key.pk,
            "sk": key.sk,
            "tenant_pk": keys.tenant_pk(self.tenant),
            "tenant_sk": tenant_sk,
        }


def batch_match(tenant: str, batch_id: str) -> Condition:
    """The keys of a batch's jobs in the index: they have one time, and ids that are neighbors."""
    return _between(tenant, _places_of_batch(batch_id))


def job_of(tenant: str, item: Mapping[str, Value]) -> Job:
    """A job whose item says the same tenant as its place in the index."""
    job = job_from_item(item)
    if job.tenant != tenant:
        raise Reader(item).refusal("tenant", tenant)
    return job


def _between(tenant: str, places: tuple[str, str]) -> Condition:
    first, last = places
    return Condition(
        "#tenant_pk = :tenant_pk AND #tenant_sk BETWEEN :first AND :last",
        {":tenant_pk": keys.tenant_pk(tenant), ":first": first, ":last": last},
    )


def _places_of_batch(batch_id: str) -> tuple[str, str]:
    first = keys.tenant_sk(batch_created_at(batch_id), batch_prefix(batch_id))
    return first, f"{first}~"
