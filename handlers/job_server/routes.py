"""The routes under /v1: each translates between HTTP and the service, and nothing more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.routing import BaseRoute

from handlers.job_server import problems, views
from handlers.job_server.batches.answers import (
    AcceptedBatchView,
    BatchView,
    accepted_batch,
    batch,
    batch_links,
)
from handlers.job_server.batches.requests import (
    BatchRequest,
    batch_request,
    known_batch_id,
    largest_batch,
    required_key,
    with_versions,
)
from handlers.job_server.batches.service import AcceptedBatch, BatchService, BegunError
from handlers.job_server.edge.admission import Admission, Capacity, admitted_by
from handlers.job_server.edge.body import Bodies
from handlers.job_server.edge.caller import CallerByKey
from handlers.job_server.edge.idempotency import idempotency_key, say_replayed
from handlers.job_server.edge.spending import Spending
from handlers.job_server.edge.threads import in_thread
from handlers.job_server.ports import Keys
from handlers.job_server.problems import Problem
from handlers.job_server.renders.callers import Caller
from handlers.job_server.renders.looking import Render
from handlers.job_server.renders.refusals import AssetNotFoundError
from handlers.job_server.renders.service import RenderService
from handlers.job_server.renders.submitting import Accepted
from handlers.job_server.schemas import responses
from handlers.job_server.schemas.filters import JobFilterOf, KeyOfSubmission
from handlers.job_server.schemas.inclusion import PartsNamed, parts
from handlers.job_server.schemas.requests import (
    RefusedError,
    RenderRequest,
    Rules,
    asset_request,
    render_request,
)
from handlers.job_server.schemas.usage import PeriodOf, UsageReportView
from handlers.job_server.templates.routes import add_routes as add_template_routes
from handlers.job_server.templates.service import TemplateService
from handlers.job_server.webhook_endpoints.deliveries import WebhookServices
from handlers.job_server.webhook_endpoints.routes import add_endpoint_routes
from handlers.jobs.ids import ASSET_ID, JOB_ID
from handlers.jobs.json_schema.values import Json
from handlers.jobs.store.customers.listing import BadCursorError
from handlers.jobs.tenants import spaces
from handlers.jobs.tracing import id_fields, log_fields

MAX_PAGE = 100
T = TypeVar("T")


def routes(  # noqa: C901, PLR0913, PLR0915, PLR0917 - one function a route, and what they need
    service: RenderService,
    webhooks: WebhookServices,
    templates: TemplateService,
    api_keys: Keys,
    rules: Rules,
    capacity: Capacity,
) -> list[BaseRoute]:
    """All routes that need an API key."""
    spending = Spending(capacity)

    caller = CallerByKey(api_keys, spending, service.limits.of_owner)
    Me = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type
    # Routes with a body. They wait for S3 and for slow senders, so they have a limit of their own.
    submissions, reads = (
        APIRouter(
            prefix="/v1",
            route_class=admitted_by(
                Admission(kind, slots, capacity, of_tenant=of_tenant), spending.tenant_of
            ),
        )
        for kind, slots, of_tenant in (
            ("submissions", capacity.submissions, capacity.submissions_of_tenant),
            ("reads", capacity.reads, capacity.looks_of_tenant),
        )
    )
    bodies = Bodies(capacity, spending.write)
    submission = _Submissions(bodies=bodies, spending=spending, rules=rules, templates=templates)
    batches = BatchService(service.intake)

    @submissions.post("/renders", status_code=202, operation_id="submitRender", summary="Submit a render")
    async def submit(me: Me, request: Request, response: Response) -> responses.AcceptedView:
        """The body is a composition, or a template with its fields. 202: the render is stored and queued."""
        key = idempotency_key(request)
        body, wanted = await submission.read(me, request)
        accepted = (
            await in_thread(service.submissions.submit, me, wanted, body=body, key=key)
            if isinstance(wanted, RenderRequest)
            else await _accepted_before(service, me, body, key, wanted)
        )
        about = log_fields(accepted.job) if accepted.job else id_fields(accepted.job_id)
        _note(request, {**about, "replayed": accepted.replayed, "message_id": accepted.message_id})
        response.headers["Location"] = views.links(accepted.job_id).self
        say_replayed(response, replayed=accepted.replayed)
        return views.accepted(accepted)

    @submissions.post(
        "/batches", status_code=202, operation_id="submitBatch", summary="Submit renders together"
    )
    async def submit_batch(me: Me, request: Request, response: Response) -> AcceptedBatchView:
        """All items are accepted or none. A repeated request goes on with a batch that was interrupted."""
        key = required_key(idempotency_key(request))
        body, wanted = await submission.read_batch(me, request)
        try:
            accepted = await _accepted_batch(batches, me, wanted, body, key)
        except BegunError as begun:
            wanted = await submission.batch_with(me, request, body, begun.templates)
            accepted = await _accepted_batch(batches, me, wanted, body, key)
        _note(request, {"batch": accepted.batch.id, "replayed": accepted.replayed})
        response.headers["Location"] = batch_links(accepted.batch.id).self
        if accepted.replayed:
            response.headers["Idempotent-Replayed"] = "true"
        return accepted_batch(accepted)

    @reads.get("/batches/{batch_id}", operation_id="getBatch", summary="See one batch")
    def get_batch(me: Me, batch_id: str) -> BatchView:
        """Shows how many of its renders are in each state; a list by `batch` shows the renders."""
        return batch(batches.get(me, known_batch_id(batch_id)))

    @submissions.post("/renders/validate", operation_id="validateRender", summary="Check a submission")
    async def validate(me: Me, request: Request) -> responses.LengthView:
        """Takes the body of a submission, and refuses it for the same mistakes; stores nothing.

        Warns of what would not come as asked for.
        """
        _, wanted = await submission.read(me, request)
        if isinstance(wanted, RefusedError):
            raise wanted
        return views.length(await in_thread(service.submissions.check, me, wanted), wanted.warnings)

    @reads.get("/renders", operation_id="listRenders", summary="List your renders, newest first")
    def page(
        me: Me,
        wanted: JobFilterOf,
        idempotency_key: KeyOfSubmission = None,
        limit: Annotated[
            int, Query(ge=1, le=MAX_PAGE, description="Maximum number of renders to return.")
        ] = 20,
        cursor: Annotated[
            str | None, Query(max_length=256, description="`next_cursor` of the previous page.")
        ] = None,
    ) -> responses.RenderListView:
        """All filters given must hold.

        With `state` or `template`, a page may have fewer renders than `limit`, even none, and still have a
        cursor. A cursor belongs to the filters of its list.
        """
        try:
            found = service.looks.page(me, limit=limit, wanted=wanted, key=idempotency_key, cursor=cursor)
        except BadCursorError as error:
            raise problems.invalid_parameter("cursor", str(error)) from error
        return views.render_list(found)

    # On the event loop but for the call: each change of threads takes as long as half of a call to AWS.
    @reads.get(
        "/renders/{render_id}",
        operation_id="getRender",
        summary="See one render",
        response_model=responses.RenderView,
    )
    async def get(
        me: Me, request: Request, render_id: str, include: PartsNamed = None
    ) -> responses.RenderView | Response:
        """Shows why it waits, its progress, a link to its video, or why it failed, and what it has used."""
        found = await in_thread(service.looks.get, me, _job_id(render_id), parts(include))
        _note(request, log_fields(found.job))
        # A large composition would hold up the event loop.
        return await in_thread(_whole, found) if include else views.render(found)

    @reads.post("/renders/{render_id}/cancel", operation_id="cancelRender", summary="Cancel a render")
    def cancel(me: Me, request: Request, render_id: str) -> responses.RenderView:
        """A queued render ends at once; a rendering one ends when its worker has stopped."""
        cancelled = service.endings.cancel(me, _job_id(render_id))
        _note(request, log_fields(cancelled.job))
        return views.render(cancelled)

    @reads.delete(
        "/renders/{render_id}", status_code=204, operation_id="deleteRender", summary="Delete a render"
    )
    def delete(me: Me, render_id: str) -> None:
        """Only one that has ended: it is gone at once, and its files within minutes."""
        service.endings.delete(me, _job_id(render_id))

    @reads.get("/renders/{render_id}/events", operation_id="listEvents", summary="List a render's events")
    def events(me: Me, render_id: str) -> responses.EventListView:
        """Lists every event in order, with its time, kind, actor and trace."""
        return views.event_list(service.looks.events(me, _job_id(render_id)))

    @reads.get(
        "/renders/{render_id}/deliveries",
        operation_id="listDeliveries",
        summary="List a render's webhook deliveries",
    )
    def deliveries(me: Me, render_id: str) -> responses.DeliveryListView:
        """Lists the newest 100 attempts in order, with their times, whether they delivered it, and errors."""
        return views.delivery_list(service.looks.deliveries(me, _job_id(render_id)))

    @reads.post(
        "/renders/{render_id}/redeliver",
        status_code=202,
        operation_id="redeliverWebhook",
        summary="Deliver a render's webhook again",
    )
    def redeliver(me: Me, request: Request, response: Response, render_id: str) -> responses.RedeliveryView:
        """A new delivery of the same webhook, with its `webhook-id` and its own tries."""
        key = idempotency_key(request)
        spending.redelivery(request)
        job = service.looks.own(me, _job_id(render_id))
        asked = webhooks.deliveries.redeliver(me, job, key=key)
        say_replayed(response, replayed=asked.replayed)
        return views.redelivery(asked)

    @submissions.post(
        "/assets", status_code=201, operation_id="announceAsset", summary="Get a link to upload a file"
    )
    async def announce(me: Me, request: Request) -> responses.AssetView:
        """The response describes the one request that uploads a file of exactly this type and size."""
        _, wanted = await bodies.read(request, asset_request)
        spending.upload(request, wanted.size)
        return views.asset(*await in_thread(service.uploads.announce, me, wanted))

    @reads.delete("/assets/{asset_id}", status_code=204, operation_id="deleteAsset", summary="Delete a file")
    def delete_asset(me: Me, asset_id: str) -> None:
        """It is gone within minutes; a render that has not fetched it by then fails with `asset_missing`."""
        service.uploads.delete(me, _asset_id(asset_id))

    add_template_routes(submissions, reads, templates, bodies, caller)

    @reads.get("/usage", operation_id="getUsage", summary="See what you have used, by day")
    def usage(me: Me, days: PeriodOf) -> UsageReportView:
        """Each render counts once, on the day of its end, with all its attempts."""
        return views.usage_report(service.looks.usage(me, days.first, days.last))

    add_endpoint_routes(
        submissions, reads, webhooks=webhooks, caller=caller, bodies=bodies, spending=spending, rules=rules
    )
    return [*submissions.routes, *reads.routes]


@dataclass(frozen=True, kw_only=True)
class _Submissions:
    """Reads the bodies of submissions."""

    bodies: Bodies
    spending: Spending
    rules: Rules
    templates: TemplateService

    def rules_of(self, me: Caller, request: Request) -> Rules:
        """The rules with the caller's own templates and limits, and those of a test key."""
        return replace(
            self.rules,
            # Remembered for this request: items of a batch that name the newest version get the same one.
            template_of=cache(partial(self.templates.of_submission, me.tenant)),
            largest_batch=largest_batch(
                self.rules.largest_batch, queued=me.limits.queued, writes=self.spending.most_writes(request)
            ),
            test=spaces.is_test(me.tenant),
        )

    async def read(self, me: Caller, request: Request) -> tuple[Json, RenderRequest | RefusedError]:
        """The body, and what it asks for; the tenant has paid for the look-up of its assets."""
        check = _finding(render_request, self.rules_of(me, request))
        body, wanted = await self.bodies.read(request, check)
        if isinstance(wanted, RenderRequest):
            self.spending.look_ups(request, len(wanted.assets))
        return body, wanted

    async def read_batch(self, me: Caller, request: Request) -> tuple[Json, BatchRequest | RefusedError]:
        """The body, and what it asks for; the tenant has paid for its renders and the look-up of assets."""
        pay = partial(self.spending.write, request)
        check = _finding(partial(batch_request, pay=pay), self.rules_of(me, request))
        body, wanted = await self.bodies.read(request, check)
        if isinstance(wanted, BatchRequest):
            self.spending.look_ups(request, len(wanted.assets))
        return body, wanted

    async def batch_with(
        self, me: Caller, request: Request, body: Json, versions: Sequence[str]
    ) -> BatchRequest:
        """What the body asks for with these versions of its templates, which the tenant has paid for.

        Raises:
            RefusedError: it cannot be accepted with them.
        """
        rules = with_versions(self.rules_of(me, request), versions)
        return await self.bodies.again(body, partial(batch_request, rules=rules, pay=lambda _renders: None))


def _finding(read: Callable[[Json, Rules], T], rules: Rules) -> Callable[[Json], T | RefusedError]:
    """What is read of a body, or why it is refused, by these rules."""

    def finding(body: Json) -> T | RefusedError:
        try:
            return read(body, rules)
        except RefusedError as error:
            return error

    return finding


async def _accepted_before(
    service: RenderService, me: Caller, body: Json, key: str | None, refused: RefusedError
) -> Accepted:
    """What the same submission got when its template was still there.

    Raises:
        RefusedError: it was never accepted.
    """
    accepted = await in_thread(service.submissions.accepted_before, me, body=body, key=key) if key else None
    if accepted is None:
        raise refused
    return accepted


async def _accepted_batch(
    batches: BatchService, me: Caller, wanted: BatchRequest | RefusedError, body: Json, key: str
) -> AcceptedBatch:
    """The batch; one that cannot be accepted now may be what was accepted when its templates were there.

    Raises:
        BegunError: it goes on with other versions of its templates.
        RefusedError: it was never accepted as a whole.
    """
    if isinstance(wanted, BatchRequest):
        return await in_thread(batches.submit, me, wanted, body=body, key=key)
    accepted = await in_thread(batches.accepted_before, me, body=body, key=key)
    if accepted is None:
        raise wanted
    return accepted


def _whole(found: Render) -> Response:
    return Response(views.render(found).model_dump_json(), media_type="application/json")


def _note(request: Request, about: Mapping[str, object]) -> None:
    """Let the log line of the request name its render."""
    request.state.render = about


def _job_id(text: str) -> str:
    if not JOB_ID.fullmatch(text):
        raise Problem(kind=problems.NOT_FOUND, detail="You have no render with this id.")
    return text


def _asset_id(text: str) -> str:
    if not ASSET_ID.fullmatch(text):
        raise AssetNotFoundError(text)
    return text
