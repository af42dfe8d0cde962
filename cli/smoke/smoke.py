"""Checks a deployed stack with one small render: submission, rendering, download, webhook."""

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from clipit_client import Client, Render, WaitTimeoutError
from clipit_client.models import Delivery
from pydantic import JsonValue

from cli.display.display import Display
from cli.exits import CommandError, Exit
from cli.renders.following import as_line, follow
from handlers.jobs.states import JobState

SINK = "/webhook-sink"
"""The path of the API that accepts webhooks and stores nothing."""
_ASK_S = 1.0
_FIELDS: Mapping[str, JsonValue] = {"title": "smoke", "duration_s": 1, "width": 320, "height": 180}
_MP4 = (4, b"ftyp")
"""Where an MP4 file says that it is one (ISO/IEC 14496-12, "File Type Box")."""


class SmokeError(CommandError):
    """The stack does not work; the text says what failed and where to look."""


class LateError(SmokeError):
    """A step did not finish within the deadline."""

    code = Exit.TOO_LATE


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of the render."""

    render: str
    seconds: float
    attempts: int
    video_bytes: int
    deliveries: int


@dataclass(frozen=True, kw_only=True)
class Smoke:
    """What a run needs; all its parts together have one deadline."""

    client: Client
    display: Display
    receiver: str
    fleet: str | None
    deadline_s: float
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def run(self) -> Result:
        """Submit, follow and download the render, and wait for the delivery of its webhook.

        Raises:
            SmokeError: A step failed or was late.
            ClipItError: The API refused a call or does not answer.
        """
        began = self.clock()
        until = began + self.deadline_s
        self.display.phase("api", "Checking that the API answers")
        self.client.health()
        self.display.phase("render", "Submitting a render and following it")
        ended = self._render(until)
        self.display.phase("output", "Downloading the video")
        size = self._fetch(ended.id)
        self.display.phase("webhook", "Waiting for the delivery of the webhook")
        deliveries = self._webhook(ended.id, until)
        return Result(
            render=ended.id,
            seconds=round(self.clock() - began, 1),
            attempts=ended.attempt,
            video_bytes=size,
            deliveries=deliveries,
        )

    def _render(self, until: float) -> Render:
        accepted = self.client.renders.create(
            template="title-card", fields=_FIELDS, webhook_url=self.receiver, fleet=self.fleet
        )
        self.display.line(f"accepted: {accepted.id}")
        left = until - self.clock()
        try:
            found = follow(
                self.client, accepted.id, timeout_s=left, tell=lambda one: self.display.line(as_line(one))
            )
        except WaitTimeoutError as late:
            raise self._late(f"{accepted.id} has not ended; it is {as_line(late.render)}") from None
        if found.state != JobState.SUCCEEDED:
            raise SmokeError(f"{found.id} ended as {as_line(found)}; `clipit events {found.id}` shows why")
        return found

    def _fetch(self, render: str) -> int:
        with tempfile.TemporaryDirectory(prefix="clipit-smoke-") as folder:
            target = Path(folder) / "video.mp4"
            self.client.renders.download(render, target)
            content = target.read_bytes()
        place, mark = _MP4
        if content[place : place + len(mark)] != mark:
            raise SmokeError(
                f"the video of {render} has {len(content)} bytes that are no MP4 file; "
                f"`clipit events {render}` shows how it came about"
            )
        self.display.line(f"{len(content)} bytes of MP4")
        return len(content)

    def _webhook(self, render: str, until: float) -> int:
        seen: list[Delivery] = []
        while True:
            tries = self.client.renders.deliveries(render)
            for one in tries[len(seen) :]:
                outcome = "delivered" if one.delivered else f"not delivered: {one.error}"
                self.display.line(f"attempt {one.number}: {outcome}")
            seen[:] = tries
            if any(one.delivered for one in seen):
                return len(seen)
            if self.clock() > until:
                why = seen[-1].error if seen else "nobody has tried yet; see the notifier's log"
                raise self._late(f"the webhook of {render} to {self.receiver} was not delivered: {why}")
            self.pause(_ASK_S)

    def _late(self, what: str) -> LateError:
        return LateError(f"{what}; the deadline of {self.deadline_s:.0f} s is over")
