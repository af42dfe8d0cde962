"""Posts spans to an OpenTelemetry receiver as OTLP/HTTP with JSON.

Sources: OTLP specification 1.10, "OTLP/HTTP" (https://opentelemetry.io/docs/specs/otlp/), and "OpenTelemetry
Protocol Exporter" (https://opentelemetry.io/docs/specs/otel/protocol/exporter/) for the variables.
"""

import asyncio
import json
import os
import random
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

import httpx

from cli import environment
from cli.exits import CommandError
from cli.trace.answers import Answer, Rejected, rejected, status_message, wait_as_text, wait_asked_for
from cli.trace.otlp import Json
from handlers.jobs.environment import SecretValueError

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
TRACES_HEADERS = "OTEL_EXPORTER_OTLP_TRACES_HEADERS"
_SOURCE = f"{ENDPOINT} is the address of the receiver, such as http://localhost:4318."

TRIES = 5
FIRST_PAUSE_S = 1.0
TRY_S = 10.0
"""Default of OTEL_EXPORTER_OTLP_TIMEOUT."""
ALL_S = 60.0
RETRIED = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""No other 4xx and 5xx may be tried again ("Retryable Response Codes")."""
LARGEST_ANSWER = 64 * 1024
NO_HEADERS: Mapping[str, str] = {}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""Of a header (RFC 9110, "Tokens")."""
_OF_THE_REQUEST = ("connection", "content-length", "host", "transfer-encoding")
"""They say how the request itself is sent, and a second one breaks it."""


class NotPostedError(CommandError):
    """The receiver did not take the spans."""


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """Where spans go; the headers may hold a secret and are never shown."""

    url: str
    headers: Mapping[str, str] = field(repr=False)

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] = os.environ) -> "Receiver":
        """The receiver that the variables name.

        Raises:
            EnvironmentRefusedError: None is named, or a variable is invalid.
        """
        with environment.reading(_SOURCE, variables) as given:
            url = given.optional(TRACES_ENDPOINT, environment.address, "")
            if not url:
                parts = urlsplit(given.get(ENDPOINT, environment.address, ""))
                url = parts._replace(path=f"{parts.path.rstrip('/')}/v1/traces").geturl()
            headers = given.optional(TRACES_HEADERS, _headers, NO_HEADERS)
            headers = headers or given.optional(HEADERS, _headers, NO_HEADERS)
        return cls(url=url, headers=headers)

    @property
    def origin(self) -> str:
        """Scheme, host and port: a path or a query may hold a token."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, kw_only=True)
class Poster:
    """Posts a document within `ALL_S` seconds and `TRIES` tries."""

    receiver: Receiver
    context: ssl.SSLContext = field(default_factory=httpx.create_ssl_context)
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random

    def post(self, document: Mapping[str, Json]) -> Rejected | None:
        """Post the document; gives what the receiver says about spans that it rejected, or warns about.

        Raises:
            NotPostedError: The receiver refused it, or could not take it in time.
        """
        body = json.dumps(document).encode()
        deadline = self.now() + ALL_S
        for number in range(1, TRIES + 1):
            answer = self._tried(body, deadline)
            if answer.took:
                return rejected(answer)
            if answer.status not in {None, *RETRIED}:
                raise NotPostedError(f"{self.receiver.origin} refused the spans: {_described(answer)}")
            pause = self._pause(answer, number)
            if number == TRIES or self.now() + pause >= deadline:
                break
            self.sleep(pause)
        raise NotPostedError(
            f"{self.receiver.origin} took no spans in {number} tries: {_described(answer)}; try later"
        )

    def _pause(self, answer: Answer, number: int) -> float:
        """The seconds that the receiver asks for, else twice as many after each try, less a random part."""
        asked = wait_asked_for(answer, datetime.now(UTC))
        longest = FIRST_PAUSE_S * 2 ** (number - 1)
        return longest * (1 + self.jitter()) / 2 if asked is None else asked

    def _tried(self, body: bytes, deadline: float) -> Answer:
        """One try, which ends in time however slowly the receiver answers."""
        return asyncio.run(self._answer(body, max(0.1, min(TRY_S, deadline - self.now()))))

    async def _answer(self, body: bytes, seconds: float) -> Answer:
        """What is there of the answer in time, and no more than an answer of the protocol needs."""
        headers = {
            **self.receiver.headers,
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        }
        found, content = Answer(status=None, trouble=f"no answer within {seconds:g} s"), b""
        try:
            async with (
                asyncio.timeout(seconds),
                httpx.AsyncClient(verify=self.context, timeout=TRY_S) as client,
                client.stream("POST", self.receiver.url, content=body, headers=headers) as answer,
            ):
                found = Answer(status=answer.status_code, wait=answer.headers.get("Retry-After"))
                async for chunk in answer.aiter_raw():
                    content += chunk
                    if len(content) > LARGEST_ANSWER:
                        break
        except httpx.TransportError as problem:
            return Answer(status=None, trouble=str(problem) or type(problem).__name__)
        except TimeoutError:
            pass  # a status without the rest of the content is an answer
        return replace(found, content=content)


def _described(answer: Answer) -> str:
    if answer.status is None:
        return answer.trouble
    wait = f"Retry-After {wait_as_text(answer)}" if answer.wait else ""
    return ", ".join(filter(None, (f"it answered {answer.status}", wait, status_message(answer))))


def _headers(value: str) -> Mapping[str, str]:
    """`name=value,name=value` with the values percent-encoded (W3C Baggage, without metadata)."""
    found: dict[str, str] = {}
    for entry in filter(None, (one.strip() for one in value.split(","))):
        name, equals, encoded = entry.partition("=")
        if not equals or not _NAME.fullmatch(name.strip()):
            raise SecretValueError("is no list of headers in the form name=value,name=value")
        if name.strip().lower() in _OF_THE_REQUEST:
            raise SecretValueError(f"may not set {', '.join(_OF_THE_REQUEST)}: the request has its own")
        found[name.strip()] = environment.header_value(unquote(encoded.strip()))
    return found
