"""Where the webhook of a job goes and whose secret signs it: stored at submission, never read from the job.

Instances may write the items of jobs, and they run third-party engines. The notifier would post for whoever
it finds in such an item, so it believes the job server alone, which writes this item in the submission.
"""

from dataclasses import dataclass
from typing import Final

from handlers.jobs.ids import TENANT
from handlers.jobs.model import Job
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import Reader
from handlers.jobs.store.table import Put, Table, Update

EARLIER_SECONDS: Final = 86_400
"""How long after the first start of a job server that stores addresses a job may be without one: as long as
a render may wait and run."""


@dataclass(frozen=True, kw_only=True)
class WebhookAddress:
    """The tenant of a job and the URL of its webhook, as they were submitted."""

    tenant: str
    url: str


class WebhookAddresses:
    """The notifier's access to addresses."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, job: Job, *, now: float) -> WebhookAddress | None:
        """The address of the job's webhook; None when nobody whom to believe has stored one.

        The job itself is believed while it may stem from a job server that stored no addresses.
        """
        item = self._table.get(keys.webhook(job.id))
        if item is not None:
            read = Reader(item)
            return WebhookAddress(tenant=read.matching("tenant", TENANT), url=read.text("url"))
        begin = self._table.get(keys.webhook_addresses_begin())
        if job.webhook_url is None or (begin and now > Reader(begin).time("at") + EARLIER_SECONDS):
            return None
        return WebhookAddress(tenant=job.tenant, url=job.webhook_url)


def begin(table: Table, *, now: float) -> None:
    """Note that every submission from now on stores its address; the first note stays."""
    key = keys.webhook_addresses_begin()
    table.put(Put(item={"pk": key.pk, "sk": key.sk, "entity": Entity.WEBHOOK, "at": now}))


def address_put(job: Job, url: str) -> Put:
    """The write that stores a new job's address."""
    key = keys.webhook(job.id)
    item: Item = {
        "pk": key.pk,
        "sk": key.sk,
        "entity": Entity.WEBHOOK,
        "tenant": job.tenant,
        "url": url,
        "expires_at": job.expires_at,
    }
    return Put(item=item)


def keep_until(table: Table, job: Job) -> list[Update]:
    """The write that keeps a job's address for as long as the job; none when it has no address."""
    key = keys.webhook(job.id)
    return [Update(key=key, changes={"expires_at": job.expires_at})] if table.get(key) else []
