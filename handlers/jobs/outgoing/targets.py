"""Resolves a host once and chooses the address to connect to.

Whoever connects must use exactly this address: a second look-up could give another one (DNS rebinding).
"""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from urllib.parse import urlsplit

from handlers.jobs.outgoing.webhook_urls import WebhookTargets, complaint, is_public_address

LookUp = Callable[[str, int], list[str]]
LOOK_UP_SECONDS = 5.0


class RefusedTargetError(ValueError):
    """The host may not be connected to, or cannot be resolved."""


class UnresolvedError(RefusedTargetError):
    """The host has no address now; it may have one later."""


def ask_system(host: str, port: int) -> list[str]:
    """Resolves a host to its addresses."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, kw_only=True)
class Target:
    """The address to connect to, and the request's host and path."""

    address: str
    port: int
    host: str
    path: str
    secure: bool

    @property
    def host_header(self) -> str:
        """The host as the request names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def resolve(
    host: str,
    port: int,
    *,
    ask: Callable[[str, int], list[str]] = ask_system,
    seconds: float = LOOK_UP_SECONDS,
) -> list[str]:
    """Every address of a host.

    The system's look-up has no time limit of its own: one that takes longer ends unheard in its thread.

    Raises:
        UnresolvedError: there is none, or it takes too long to find.
    """
    found: Future[list[str]] = Future()

    def look_up() -> None:
        try:
            found.set_result(ask(host, port))
        except (OSError, UnicodeError) as error:
            found.set_exception(error)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        return found.result(seconds)
    except TimeoutError as error:
        raise UnresolvedError("resolving the host name took too long") from error
    except (OSError, UnicodeError) as error:
        raise UnresolvedError("the host name has no address") from error


def choose(url: str, targets: WebhookTargets, look_up: LookUp = resolve) -> Target:
    """The address to connect to.

    Raises:
        RefusedTargetError: the URL or what it leads to is not allowed.
    """
    if problem := complaint(url, targets):
        raise RefusedTargetError(f"the address {problem}")
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    addresses = look_up(host, port)
    if targets is WebhookTargets.PUBLIC and not all(map(is_public_address, addresses)):
        raise RefusedTargetError("the host name resolves to an address that is not on the public internet")
    path = parts.path or "/"
    return Target(
        address=addresses[0],
        port=port,
        host=host,
        path=f"{path}?{parts.query}" if parts.query else path,
        secure=secure,
    )
