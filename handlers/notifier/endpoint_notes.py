"""What the notifier notes on an endpoint: deliveries in a row that were given up, and the latest test.

A note that cannot be made is left out: the delivery itself is in the log, and must not be repeated for it.
"""

from contextlib import suppress
from dataclasses import replace

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.messages.webhooks import TestMessage
from handlers.jobs.store.customers.webhook_endpoints import EndpointTest
from handlers.notifier.ports import Endpoints, Entry


def note_delivery(endpoints: Endpoints, tenant: str, endpoint: str, entry: Entry) -> None:
    """Count a delivery that was given up, or forget those before one that arrived."""
    with suppress(TryAgainLater):
        endpoints.change_one(
            tenant, endpoint, lambda one: one.with_delivery(arrived=entry.delivered, now=entry.at)
        )


def note_test(endpoints: Endpoints, message: TestMessage, entry: Entry) -> None:
    """Keep the result of a test; it says nothing about deliveries."""
    test = EndpointTest(webhook_id=entry.webhook_id, at=entry.at, error=entry.error)
    with suppress(TryAgainLater):
        endpoints.change_one(message.tenant, message.endpoint, lambda one: replace(one, last_test=test))
