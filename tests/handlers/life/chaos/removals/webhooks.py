"""What keeps webhooks and usage from saying a thing twice, or something else the second time."""

import json
from dataclasses import replace
from itertools import count
from typing import Final

from handlers.jobs.model import Job
from handlers.jobs.store.customers import delivery_requests, usage_days
from handlers.jobs.store.customers.usage_days import Counted, UsageDays
from handlers.jobs.store.table import Put
from handlers.jobs.store.webhook_addresses import WebhookAddress
from handlers.notifier import aws as notifier_aws
from handlers.notifier import service as notifying
from handlers.notifier.ports import Standing
from handlers.notifier.service import Notifier
from handlers.notifier.webhook import Webhook
from tests.handlers.life.chaos.removals.removing import ALWAYS, Patch, Removal, always


def id_of_a_webhook(patch: Patch) -> None:
    """Each try has a webhook id of its own."""
    webhook_for, numbers = notifying.webhook_for, count()

    def numbered(job: Job, address: WebhookAddress) -> Webhook:
        return replace(webhook_for(job, address), id=f"msg_{job.id}_{next(numbers)}")

    patch.setattr(notifying, "webhook_for", numbered)


def body_of_a_webhook(patch: Patch) -> None:
    """Each try has a body of its own."""
    webhook_for, numbers = notifying.webhook_for, count()

    def numbered(job: Job, address: WebhookAddress) -> Webhook:
        return replace(webhook_for(job, address), body=json.dumps({"sent": next(numbers)}))

    patch.setattr(notifying, "webhook_for", numbered)


def delivery_that_was_made(patch: Patch) -> None:
    """A webhook is sent again however often it was delivered."""
    patch.setattr(Standing, "covers", lambda *_: False)


def delivery_that_stays_made(patch: Patch) -> None:
    """A failure of a second message undoes the delivery by the first."""
    patch.setattr(notifier_aws, "_undelivered", always)


def key_of_a_redelivery(patch: Patch) -> None:
    """A redelivery is asked for as often as the customer asks under one key."""
    patch.setattr(delivery_requests, "Condition", always)


def webhooks_of_endpoints(patch: Patch) -> None:
    """Endpoints hear of no end."""
    patch.setattr(Notifier, "_tell_endpoints", lambda *_, **__: False)


def mark_of_a_counted_job(patch: Patch) -> None:
    """A job is counted as often as the stream tells of its end."""
    mark = usage_days._mark

    def marked(job: Job, current: Counted, earlier: Counted | None) -> Put:
        return replace(mark(job, current, earlier), condition=ALWAYS)

    patch.setattr(usage_days, "_mark", marked)
    patch.setattr(UsageDays, "_counted", lambda *_: None)


def version_of_a_day(patch: Patch) -> None:
    """Of two who count for one tenant at once, one is forgotten."""
    patch.setattr(usage_days, "equal", always)


REMOVALS: Final[tuple[Removal, ...]] = (
    id_of_a_webhook,
    body_of_a_webhook,
    delivery_that_was_made,
    delivery_that_stays_made,
    key_of_a_redelivery,
    webhooks_of_endpoints,
    mark_of_a_counted_job,
    version_of_a_day,
)
