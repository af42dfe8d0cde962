"""The routes of templates: each translates between HTTP and the service, and nothing more."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Depends, Request, Response

from handlers.job_server import problems
from handlers.job_server.edge.body import Bodies
from handlers.job_server.edge.threads import in_thread
from handlers.job_server.problems import Kind, Problem
from handlers.job_server.renders.callers import Caller
from handlers.job_server.templates import views
from handlers.job_server.templates.service import TemplateRefusedError, TemplateService
from handlers.jobs.store.customers.templates import (
    MOST_NAMES,
    UNUSED,
    TemplateRefusal,
    TemplateVersion,
    Versions,
)

_TAG: Final = re.compile(r'(W/)?"?([1-9][0-9]{0,5})"?')
_ANY: Final = range(1, 10**6)
_REFUSALS: Final[dict[TemplateRefusal, tuple[Kind, str]]] = {
    TemplateRefusal.NO_SUCH_TEMPLATE: (
        problems.NOT_FOUND,
        "There is no template of this name and version; GET /v1/templates lists them.",
    ),
    TemplateRefusal.OTHER_VERSION: (
        problems.OTHER_VERSION,
        "The template has changed, or is there already; get it again, and put your change to that.",
    ),
    TemplateRefusal.TOO_MANY: (
        problems.TOO_MANY_TEMPLATES,
        f"You have {MOST_NAMES} templates, the maximum; delete one that you do not need.",
    ),
}


T = TypeVar("T")


def add_routes(
    writes: APIRouter,
    reads: APIRouter,
    service: TemplateService,
    bodies: Bodies,
    caller: Callable[..., Awaitable[Caller]],
) -> None:
    """Add them to the routers of the other routes."""
    Me = Annotated[Caller, Depends(caller)]  # noqa: N806 - a type

    @writes.put("/templates/{name}", operation_id="putTemplate", summary="Put a template")
    async def put(me: Me, request: Request, response: Response, name: str) -> views.OwnTemplateView:
        """Makes the next version, or answers with the newest one if that is the same already."""
        known = _known_versions(request)
        body, _ = await bodies.read(request, lambda body: body)
        stored = await in_thread(_as_problems(partial(service.put, me.tenant, name, body, if_version=known)))
        response.headers["ETag"] = views.etag(stored)
        return views.own(stored)

    @reads.get("/templates", operation_id="listTemplates", summary="List the templates")
    def templates(me: Me) -> views.TemplateListView:
        """Lists the templates of the catalog with the JSON Schema of their fields, and your own."""
        return views.listed(service.of_tenant(me.tenant))

    @reads.get("/templates/{name}", operation_id="getTemplate", summary="See one template")
    def get(me: Me, response: Response, name: str) -> views.OwnTemplateView:
        """The newest version, or `name@version`; a template of the catalog has no version."""
        found = _as_problems(partial(service.get, me.tenant, name))()
        if isinstance(found, TemplateVersion):
            response.headers["ETag"] = views.etag(found)
            return views.own(found)
        return views.of_catalog(found)

    @reads.delete(
        "/templates/{name}", status_code=204, operation_id="deleteTemplate", summary="Delete a template"
    )
    def delete(me: Me, request: Request, name: str) -> None:
        """Deletes all versions; renders that were submitted with them are left as they are."""
        _as_problems(partial(service.delete, me.tenant, name, if_version=_known_versions(request)))()


def _as_problems(call: Callable[[], T]) -> Callable[[], T]:
    """The call, whose refusal is a problem."""

    def call_or_problem() -> T:
        try:
            return call()
        except TemplateRefusedError as error:
            kind, detail = _REFUSALS[error.refusal]
            raise Problem(kind=kind, detail=detail) from error

    return call_or_problem


def _known_versions(request: Request) -> Versions | None:
    """The versions of which one must be the newest; both headers must hold (RFC 9110, 13.2.2).

    Raises:
        Problem: a header is something else.
    """
    match, none_match = (_joined(request, name) for name in ("If-Match", "If-None-Match"))
    if none_match not in {None, "*"}:
        raise problems.invalid_parameter("If-None-Match", "must be *")
    if match is None:
        return None if none_match is None else {UNUSED}
    tags = [_TAG.fullmatch(one.strip()) for one in match.split(",")]
    if match != "*" and not all(tags):
        detail = 'must be the ETag of the newest version, such as "3", several of which one is that, or *'
        raise problems.invalid_parameter("If-Match", detail)
    if none_match is not None:
        return ()
    # A weak tag is none of ours: we make strong ones alone (RFC 9110, 8.8.3.2).
    return _ANY if match == "*" else {int(tag[2]) for tag in tags if tag and not tag[1]}


def _joined(request: Request, name: str) -> str | None:
    """The value of a header that may be sent in several lines (RFC 9110, 5.3)."""
    given = request.headers.getlist(name)
    return ",".join(given).strip() if given else None
