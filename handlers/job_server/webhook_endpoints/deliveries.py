"""Deliveries that customers ask for: of a render's webhook once more, and tests of their endpoints."""

from collections.abc import Callable
from dataclasses import dataclass

from handlers.job_server.renders.callers import Caller
from handlers.job_server.renders.refusals import NotFinalError
from handlers.job_server.webhook_endpoints.service import EndpointSecrets, EndpointService, EndpointStore
from handlers.jobs.ids import delivery_id_of, new_delivery_id
from handlers.jobs.model import Job
from handlers.jobs.outgoing.webhook_events import event_of
from handlers.jobs.store.customers.delivery_requests import DeliveryRequest


class NoWebhookError(Exception):
    """The job has no webhook, and no endpoint of its tenant takes it."""


@dataclass(frozen=True, kw_only=True)
class Redelivery:
    """A delivery of a job's webhook that was asked for; `replayed` when by an earlier request."""

    id: str
    job_id: str
    replayed: bool


class DeliveryService:
    """Stores what is asked for; the table's stream tells the notifier."""

    def __init__(
        self,
        *,
        endpoints: EndpointService,
        request_delivery: Callable[[DeliveryRequest], str],
        clock: Callable[[], float],
    ) -> None:
        self._endpoints, self._request_delivery, self._clock = endpoints, request_delivery, clock

    def redeliver(self, caller: Caller, job: Job, *, key: str | None) -> Redelivery:
        """Ask for the webhook of the caller's job once more; once for each idempotency key.

        Raises:
            NoWebhookError: nobody would get it.
            NotFinalError: the job has not ended.
        """
        if not job.state.terminal:
            raise NotFinalError(job.id)
        if job.webhook_url is None and not any(
            one.takes(event_of(job)) for one in self._endpoints.all(caller)
        ):
            raise NoWebhookError(job.id)
        request = self._request(caller, job.id, key)
        standing = self._request_delivery(request)
        return Redelivery(id=standing, job_id=job.id, replayed=standing != request.id)

    def test(self, caller: Caller, endpoint_id: str, *, key: str | None) -> str:
        """Ask for a test of an endpoint, once for each idempotency key; the id of its webhook.

        Raises:
            NoEndpointError: there is none.
        """
        request = self._request(caller, self._endpoints.get(caller, endpoint_id).id, key)
        return f"msg_{self._request_delivery(request)}"

    def _request(self, caller: Caller, about: str, key: str | None) -> DeliveryRequest:
        now = round(self._clock(), 3)
        new = new_delivery_id(now)
        place = delivery_id_of(key) if key else new
        return DeliveryRequest(id=new, tenant=caller.tenant, about=about, at=now, place=place)


@dataclass(frozen=True, kw_only=True)
class WebhookServices:
    """What the server does for webhooks."""

    endpoints: EndpointService
    deliveries: DeliveryService

    @classmethod
    def of(
        cls,
        *,
        store: EndpointStore,
        secrets: EndpointSecrets,
        request_delivery: Callable[[DeliveryRequest], str],
        clock: Callable[[], float],
    ) -> "WebhookServices":
        """Both, on the same store."""
        endpoints = EndpointService(store=store, secrets=secrets, clock=clock)
        deliveries = DeliveryService(endpoints=endpoints, request_delivery=request_delivery, clock=clock)
        return cls(endpoints=endpoints, deliveries=deliveries)
