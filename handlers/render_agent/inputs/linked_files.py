"""Gets the files that a composition names by URL: each hop checked, none larger than allowed."""

import hashlib
import shutil
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from handlers.jobs.model import Failure
from handlers.jobs.outgoing.asset_links import link_complaint
from handlers.jobs.outgoing.connection import Unreachable
from handlers.jobs.outgoing.download import OK, Bounds, Stopped, TooLarge, download
from handlers.jobs.outgoing.http_answer import Head
from handlers.jobs.outgoing.targets import (
    LookUp,
    RefusedTargetError,
    Target,
    UnresolvedError,
    choose,
    resolve,
)
from handlers.jobs.outgoing.webhook_urls import WebhookTargets
from handlers.jobs.reasons import FailureCode
from handlers.render_agent.inputs.link_cache import LinkCache

MOST_BYTES_OF_A_FILE: Final = 2 * 1024**3
MOST_BYTES_OF_A_RENDER: Final = 8 * 1024**3
MOST_REDIRECTS: Final = 3
SECONDS_OF_A_RENDER: Final = 900.0
"""For all of its files; the lease of a stuck agent is let go when fetching and storing take twice as long."""
TRIES: Final = 3
LONGEST_HOST: Final = 253
"""Characters of a name in DNS."""
PAUSE_SECONDS: Final = 2.0
NOT_MODIFIED: Final = 304
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


def public_target(url: str, look_up: LookUp) -> Target:
    """The checked address behind a URL.

    Raises:
        RefusedTargetError: the URL may not name an asset, or leads to what is not on the public internet.
    """
    if problem := link_complaint(url):
        raise RefusedTargetError(f"an address {problem}")
    return choose(url, WebhookTargets.PUBLIC, look_up)


class _UnusableError(Exception):
    """The file cannot be had; another try may help when it is `passing`.

    `host` is whose answer it tells of; never the rest of the URL, which may be a secret.
    """

    def __init__(self, host: str, words: str, *, passing: bool = False) -> None:
        super().__init__(f"{host} {words}")
        self.passing = passing


class _TooLargeError(Exception):
    """The file has more bytes than allowed; the text is the host that sends it."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A file: the URL, the first place in the composition that names it, and where it is laid."""

    url: str
    place: str
    into: Path


@dataclass(frozen=True, kw_only=True)
class LinkedFiles:
    """Fetches over HTTPS from public addresses; tests let it speak to others."""

    cache: LinkCache
    pause: Callable[[float], None]
    look_up: LookUp = resolve
    choose_target: Callable[[str, LookUp], Target] = public_target
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    now: Callable[[], float] = time.monotonic

    def lay_out(
        self, wanted: Sequence[Wanted], *, tenant: str, should_stop: Callable[[], bool]
    ) -> Failure | None:
        """Every file in its place; None when all are there, or when they are not wanted any more.

        Raises:
            OSError: the instance's disk does not take a file.
        """
        left, until = MOST_BYTES_OF_A_RENDER, self.now() + SECONDS_OF_A_RENDER
        for one in wanted:
            try:
                left -= self._fetch(one, tenant, left, until, should_stop)
            except Stopped:
                return None
            except _TooLargeError as host:
                most = min(MOST_BYTES_OF_A_FILE, left)
                detail = f"{one.place}: the file of {host} has more than {most} bytes, which are allowed"
                return Failure(code=FailureCode.ASSET_TOO_LARGE, detail=detail)
            except _UnusableError as problem:
                detail = f"{one.place}: {problem}"
                return Failure(code=FailureCode.ASSET_UNREACHABLE, detail=detail)
        return None

    def _fetch(
        self, wanted: Wanted, tenant: str, left: int, until: float, should_stop: Callable[[], bool]
    ) -> int:
        """How many bytes the file has."""
        key = hashlib.sha256(f"{tenant}\n{wanted.url}".encode()).hexdigest()
        for number in range(1, TRIES + 1):
            bounds = Bounds(
                most_bytes=min(MOST_BYTES_OF_A_FILE, left),
                seconds=until - self.now(),
                should_stop=should_stop,
            )
            if bounds.seconds <= 0:
                words = f"and those before took longer than {SECONDS_OF_A_RENDER:g} s"
                raise _UnusableError(_host(wanted.url), words)
            try:
                return self._try(wanted, key, bounds)
            except _UnusableError as problem:
                if not problem.passing or number == TRIES:
                    raise
                self.pause(PAUSE_SECONDS * number)
        raise AssertionError("the last try raises or returns")

    def _try(self, wanted: Wanted, key: str, bounds: Bounds) -> int:
        kept = self.cache.of(key)
        host, head = self._follow(wanted, bounds, kept.etag if kept else None)
        if kept and head.status == NOT_MODIFIED:
            if kept.size > bounds.most_bytes:
                raise _TooLargeError(host)
            shutil.copyfile(kept.path, wanted.into)
            return kept.size
        if head.status != OK:
            raise _UnusableError(host, f"answered {head.status}", passing=head.status in PASSING)
        if etag := head.headers.get("etag"):
            self.cache.keep(key, wanted.into, etag)
        return wanted.into.stat().st_size

    def _follow(self, wanted: Wanted, bounds: Bounds, etag: str | None) -> tuple[str, Head]:
        """Host and answer at the end of at most three redirects, each checked like the first URL."""
        url = wanted.url
        for _ in range(MOST_REDIRECTS + 1):
            host = _host(url)
            try:
                target = self.choose_target(url, self.look_up)
                head = download(target, wanted.into, bounds, self.context, etag=etag)
            except RefusedTargetError as error:
                passing = isinstance(error, UnresolvedError)
                raise _UnusableError(host, f"cannot be used: {error}", passing=passing) from error
            except Unreachable as error:
                raise _UnusableError(host, f"did not answer: {error}", passing=True) from error
            except TooLarge as error:
                raise _TooLargeError(host) from error
            if head.status not in REDIRECTS or not (location := head.headers.get("location")):
                return host, head
            url = _joined(url, location)
        raise _UnusableError(host, f"redirects more than {MOST_REDIRECTS} times")


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location).partition("#")[0]
    except ValueError as error:
        raise _UnusableError(_host(url), "redirects to what is no URL") from error


def _host(url: str) -> str:
    """The host that a failure names; a redirect may lead to anything, of any length."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return "no host"
    return host[:LONGEST_HOST] if host.isprintable() and host else "no host"
