"""Turns unsupported requests into errors that clients can read, with the action's name."""

import json
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[..., Any]
Application: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]

_STATUS = "501 Not Implemented"
"""Not one of the 500s that SDKs try again."""


def readable(application: Application) -> Application:
    """An application whose unforeseen exceptions become errors in the caller's protocol."""

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return application(environ, start_response)
        except Exception as problem:
            traceback.print_exc(file=sys.stderr)
            return _error(environ, start_response, problem)

    return answer


def _error(environ: Environ, start_response: StartResponse, problem: Exception) -> list[bytes]:
    message = f"The emulator failed at {_action(environ)}: {type(problem).__name__}: {problem}"
    if "json" in environ.get("CONTENT_TYPE", ""):
        kind, body = (
            "application/x-amz-json-1.1",
            json.dumps({"__type": "EmulatorFailure", "message": message}),
        )
    else:
        kind = "text/xml"
        error = f"<Error><Code>EmulatorFailure</Code><Message>{escape(message)}</Message></Error>"
        body = f"<ErrorResponse>{error}<RequestId>local</RequestId></ErrorResponse>"
    data = body.encode()
    start_response(_STATUS, [("Content-Type", kind), ("Content-Length", str(len(data)))])
    return [data]


def _action(environ: Environ) -> str:
    target = environ.get("HTTP_X_AMZ_TARGET")
    return str(target) if target else f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
