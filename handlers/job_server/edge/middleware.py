"""The outermost middleware: assigns request ids, limits bodies, logs, turns exceptions into problems."""

import asyncio
import re
import time
from collections.abc import MutableMapping
from types import MappingProxyType
from typing import Final

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handlers.job_server import problems
from handlers.job_server.problems import Problem
from handlers.jobs.ids import ASSET_ID, JOB_ID, new_request_id
from handlers.jobs.tracing import RenderFields, id_fields, traceparent_of

MAX_BODY: Final = 1_048_576
HUNG_UP: Final = 499
"""The status in the log for a caller who disconnected; nobody receives it."""

ALWAYS: Final = MappingProxyType(
    {
        # Links in answers work for whoever has them, so nobody on the way may keep an answer.
        "Cache-Control": "no-store",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
    }
)
"""Headers of every answer."""

LIMITS: Final = ("RateLimit-Policy", "RateLimit")
"""Headers of answers to somebody whose requests are counted."""
_ALWAYS: Final = {name.lower().encode(): value.encode() for name, value in ALWAYS.items()}
_LIMITS: Final = [(name, name.lower().encode()) for name in LIMITS]

HEALTH, READINESS = "/healthz", "/readyz"

QUIET_PATHS: Final = frozenset({HEALTH, READINESS})

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_AMAZON_TRACE = re.compile(r"(?:^|;)Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)")
_log = structlog.get_logger()


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = _Request(scope, receive, send)
        structlog.contextvars.bind_contextvars(request_id=request.id, caller_trace_id=request.caller_trace_id)
        try:
            await self._serve(request)
        finally:
            request.log()
            structlog.contextvars.clear_contextvars()

    async def _serve(self, request: "_Request") -> None:
        try:
            request.refuse_two_lengths()
            request.refuse_announced_excess()
            await self._app(request.scope, request.receive, request.send)
        except Problem as problem:
            await request.answer(problem)
        except ClientDisconnect:
            request.status = HUNG_UP
        except asyncio.CancelledError:
            # Only uvicorn cancels a request, at the end of the grace period after SIGTERM.
            if not request.status:
                await request.answer(problems.unavailable("This server is stopping; please try again."))
        except Exception:
            _log.exception("fault", **render_of(request.scope))
            if request.status:
                raise
            await request.answer(
                Problem(
                    kind=problems.INTERNAL,
                    detail="The error was logged; please try again, or report the request_id.",
                )
            )


class _Request:
    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        self.id = given if _REQUEST_ID.fullmatch(given) else new_request_id()
        self._traceparent = traceparent_of(headers.get("traceparent", ""))
        self.caller_trace_id = _caller_trace_id(self._traceparent, headers)
        self.status = 0
        self.scope = scope
        self._receive, self._send, self._headers = receive, send, headers
        self._read = 0
        self._started = time.perf_counter()
        self._state: MutableMapping[str, object] = scope.setdefault("state", {})
        self._state |= {"request_id": self.id, "traceparent": self._traceparent, "render": None}

    def refuse_two_lengths(self) -> None:
        """Another server on the way may have taken the other length (RFC 9112, section 6.3)."""
        if "transfer-encoding" not in self._headers:
            return
        if "content-length" in self._headers or self.scope.get("http_version") == "1.0":
            raise Problem(
                kind=problems.MALFORMED_REQUEST,
                detail="Send either Content-Length or, with HTTP/1.1, Transfer-Encoding: chunked.",
                headers={"Connection": "close"},
            )

    def refuse_announced_excess(self) -> None:
        announced = self._headers.get("content-length", "0")
        if announced.isascii() and announced.isdigit() and int(announced) > MAX_BODY:
            raise _too_large()

    async def receive(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > MAX_BODY:
            raise _too_large()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            ours = {**_ALWAYS, b"x-request-id": self.id.encode()}
            if self._traceparent:
                ours[b"traceparent"] = self._traceparent.encode()
            ours |= {raw: str(self._state[name]).encode() for name, raw in _LIMITS if name in self._state}
            others = [header for header in message["headers"] if header[0] not in ours]
            message["headers"] = [*others, *ours.items()]
        await self._send(message)

    async def answer(self, problem: Problem) -> None:
        await problems.response(problem, self.id)(self.scope, self.receive, self.send)

    def log(self) -> None:
        if self.scope["path"] in QUIET_PATHS and self.status < 400:  # noqa: PLR2004 - the first error status
            return
        route = self.scope.get("route")
        _log.info(
            "request",
            method=self.scope["method"],
            route=getattr(route, "path", None),
            status=self.status,
            tenant=self.scope["state"].get("tenant"),
            milliseconds=round((time.perf_counter() - self._started) * 1000, 1),
            **render_of(self.scope),
        )


def render_of(scope: Scope) -> RenderFields:
    """Log fields of what a request is about: as its route noted them, or by the id in its path."""
    noted: RenderFields | None = scope["state"]["render"]
    if noted is not None:
        return noted
    parameters = scope.get("path_params", {})
    job_id, asset_id = parameters.get("render_id", ""), parameters.get("asset_id", "")
    if ASSET_ID.fullmatch(asset_id):
        return RenderFields(asset=asset_id)
    return id_fields(job_id) if JOB_ID.fullmatch(job_id) else {}


def _too_large() -> Problem:
    return Problem(kind=problems.TOO_LARGE, detail=f"The body may have at most {MAX_BODY} bytes.")


def _caller_trace_id(traceparent: str | None, headers: Headers) -> str | None:
    """The trace of the caller, or the one that the load balancer began."""
    if traceparent:
        return traceparent.split("-")[1]
    amazon = _AMAZON_TRACE.search(headers.get("x-amzn-trace-id", ""))
    return amazon.group(1) + amazon.group(2) if amazon else None
