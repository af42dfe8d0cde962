"""The routes under /v1/webhook-endpoints."""

import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from handlers.job_server import problems
from handlers.job_server.edge.body import Bodies
from handlers.job_server.edge.idempotency import idempotency_key, say_replayed
from handlers.job_server.edge.spending import Spending
from handlers.job_server.edge.threads import in_thread
from handlers.job_server.problems import Problem
from handlers.job_server.renders.callers import Caller
from handlers.job_server.schemas.requests import Rules
from handlers.job_server.webhook_endpoints import views
from handlers.job_server.webhook_endpoints.deliveries import WebhookServices
from handlers.job_server.webhook_endpoints.requests import endpoint_change, endpoint_request
from handlers.jobs.ids import ENDPOINT_ID

PATH: Final = "/webhook-endpoints"
ONE: Final = f"{PATH}/{{endpoint_id}}"


def add_endpoint_routes(  # noqa: PLR0913 - what each route needs
    submissions: APIRouter,
    reads: APIRouter,
    *,
    webhooks: WebhookServices,
    caller: Callable[..., Coroutine[None, None, Caller]],
    bodies: Bodies,
    spending: Spending,
    rules: Rules,
) -> None:
    """Add them: those with a body beside submissions, the others beside looks."""
    endpoints, targets = webhooks.endpoints, rules.webhook_targets
    Me = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type

    @submissions.post(
        PATH, status_code=201, operation_id="createWebhookEndpoint", summary="Create a webhook endpoint"
    )
    async def create(me: Me, request: Request, response: Response) -> views.EndpointSecretView:
        """Shows its secret, this once."""
        key = idempotency_key(request)
        spending.endpoint_change(request)
        _, wanted = await bodies.read(request, partial(endpoint_request, targets=targets))
        made = await in_thread(endpoints.create, me, wanted, key=key)
        say_replayed(response, replayed=made.replayed)
        response.headers["Location"] = f"/v1{PATH}/{made.endpoint.id}"
        return views.with_secret(made, time.time())

    @reads.get(PATH, operation_id="listWebhookEndpoints", summary="List your webhook endpoints")
    def page(me: Me) -> views.EndpointListView:
        """All of them, the oldest first; a disabled one says since when and why."""
        return views.endpoint_list(endpoints.all(me), time.time())

    @reads.get(ONE, operation_id="getWebhookEndpoint", summary="See one webhook endpoint")
    def get(me: Me, endpoint_id: str) -> views.EndpointView:
        """Shows the result of its latest test."""
        return views.endpoint(endpoints.get(me, _endpoint_id(endpoint_id)), time.time())

    @submissions.patch(ONE, operation_id="changeWebhookEndpoint", summary="Change a webhook endpoint")
    async def change(me: Me, request: Request, endpoint_id: str) -> views.EndpointView:
        """Changes what the body names."""
        known = _endpoint_id(endpoint_id)
        _, wanted = await bodies.read(request, partial(endpoint_change, targets=targets))
        return views.endpoint(await in_thread(endpoints.change, me, known, wanted), time.time())

    @reads.delete(
        ONE, status_code=204, operation_id="deleteWebhookEndpoint", summary="Delete a webhook endpoint"
    )
    def delete(me: Me, request: Request, endpoint_id: str) -> None:
        """What is on its way to it is not sent any more."""
        spending.endpoint_change(request)
        endpoints.delete(me, _endpoint_id(endpoint_id))

    @reads.post(
        f"{ONE}/rotate-secret",
        operation_id="rotateWebhookSecret",
        summary="Give a webhook endpoint a new secret",
    )
    def rotate(me: Me, request: Request, response: Response, endpoint_id: str) -> views.EndpointSecretView:
        """For 24 hours both secrets sign, then the new one alone."""
        key = idempotency_key(request)
        spending.endpoint_change(request)
        rotated = endpoints.rotate(me, _endpoint_id(endpoint_id), key=key)
        say_replayed(response, replayed=rotated.replayed)
        return views.with_secret(rotated, time.time())

    @reads.post(
        f"{ONE}/test",
        status_code=202,
        operation_id="testWebhookEndpoint",
        summary="Send a test to a webhook endpoint",
    )
    def test(me: Me, request: Request, endpoint_id: str) -> views.TestRequestedView:
        """A signed webhook of type `endpoint.test`, tried once, also where the endpoint is disabled."""
        key = idempotency_key(request)
        spending.redelivery(request)
        webhook_id = webhooks.deliveries.test(me, _endpoint_id(endpoint_id), key=key)
        return views.TestRequestedView(webhook_id=webhook_id)


def _endpoint_id(text: str) -> str:
    if not ENDPOINT_ID.fullmatch(text):
        raise Problem(kind=problems.NOT_FOUND, detail="You have no webhook endpoint with this id.")
    return text
