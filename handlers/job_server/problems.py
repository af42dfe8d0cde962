"""Problem documents (RFC 9457), the format of every error that this server returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""Seconds to wait after a problem that is not the request's fault."""


class ProblemDetail(BaseModel):
    """One mistake in a request: in its body, or in a parameter or header."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    detail: str = Field(description="What is wrong and what is allowed.")
    pointer: str | None = Field(default=None, description="JSON pointer into the request's body.")
    parameter: str | None = Field(default=None, description="Name of the parameter or header.")


class ProblemDocument(BaseModel):
    """What went wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Problem")

    type: str = Field(description="Stable name of the kind of problem; programs compare this.")
    title: str = Field(description="Title of the kind of problem.")
    status: int = Field(description="The HTTP status code.")
    detail: str = Field(description="What went wrong with this request.")
    request_id: str = Field(description="Id of the request in the server's logs.")
    errors: list[ProblemDetail] | None = Field(
        default=None, description="Every mistake found in the request."
    )


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of problem: its stable name, its status and its title."""

    name: str
    status: HTTPStatus
    title: str


MALFORMED_REQUEST = Kind(
    name="malformed-request", status=HTTPStatus.BAD_REQUEST, title="The request breaks the rules of HTTP"
)
MALFORMED_JSON = Kind(name="malformed-json", status=HTTPStatus.BAD_REQUEST, title="The body is not JSON")
UNAUTHORIZED = Kind(name="unauthorized", status=HTTPStatus.UNAUTHORIZED, title="No valid API key")
INSUFFICIENT_SCOPE = Kind(
    name="insufficient-scope", status=HTTPStatus.FORBIDDEN, title="The key's scope does not allow this"
)
NOT_FOUND = Kind(name="not-found", status=HTTPStatus.NOT_FOUND, title="Not found")
METHOD_NOT_ALLOWED = Kind(
    name="method-not-allowed", status=HTTPStatus.METHOD_NOT_ALLOWED, title="Method not allowed"
)
TOO_SLOW = Kind(
    name="request-too-slow", status=HTTPStatus.REQUEST_TIMEOUT, title="The request did not arrive in time"
)
KEY_REUSED = Kind(
    name="idempotency-key-reused",
    status=HTTPStatus.CONFLICT,
    title="The idempotency key belongs to another request",
)
JOB_FINAL = Kind(name="render-is-final", status=HTTPStatus.CONFLICT, title="The render has already ended")
JOB_NOT_FINAL = Kind(
    name="render-is-not-final", status=HTTPStatus.CONFLICT, title="The render has not ended yet"
)
NO_WEBHOOK = Kind(name="render-has-no-webhook", status=HTTPStatus.CONFLICT, title="The render has no webhook")
ENDPOINTS_FULL = Kind(
    name="too-many-webhook-endpoints",
    status=HTTPStatus.CONFLICT,
    title="There are too many webhook endpoints",
)
ROTATION_UNDER_WAY = Kind(
    name="secret-rotation-under-way", status=HTTPStatus.CONFLICT, title="Two secrets are valid already"
)
OTHER_VERSION = Kind(
    name="other-version", status=HTTPStatus.PRECONDITION_FAILED, title="The template has another version"
)
TOO_MANY_TEMPLATES = Kind(
    name="too-many-templates", status=HTTPStatus.CONFLICT, title="There are as many templates as may be"
)
TOO_LARGE = Kind(
    name="body-too-large", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, title="The body is too large"
)
UNSUPPORTED_MEDIA = Kind(
    name="unsupported-media-type", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE, title="The body must be JSON"
)
INVALID = Kind(
    name="invalid-request", status=HTTPStatus.UNPROCESSABLE_ENTITY, title="The request cannot be accepted"
)
QUEUE_FULL = Kind(
    name="too-many-queued", status=HTTPStatus.TOO_MANY_REQUESTS, title="Too many renders are waiting"
)
RATE_EXCEEDED = Kind(name="too-many-requests", status=HTTPStatus.TOO_MANY_REQUESTS, title="Too many requests")
INTERNAL = Kind(name="internal", status=HTTPStatus.INTERNAL_SERVER_ERROR, title="Internal error")
UNAVAILABLE = Kind(name="unavailable", status=HTTPStatus.SERVICE_UNAVAILABLE, title="Temporarily unavailable")
HTTP = Kind(name="http", status=HTTPStatus.BAD_REQUEST, title="The request cannot be answered")


@dataclass(kw_only=True)
class Problem(Exception):  # noqa: N818 - it is the word of RFC 9457
    """A request that cannot be answered as asked."""

    kind: Kind
    detail: str
    errors: Sequence[ProblemDetail] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


def unavailable(detail: str) -> Problem:
    """The request may succeed when it is repeated."""
    return Problem(kind=UNAVAILABLE, detail=detail, headers={"Retry-After": str(RETRY_SECONDS)})


def invalid_parameter(name: str, detail: str) -> Problem:
    """A query parameter or header that cannot be accepted."""
    return Problem(
        kind=INVALID,
        detail=f"{name}: {detail}",
        errors=[ProblemDetail(parameter=name, detail=detail)],
    )


def document(problem: Problem, request_id: str) -> ProblemDocument:
    """The document that a customer gets."""
    return ProblemDocument(
        type=f"urn:clip-it:problem:{problem.kind.name}",
        title=problem.kind.title,
        status=problem.status or int(problem.kind.status),
        detail=problem.detail,
        request_id=request_id,
        errors=list(problem.errors) or None,
    )


def response(problem: Problem, request_id: str) -> JSONResponse:
    """The HTTP response with the document."""
    content = document(problem, request_id)
    return JSONResponse(
        content.model_dump(mode="json", exclude_none=True),
        status_code=content.status,
        headers=dict(problem.headers),
        media_type=MEDIA_TYPE,
    )
