"""Breaks receivers of webhooks: one that is down, and one that is slow."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cli.incidents.breaks.repeating import EVERY_S
from cli.incidents.cloud import Cloud, misses

_HOLDS_S, _WEBHOOKS, _OBJECTIVE_S, _SHARE = 5.0, 80, 60, 0.2
"""A receiver that answers so late holds later webhooks up until they miss their objective."""


@dataclass
class Answers:
    """What a receiver answers from now on, and how late."""

    status: HTTPStatus
    after_s: float = 0.0
    quick: threading.Event = field(default_factory=threading.Event)


@contextmanager
def the_receiver_is_down(cloud: Cloud) -> Iterator[None]:
    """A customer's receiver answers 500 until it is mended."""
    with _receiver(Answers(status=HTTPStatus.INTERNAL_SERVER_ERROR)) as (url, answers):
        cloud.known["job id"] = cloud.submit(webhook_url=url)
        cloud.until("the webhook is given up", lambda: cloud.letters("webhooks-dead-letters") > 0)
        yield
        answers.status = HTTPStatus.NO_CONTENT
        for begins in ("dead=", "aws sqs start-message-move-task"):
            cloud.follow("WebhookDeadLetters", begins)
        cloud.until("the webhook is delivered", lambda: cloud.letters("webhooks-dead-letters") == 0)


@contextmanager
def the_receiver_is_slow(cloud: Cloud) -> Iterator[None]:
    """A customer's receiver takes its time with each of many webhooks, and later ones wait for their turn."""
    since = datetime.now(UTC)
    with _receiver(Answers(status=HTTPStatus.NO_CONTENT, after_s=_HOLDS_S)) as (url, answers):
        for _ in range(_WEBHOOKS):
            cloud.submit(webhook_url=url)

        def late() -> bool:
            took = cloud.measured(
                "ClipIt", "WebhookFirstTrySeconds", since, service="notifier", environment="local"
            )
            return misses(took, _OBJECTIVE_S, _SHARE)

        cloud.until("webhooks are late", late)
        yield
        answers.quick.set()


@contextmanager
def _receiver(answers: Answers) -> Iterator[tuple[str, Answers]]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answers.quick.wait(answers.after_s)
            self.send_response(answers.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, args=(EVERY_S,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", answers
    finally:
        server.shutdown()
        server.server_close()
