"""What customers ask the notifier to deliver: written by the job server, read from the table's stream.

The stream repeats a record until the notifier has queued the delivery, so nobody sweeps these items. A record
that is older than a day is a restored copy and asks for nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import DELIVERY_ID, ENDPOINT_ID, JOB_ID, TENANT
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Value
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import Reader
from handlers.jobs.store.table import Condition, Put, Table

_ABOUT = re.compile(f"{JOB_ID.pattern}|{ENDPOINT_ID.pattern}")
VALID_SECONDS: Final = 86_400
"""How long a request stands, and with it the idempotency key that it was made under."""


@dataclass(frozen=True, kw_only=True)
class DeliveryRequest:
    """A tenant asks for the webhook of a job once more, or for a test of one of its webhook endpoints.

    `about` is the id of the job or the endpoint, and `id` names the new delivery. `place` is where the
    request stands among those about the same: at its id, or at what follows from its idempotency key.
    """

    id: str
    tenant: str
    about: str
    at: float
    place: str

    @property
    def for_job(self) -> bool:
        """Whether it is about a job, and not about an endpoint."""
        return JOB_ID.fullmatch(self.about) is not None

    @property
    def expires_at(self) -> int:
        """When it no longer stands, in epoch seconds."""
        return int(self.at) + VALID_SECONDS


def add_request(table: Table, request: DeliveryRequest) -> str:
    """Store the request, unless one stands in its place already; the id of the one that stands now.

    Raises:
        TryAgainLater: the one that stood there has expired in this moment.
    """
    key = keys.delivery_request(request.about, request.place)
    stored = table.put(
        Put(
            item={
                "pk": key.pk,
                "sk": key.sk,
                "entity": Entity.DELIVERY_REQUEST,
                "delivery": request.id,
                "tenant": request.tenant,
                "about": request.about,
                "at": request.at,
                "expires_at": request.expires_at,
            },
            condition=Condition("attribute_not_exists(#pk) OR #expires_at <= :now", {":now": request.at}),
        )
    )
    if stored:
        return request.id
    standing = table.get(key)
    if standing is None:
        raise TryAgainLater(f"delivery request {request.place} has just expired")
    return request_from_item(standing).id


def request_from_item(item: Mapping[str, Value]) -> DeliveryRequest:
    """A request from the stream.

    Raises:
        UnreadableItemError: it holds what this service never writes, or stands in another's place.
    """
    read = Reader(item)
    request = DeliveryRequest(
        # The release before names a delivery as the place of its request.
        id=read.matching("delivery" if "delivery" in item else "sk", DELIVERY_ID),
        tenant=read.matching("tenant", TENANT),
        about=read.matching("about", _ABOUT),
        at=read.time("at"),
        place=read.matching("sk", DELIVERY_ID),
    )
    partition = keys.delivery_request(request.about, request.place).pk
    if item.get("pk") != partition:
        raise read.refusal("pk", partition)
    return request
