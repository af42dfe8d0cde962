"""Whoever runs a local stack can have calls of a service throttled, or their answers lost, for some seconds.

A throttled call is refused in the service's own words, and has no effect:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
A call whose answer is lost has its effect, and then its connection ends without a byte: what a caller sees of
any host of AWS that dies between the two.
"""

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Final
from urllib.parse import parse_qs

from local.emulator.faults import Application, Environ, StartResponse

PATH: Final = "/local-stack/spell"
_SCOPE: Final = re.compile(r"Credential=[^/]+/\d+/[^/]+/([a-z0-9-]+)/aws4_request")
_STREAMS: Final = "DynamoDBStreams"
"""Streams are signed for as tables are; Lambda alone reads them here."""
_REFUSALS: Final = {
    "dynamodb": (
        "400 Bad Request",
        "application/x-amz-json-1.0",
        b'{"__type": "com.amazon.coral.availability#ThrottlingException", "message": "Rate exceeded"}',
    ),
    "sqs": (
        "400 Bad Request",
        "application/x-amz-json-1.0",
        b'{"__type": "com.amazonaws.sqs#ThrottlingException", "message": "Rate exceeded"}',
    ),
    "s3": (
        "503 Slow Down",
        "application/xml",
        b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>",
    ),
}


class Kind(StrEnum):
    """What happens to a call."""

    THROTTLED = "throttled"
    ANSWER_LOST = "answer lost"


@dataclass(frozen=True, kw_only=True)
class Spell:
    """For some seconds it happens to a share of a service's calls."""

    service: str
    kind: Kind
    share: float
    seconds: float


@dataclass
class _Spells:
    chance: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - no secret
    hits: Counter[str] = field(default_factory=Counter)
    _ends: dict[Spell, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, spell: Spell) -> None:
        with self._lock:
            self._ends[spell] = time.monotonic() + spell.seconds

    def hit(self, service: str) -> Kind | None:
        """What happens to this call, if anything does."""
        with self._lock:
            now = time.monotonic()
            self._ends = {spell: end for spell, end in self._ends.items() if end > now}
            for spell in self._ends:
                if spell.service == service and self.chance.random() < spell.share:
                    self.hits[f"{service} {spell.kind}"] += 1
                    return spell.kind
        return None


def served(application: Application) -> Application:
    """The application with an address that begins a spell, and says how many calls each kind has hit."""
    spells = _Spells()

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == PATH:
            if asked := _asked(environ):
                spells.begin(asked)
            body = json.dumps(spells.hits).encode()
            start_response("200 OK", _headers("application/json", body))
            return [body]
        service = _service(environ)
        match spells.hit(service) if service in _REFUSALS else None:
            case Kind.THROTTLED:
                # What is left of its body would be taken for the next request.
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                status, kind, body = _REFUSALS[service]
                start_response(status, _headers(kind, body))
                return [body]
            case Kind.ANSWER_LOST:
                _perform(application, environ)
                with suppress(OSError):
                    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                raise ConnectionAbortedError
        return application(environ, start_response)

    return answer


def _perform(application: Application, environ: Environ) -> None:
    """Let a request have its effect, and keep what it answers."""
    answered = application(environ, lambda *_: None)
    for _ in answered:
        pass
    if close := getattr(answered, "close", None):
        close()


def _asked(environ: Environ) -> Spell | None:
    given = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    if not given:
        return None
    return Spell(
        service=given["service"],
        kind=Kind(given["kind"]),
        share=float(given["share"]),
        seconds=float(given["seconds"]),
    )


def _service(environ: Environ) -> str:
    if str(environ.get("HTTP_X_AMZ_TARGET", "")).startswith(_STREAMS):
        return ""
    found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return found[1] if found else ""


def _headers(kind: str, body: bytes) -> list[tuple[str, str]]:
    return [("Content-Type", kind), ("Content-Length", str(len(body)))]
