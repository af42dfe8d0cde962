"""A connection to a checked address, which ends after a time whatever the other side does."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator

from handlers.jobs.outgoing.http_answer import NoAnswerError
from handlers.jobs.outgoing.targets import Target


class Unreachable(Exception):  # noqa: N818 - named by what happened to the other side
    """No response came; the text says why and is safe to log and to show."""


@contextlib.contextmanager
def connected(
    target: Target, context: ssl.SSLContext, *, connect_seconds: float, total_seconds: float
) -> Iterator[socket.socket]:
    """A connection to the target's address, with TLS where the target says so, for so many seconds in all.

    Raises:
        Unreachable: it could not be made, broke off or took too long; also when the block meets that.
    """
    wire: socket.socket | None = None
    alarm: threading.Timer | None = None
    overdue = threading.Event()
    started = time.monotonic()
    try:
        wire = _connect(target, context, min(connect_seconds, total_seconds), total_seconds)
        # A socket's timeout restarts with every byte, so whoever drips bytes could hold us.
        left = total_seconds - (time.monotonic() - started)
        alarm = threading.Timer(left, _hang_up, (wire, overdue))
        alarm.daemon = True
        alarm.start()
        if isinstance(wire, ssl.SSLSocket):
            wire.do_handshake()
        yield wire
        if overdue.is_set():
            # A closed connection looks like the end of the answer.
            raise TimeoutError
    except (OSError, http.client.HTTPException, ValueError, NoAnswerError) as error:
        raise Unreachable("timed out" if overdue.is_set() else _words(error)) from error
    finally:
        if alarm:
            alarm.cancel()
        if wire:
            wire.close()


def _connect(
    target: Target, context: ssl.SSLContext, connect_seconds: float, total_seconds: float
) -> socket.socket:
    """A connection to the checked address; the TLS handshake comes later, with the host's name."""
    plain = socket.create_connection((target.address, target.port), connect_seconds)
    plain.settimeout(total_seconds)
    if not target.secure:
        return plain
    return context.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)


def _hang_up(line: socket.socket, overdue: threading.Event) -> None:
    # Set before closing, because the reader continues at once.
    overdue.set()
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _words(error: Exception) -> str:
    """Describe the error without anything that the other side sent."""
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
