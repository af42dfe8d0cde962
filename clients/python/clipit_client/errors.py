"""What can go wrong with a call; all are a `ClipItError`."""

from typing import Final

from clipit_client.models import Problem, Render

RETRYABLE: Final = frozenset({408, 429})
"""The client errors that pass: the request was too slow, or there were too many."""
FIRST_SERVER_ERROR: Final = 500


def is_retryable(status: int) -> bool:
    """Whether the same request may succeed later; a conflict stays one."""
    return status in RETRYABLE or status >= FIRST_SERVER_ERROR


class ClipItError(Exception):
    """Anything that this client raises on purpose."""

    retryable = False
    """Whether the same call may succeed later."""


class APIConnectionError(ClipItError):
    """The server could not be reached, or its answer was cut off, after every retry."""

    retryable = True


class APITimeoutError(APIConnectionError):
    """An attempt took longer than the timeout, after every retry."""


class APIResponseError(ClipItError):
    """The answer is none of the Clip-It API; is the address right?"""


class UnsendableRequestError(ClipItError):
    """The request was not sent, because HTTP cannot carry it: an id is too long, for example."""


class StatusError(ClipItError):
    """The server answered with a problem document."""

    def __init__(self, status: int, problem: Problem, retry_after_s: float | None = None) -> None:
        self.status = status
        self.problem = problem
        self.retryable = is_retryable(status)
        self.retry_after_s = retry_after_s
        """Seconds that the server asks to wait; None when it does not say."""
        self.again = False
        """Whether an earlier try may have arrived, so that this one found what that one did."""
        super().__init__(_text(status, problem))

    @property
    def request_id(self) -> str:
        """What to name to the operator: the id of the request in the server's logs."""
        return self.problem.request_id


class MalformedRequestError(StatusError):
    """The request breaks the rules of HTTP."""


class MalformedJsonError(StatusError):
    """The body is not JSON."""


class UnauthorizedError(StatusError):
    """There is no valid API key."""


class InsufficientScopeError(StatusError):
    """The key's scope does not allow this; an operator makes keys with other scopes."""


class NotFoundError(StatusError):
    """There is no such thing, or it is another tenant's."""


class MethodNotAllowedError(StatusError):
    """The path knows other methods."""


class RequestTooSlowError(StatusError):
    """The request did not arrive in time."""


class IdempotencyKeyReusedError(StatusError):
    """The idempotency key belongs to a request with another body."""


class RenderIsFinalError(StatusError):
    """The render has already ended."""


class RenderIsNotFinalError(StatusError):
    """The render has not ended yet."""


class RenderHasNoWebhookError(StatusError):
    """The render has no webhook that could be delivered again."""


class TooManyWebhookEndpointsError(StatusError):
    """The tenant has as many webhook endpoints as it may."""


class SecretRotationUnderWayError(StatusError):
    """Two secrets of the webhook endpoint are valid already."""


class OtherVersionError(StatusError):
    """The template has another version than the one that was changed."""


class TooManyTemplatesError(StatusError):
    """There are as many templates as there may be."""


class BodyTooLargeError(StatusError):
    """The body is larger than the server takes."""


class UnsupportedMediaTypeError(StatusError):
    """The body must be JSON."""


class InvalidRequestError(StatusError):
    """The request cannot be accepted; `problem.errors` names every mistake with its place."""


class TooManyQueuedError(StatusError):
    """Too many renders of the tenant are waiting."""


class TooManyRequestsError(StatusError):
    """The tenant, or this key, has spent what it may for the moment."""


class InternalServerError(StatusError):
    """The server has a fault."""


class UnavailableError(StatusError):
    """The server, or what it stands on, cannot answer at the moment."""


PROBLEM: Final = "urn:clip-it:problem:"
BY_TYPE: Final[dict[str, type[StatusError]]] = {
    "malformed-request": MalformedRequestError,
    "malformed-json": MalformedJsonError,
    "unauthorized": UnauthorizedError,
    "not-found": NotFoundError,
    "method-not-allowed": MethodNotAllowedError,
    "request-too-slow": RequestTooSlowError,
    "idempotency-key-reused": IdempotencyKeyReusedError,
    "render-is-final": RenderIsFinalError,
    "render-is-not-final": RenderIsNotFinalError,
    "render-has-no-webhook": RenderHasNoWebhookError,
    "too-many-webhook-endpoints": TooManyWebhookEndpointsError,
    "secret-rotation-under-way": SecretRotationUnderWayError,
    "other-version": OtherVersionError,
    "too-many-templates": TooManyTemplatesError,
    "body-too-large": BodyTooLargeError,
    "unsupported-media-type": UnsupportedMediaTypeError,
    "insufficient-scope": InsufficientScopeError,
    "invalid-request": InvalidRequestError,
    "too-many-queued": TooManyQueuedError,
    "too-many-requests": TooManyRequestsError,
    "internal": InternalServerError,
    "unavailable": UnavailableError,
}
"""The class for each type of problem, without `PROBLEM`; any other type is a plain `StatusError`."""


def class_of(problem: Problem) -> type[StatusError]:
    """The error that a problem is raised as."""
    return BY_TYPE.get(problem.type.removeprefix(PROBLEM), StatusError)


class UploadError(ClipItError):
    """The object store did not take a file; the text never holds the signed link."""


class DownloadError(ClipItError):
    """A render has no video, or the object store did not give it; the text never holds the signed link."""


class RenderFailedError(ClipItError):
    """A render that was waited for has not succeeded."""

    def __init__(self, render: Render) -> None:
        self.render = render
        failure = render.failure
        reason = f": {failure.code}: {failure.detail}" if failure and render.state == "failed" else ""
        super().__init__(f"Render {render.id} is {render.state}{reason}")


class WaitTimeoutError(ClipItError):
    """A render has not ended in the time that the caller gave; it goes on."""

    def __init__(self, render: Render, seconds: float) -> None:
        self.render = render
        """As it was last seen."""
        waiting = f" ({render.waiting.code})" if render.waiting else ""
        super().__init__(f"Render {render.id} is still {render.state}{waiting} after {seconds:g} s")


class InvalidSignatureError(ClipItError):
    """A webhook was not signed with the secret, or is too old; do not trust it."""


def _text(status: int, problem: Problem) -> str:
    summary = ": ".join(text for text in (problem.title, problem.detail) if text) or "no reason was given"
    details = [f"  {one.pointer or one.parameter or ''}: {one.detail}" for one in problem.errors or ()]
    return "\n".join([f"{status} {summary}", *details])
