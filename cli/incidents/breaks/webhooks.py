"""Breaks receivers of webhooks: one that is down, and one that is slow."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from clipit_client import StatusError

from cli.incidents.breaks.repeating import EVERY_S
from cli.incidents.calm import rendered
from cli.incidents.cloud import Cloud, misses

_HOLDS_S, _WEBHOOKS, _OBJECTIVE_S, _SHARE = 5.0, 80, 60, 0.2
"""A receiver that answers so late holds later webhooks up until they miss their objective."""
_SOME, _HOLDS_LESS_S = 18, 4.5
"""Fewer webhooks than are judged for a page, each answered before the notifier calls its receiver slow."""
_GOOD, _LATE_S = 4, 330
"""Webhooks that are delivered at once, and how late another one is, in seconds."""


SLOW_TRY = r"127\.0\.0\.1\b.*\b[3-9]\d{3}\b"
"""How the runbook's query shows a host that takes seconds."""


@dataclass
class Answers:
    """What a receiver answers from now on, and how late."""

    status: HTTPStatus
    after_s: float = 0.0
    quick: threading.Event = field(default_factory=threading.Event)


@contextmanager
def the_receiver_is_down(cloud: Cloud) -> Iterator[None]:
    """A customer's receiver answers 500 until it is mended."""
    with _given_up(cloud) as answers:
        yield
        _deliver_again(cloud, answers)


@contextmanager
def the_receiver_was_down(cloud: Cloud) -> Iterator[None]:
    """A customer's receiver answers 500, and takes its webhook minutes later.

    The end of the render is dated back in the table, because the notifier measures by the clock.
    """
    rendered(cloud, count=_GOOD)
    with _given_up(cloud) as answers:
        cloud.connection.dynamodb().update_item(
            TableName=cloud.name("jobs"),
            Key={"pk": {"S": f"JOB#{cloud.known['job id']}"}, "sk": {"S": "JOB"}},
            UpdateExpression="SET finished_at = finished_at - :late",
            ExpressionAttributeValues={":late": {"N": str(_LATE_S)}},
        )
        _deliver_again(cloud, answers)
        yield


@contextmanager
def _given_up(cloud: Cloud) -> Iterator[Answers]:
    """A webhook that its receiver has refused until it was given up."""
    with _receiver(Answers(status=HTTPStatus.INTERNAL_SERVER_ERROR)) as (url, answers):
        render = cloud.known["job id"] = cloud.submit(webhook_url=url)
        # A letter may be that of an incident before: its receiver has ended.
        cloud.until(
            "the webhook is given up",
            lambda: _has_ended(cloud, render) and cloud.letters("webhooks-dead-letters") > 0,
        )
        yield answers


def _has_ended(cloud: Cloud, render: str) -> bool:
    with cloud.customer() as client:
        return client.renders.get(render).ended


def _deliver_again(cloud: Cloud, answers: Answers) -> None:
    answers.status = HTTPStatus.NO_CONTENT
    for begins in ("dead=", "aws sqs start-message-move-task"):
        cloud.follow("WebhookDeadLetters", begins)
    cloud.until("the webhook is delivered", lambda: cloud.letters("webhooks-dead-letters") == 0)


@contextmanager
def the_receiver_is_slow(cloud: Cloud) -> Iterator[None]:
    """A customer's receiver takes its time with each of many webhooks, and later ones wait for their turn."""
    with _queueing(cloud, _WEBHOOKS, _HOLDS_S, lambda took: misses(took, _OBJECTIVE_S, _SHARE)):
        yield


@contextmanager
def the_receiver_is_rather_slow(cloud: Cloud) -> Iterator[None]:
    """A customer's receiver takes its time with each of some webhooks, and the last ones wait too long."""
    with _queueing(cloud, _SOME, _HOLDS_LESS_S, lambda took: max(took, default=0) > _OBJECTIVE_S):
        yield


@contextmanager
def _queueing(
    cloud: Cloud, count: int, after_s: float, late: Callable[[list[float]], bool]
) -> Iterator[None]:
    """Webhooks wait for a receiver until they are late, and then it answers quickly.

    Their renders are canceled, so that all end at once, however slow the machine renders.
    """
    since = datetime.now(UTC)
    with _receiver(Answers(status=HTTPStatus.NO_CONTENT, after_s=after_s)) as (url, answers):
        renders = [cloud.submit(webhook_url=url) for _ in range(count)]
        with cloud.customer() as client:
            for render in renders:
                with suppress(StatusError):  # it has ended
                    client.renders.cancel(render)

        def took() -> list[float]:
            return cloud.measured(
                "ClipIt", "WebhookFirstTrySeconds", since, service="notifier", environment="local"
            )

        cloud.until("webhooks are late", lambda: late(took()))
        yield
        answers.quick.set()
        # One that is first tried after the receiver has ended is given up in the middle of another incident.
        cloud.until("every webhook was tried", lambda: _were_tried(cloud, renders))


def _were_tried(cloud: Cloud, renders: Sequence[str]) -> bool:
    with cloud.customer() as client:
        return all(client.renders.deliveries(render) for render in renders)


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
