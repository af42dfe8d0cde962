"""Posts a webhook over HTTP: to the checked address only, no redirects, a fixed time, no body read."""

import http.client
import ssl
from collections.abc import Mapping
from typing import Protocol

from handlers.jobs.outgoing.connection import connected
from handlers.jobs.outgoing.http_answer import final_status
from handlers.jobs.outgoing.targets import Target

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
"""From connecting to the answer's last header. With the look-up of the name before it (`targets`) this leaves
the function time to record the delivery."""


class Sender(Protocol):
    """Sends webhooks to receivers."""

    def post(
        self, target: Target, body: str, headers: Mapping[str, str], *, most_seconds: float | None = None
    ) -> int:
        """The status of the response; `most_seconds` is less time than usual."""


class HttpSender:
    """The deployed sender."""

    def __init__(
        self,
        context: ssl.SSLContext | None = None,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._context = context or ssl.create_default_context()
        self._connect_seconds, self._total_seconds = connect_seconds, total_seconds

    def post(
        self, target: Target, body: str, headers: Mapping[str, str], *, most_seconds: float | None = None
    ) -> int:
        """The status of the answer; `most_seconds` is less time than usual, until its last header.

        Raises:
            Unreachable: there was no answer in time, or none that is HTTP.
        """
        total = min(self._total_seconds, most_seconds or self._total_seconds)
        request = http.client.HTTPConnection(target.host, target.port)
        with connected(
            target, self._context, connect_seconds=self._connect_seconds, total_seconds=total
        ) as wire:
            request.sock = wire
            request.request("POST", target.path, body.encode(), {"Host": target.host_header, **headers})
            with wire.makefile("rb") as answer:
                return final_status(answer)
