"""Posts a webhook over HTTP: to the checked address only, no redirects, a fixed time, no body read."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from typing import Protocol

from handlers.notifier.http_answer import NoAnswerError, final_status
from handlers.notifier.targets import Target

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
"""From connecting to the answer's last header. With the look-up of the name before it (`targets`) this leaves
the function time to record the delivery."""


class Unreachable(Exception):  # noqa: N818 - named by what happened to the receiver
    """No response came; the text says why and is safe to log."""


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
        alarm: threading.Timer | None = None
        overdue = threading.Event()
        started = time.monotonic()
        try:
            request.sock = wire = self._connect(target, total)
            # A socket's timeout restarts with every byte, so a receiver that drips bytes could hold us.
            left = total - (time.monotonic() - started)
            alarm = threading.Timer(left, _hang_up, (wire, overdue))
            alarm.daemon = True
            alarm.start()
            if isinstance(wire, ssl.SSLSocket):
                wire.do_handshake()
            request.request("POST", target.path, body.encode(), {"Host": target.host_header, **headers})
            with wire.makefile("rb") as answer:
                status = final_status(answer)
            if overdue.is_set():
                # A closed connection looks like the end of the headers.
                raise TimeoutError
        except (OSError, http.client.HTTPException, ValueError, NoAnswerError) as error:
            raise Unreachable("timed out" if overdue.is_set() else _words(error)) from error
        else:
            return status
        finally:
            if alarm:
                alarm.cancel()
            request.close()

    def _connect(self, target: Target, total: float) -> socket.socket:
        """A connection to the checked address; the TLS handshake comes later, with the host's name."""
        plain = socket.create_connection((target.address, target.port), min(self._connect_seconds, total))
        plain.settimeout(total)
        if not target.secure:
            return plain
        return self._context.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)


def _hang_up(line: socket.socket, overdue: threading.Event) -> None:
    # Set before closing, because the reader continues at once.
    overdue.set()
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _words(error: Exception) -> str:
    """Describe the error without anything that the receiver sent."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"certificate refused: {error.verify_message}"
        case ssl.SSLError():
            return "TLS failed"
        case TimeoutError():
            return "timed out"
        case ConnectionRefusedError():
            return "connection refused"
        case NoAnswerError():
            return str(error)
        case _:
            return f"connection failed ({type(error).__name__})"
