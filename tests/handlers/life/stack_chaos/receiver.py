"""The receiver of all tenants' webhooks, which is unwell now and then."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from random import Random

from tests.handlers.life.chaos.stage import UNWELL
from tests.web_server import serving


@dataclass
class Receiver:
    """What came under each `webhook-id`; a share of the posts is kept and answered with 500 all the same."""

    chance: Random
    posted: dict[str, set[str]] = field(default_factory=dict)
    posts: int = 0
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: Mapping[str, str], body: str) -> HTTPStatus:
        """Keep a body, and answer."""
        with self._lock:
            self.posts += 1
            self.posted.setdefault(headers["webhook-id"], set()).add(body)
            unwell = self.chance.random() < UNWELL
        return HTTPStatus.INTERNAL_SERVER_ERROR if unwell else HTTPStatus.NO_CONTENT

    def bodies(self) -> Mapping[str, set[str]]:
        """The bodies by id, as they are now."""
        with self._lock:
            return {name: set(bodies) for name, bodies in self.posted.items()}


@contextmanager
def receiving(seed: int) -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver(Random(f"receiver {seed}"))  # noqa: S311 - no secret

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(receiver.take(headers, body.decode()))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Stay silent."""

    with serving(Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/webhooks"
        yield receiver
