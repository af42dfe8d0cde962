"""The application: routes, health, and every error as a problem document."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from http import HTTPStatus

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route

from handlers.job_server import problems
from handlers.job_server.edge.admission import Admission, Capacity, admitted_by
from handlers.job_server.edge.middleware import HEALTH, READINESS, Edge, render_of
from handlers.job_server.ports import Dependencies, Keys
from handlers.job_server.problems import Kind, Problem, ProblemDetail, unavailable
from handlers.job_server.queue_limit import QueueFullError
from handlers.job_server.reference.serving import Places, reference_routes
from handlers.job_server.renders.refusals import FinalError, KeyReusedError, NotFinalError, NotFoundError
from handlers.job_server.renders.service import RenderService
from handlers.job_server.routes import routes
from handlers.job_server.schemas import responses
from handlers.job_server.schemas.description import describe
from handlers.job_server.schemas.requests import RefusedError, Rules
from handlers.job_server.templates.service import TemplateService
from handlers.job_server.webhook_endpoints.deliveries import NoWebhookError, WebhookServices
from handlers.job_server.webhook_endpoints.service import (
    RotationUnderWayError,
    TooManyEndpointsError,
)
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.json_schema.checker import MOST_FINDINGS
from handlers.jobs.store.customers.webhook_endpoints import MOST_ENDPOINTS

RETRY_QUEUE_SECONDS = 30
TAGS = {
    "renders": "Submit, follow, cancel and delete renders.",
    "batches": "Submit renders together, and follow them.",
    "assets": "Upload and delete the images, videos, audio, fonts and captions that a composition uses.",
    "templates": "Compositions with fields to fill in.",
    "usage": "What your renders have used.",
    "webhook-endpoints": "Addresses that receive the webhooks of all your renders.",
    "health": "Health of the server; needs no key.",
}
_log = structlog.get_logger()
_REFUSALS: Mapping[type[Exception], tuple[Kind, str]] = {
    NotFinalError: (
        problems.JOB_NOT_FINAL,
        "The render has not ended yet; cancel it first, or wait for its end.",
    ),
    NoWebhookError: (
        problems.NO_WEBHOOK,
        "The render has no webhook_url, and none of your webhook endpoints receives it.",
    ),
    TooManyEndpointsError: (
        problems.ENDPOINTS_FULL,
        f"You have {MOST_ENDPOINTS} webhook endpoints, the maximum; change one, or delete one first.",
    ),
}
_WORDED = (NotFoundError, FinalError, KeyReusedError, RotationUnderWayError, QueueFullError, TryAgainLater)
"""Refusals whose words depend on the case."""
_KINDS = {kind.status: kind for kind in (problems.NOT_FOUND, problems.METHOD_NOT_ALLOWED)}


def create_app(  # noqa: PLR0913, PLR0917 - what there is one of in a process
    service: RenderService,
    webhooks: WebhookServices,
    templates: TemplateService,
    api_keys: Keys,
    dependencies: Dependencies,
    rules: Rules,
    capacity: Capacity,
) -> FastAPI:
    """The server as uvicorn runs it."""
    app = FastAPI(
        title="Clip-It",
        version="1",
        description="Videos from data: post a render, get a video.",
        servers=[{"url": "/", "description": "The server that serves this document."}],
        contact={"name": "The operator who gave you your API key"},
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        openapi_tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Each request is logged at the edge; what a library would export by environment variables is off.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers=_handlers(),
    )
    probes = APIRouter(route_class=admitted_by(Admission("readiness probes", capacity.readiness, capacity)))

    @app.get(HEALTH, operation_id="health", summary="Check that the server runs")
    async def health() -> responses.HealthView:
        """Does not ask any dependency."""
        # On the event loop: the threads may all be waiting for a dependency that hangs.
        return responses.HealthView()

    @app.post("/webhook-sink", status_code=HTTPStatus.NO_CONTENT, include_in_schema=False)
    async def take_webhook() -> None:
        """A receiver for whoever tries webhooks and has none: says yes to everything and keeps nothing."""

    @probes.get(READINESS, include_in_schema=False)
    def readiness() -> responses.HealthView:
        """Ask the table, the buckets and the queues, at most once a second.

        The load balancer answers 404 in its place: from outside, a 503 would count against the API's
        availability.
        """
        silent = dependencies.unreachable()
        if silent:
            _log.warning("dependencies_silent", dependencies=silent)
            raise unavailable(f"No answer from: {', '.join(silent)}.")
        return responses.HealthView()

    # Flat: the framework looks for a route of an included router twice at each request.
    keyed = routes(service, webhooks, templates, api_keys, rules, capacity)
    app.router.routes.extend((*keyed, *probes.routes, *reference_routes(Places())))
    app.add_middleware(Edge)
    describe(app, rules)
    return app


def _handlers() -> dict[
    int | type[Exception], Callable[[Request, Exception], Coroutine[None, None, Response]]
]:
    async def handle(request: Request, error: Exception) -> Response:
        problem = as_problem(error)
        if isinstance(error, TryAgainLater):
            _log.warning("dependency_failed", error=str(error), **render_of(request.scope))
        if problem.kind is problems.METHOD_NOT_ALLOWED:
            problem.headers = {**problem.headers, "Allow": ", ".join(_methods(request))}
        return problems.response(problem, request.state.request_id)

    outer = (Problem, HTTPException, RequestValidationError, RefusedError)
    return dict.fromkeys((*outer, *_REFUSALS, *_WORDED), handle)


def _methods(request: Request) -> list[str]:
    """The methods of every route of this path; the framework lists only those of the first."""
    found: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found)


def as_problem(error: Exception) -> Problem:
    """The problem that tells a customer about an error.

    Raises:
        Exception: The error itself, if there is no problem for it.
    """
    match error:
        case Problem():
            return error
        case RefusedError():
            return _invalid([ProblemDetail(pointer=one.pointer, detail=one.detail) for one in error.findings])
        case RequestValidationError():
            return _invalid(
                [
                    ProblemDetail(parameter=str(one["loc"][-1]), detail=_lowered(str(one["msg"])))
                    for one in error.errors()
                ]
            )
        case HTTPException():
            return _http(error)
        case _:
            return _domain_problem(error)


def _domain_problem(error: Exception) -> Problem:
    match error:
        case NotFoundError():
            kind, detail = problems.NOT_FOUND, f"You have no {error.what} with this id."
        case FinalError():
            kind = problems.JOB_FINAL
            detail = f"The render has already ended ({error.state.value}), so it cannot be cancelled."
        case KeyReusedError():
            kind = problems.KEY_REUSED
            detail = f"This Idempotency-Key {error.why}; use a new key for a new {error.what}."
        case RotationUnderWayError():
            kind, ends = problems.ROTATION_UNDER_WAY, datetime.fromtimestamp(error.ends_at, UTC)
            until = ends.isoformat(timespec="seconds")
            detail = f"The secret before the newest one still signs until {until}; rotate again after that."
        case QueueFullError():
            wait = {"Retry-After": str(RETRY_QUEUE_SECONDS)}
            detail = f"{error}; try again when one has started."
            return Problem(kind=problems.QUEUE_FULL, detail=detail, headers=wait)
        case TryAgainLater():
            return unavailable("A dependency is busy or unreachable; nothing was lost, please try again.")
        case _ if type(error) in _REFUSALS:
            kind, detail = _REFUSALS[type(error)]
        case _:
            raise error
    return Problem(kind=kind, detail=detail)


def _invalid(errors: list[ProblemDetail]) -> Problem:
    first = errors[0]
    where = first.pointer if first.pointer is not None else first.parameter
    detail = f"The request has {_counted(len(errors))}: {where or 'the body'} {first.detail}."
    return Problem(kind=problems.INVALID, detail=detail, errors=errors[:MOST_FINDINGS])


def _counted(mistakes: int) -> str:
    if mistakes >= MOST_FINDINGS:
        return f"at least {MOST_FINDINGS} mistakes; the first"
    return "one mistake" if mistakes == 1 else f"{mistakes} mistakes; the first"


def _http(error: HTTPException) -> Problem:
    kind = _KINDS.get(HTTPStatus(error.status_code), problems.HTTP)
    detail = {
        problems.NOT_FOUND: "There is nothing at this path; /openapi.json lists all paths.",
        problems.METHOD_NOT_ALLOWED: "This path has no such method; the Allow header lists those it has.",
    }.get(kind, str(error.detail))
    return Problem(kind=kind, detail=detail, headers=error.headers or {}, status=error.status_code)


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
