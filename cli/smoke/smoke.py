"""Checks a deployed stack with one small render: submission, rendering, download, webhook."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cli.display.display import Display
from cli.exits import CommandError, Exit
from cli.renders.api import Api, Document, UnreachableError, part
from cli.renders.following import as_line
from handlers.jobs.states import TERMINAL, JobState

Found = TypeVar("Found")

SINK = "/webhook-sink"
"""The path of the API that accepts webhooks and stores nothing."""
_ASK_S = 1.0
_FIELDS = {"title": "smoke", "duration_s": 1, "width": 320, "height": 180}
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

    api: Api
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
            ApiError: The API refused a call or does not answer.
        """
        began = self.clock()
        until = began + self.deadline_s
        self.display.phase("api", "Checking that the API answers")
        self.api.health()
        self.display.phase("render", "Submitting a render and following it")
        ended = self._render(until)
        render = str(ended["id"])
        self.display.phase("output", "Downloading the video")
        size = self._fetch(ended)
        self.display.phase("webhook", "Waiting for the delivery of the webhook")
        deliveries = self._webhook(render, until)
        return Result(
            render=render,
            seconds=round(self.clock() - began, 1),
            attempts=int(str(ended.get("attempt", 1))),
            video_bytes=size,
            deliveries=deliveries,
        )

    def _render(self, until: float) -> Document:
        body = {"template": "title-card", "fields": _FIELDS, "webhook_url": self.receiver}
        accepted = self.api.submit({**body, "fleet": self.fleet} if self.fleet else body)
        render = str(accepted["id"])
        self.display.line(f"accepted: {render}")
        seen = ""

        def ended() -> Document | None:
            nonlocal seen
            try:
                found = self.api.get(render)
            except UnreachableError:  # a task may just be ending; who stays away is late
                return None
            if (line := as_line(found)) != seen:
                self.display.line(line)
            seen = line
            return found if found.get("state") in TERMINAL else None

        found = self._until(ended, until, lambda: f"{render} has not ended; it is {seen or 'unknown'}")
        if found.get("state") != JobState.SUCCEEDED:
            raise SmokeError(f"{render} ended as {as_line(found)}; `clipit events {render}` shows why")
        return found

    def _fetch(self, ended: Document) -> int:
        output = part(ended, "output")
        with tempfile.TemporaryDirectory(prefix="clipit-smoke-") as folder:
            target = Path(folder) / "video.mp4"
            self.api.download(str(output.get("url")), target)
            content = target.read_bytes()
        place, mark = _MP4
        if len(content) != output.get("bytes") or content[place : place + len(mark)] != mark:
            raise SmokeError(
                f"the video of {ended['id']} has {len(content)} bytes, and {output.get('bytes')} of an MP4 "
                "file were expected"
            )
        self.display.line(f"{len(content)} bytes of MP4")
        return len(content)

    def _webhook(self, render: str, until: float) -> int:
        seen: list[Document] = []

        def delivered() -> int | None:
            attempts = self.api.deliveries(render)
            for attempt in attempts[len(seen) :]:
                outcome = (
                    "delivered" if attempt.get("delivered") else f"not delivered: {attempt.get('error')}"
                )
                self.display.line(f"attempt {attempt.get('number')}: {outcome}")
            seen[:] = attempts
            return len(attempts) if any(one.get("delivered") for one in attempts) else None

        def late() -> str:
            why = seen[-1].get("error") if seen else "nobody has tried yet; see the notifier's log"
            return f"the webhook of {render} to {self.receiver} was not delivered: {why}"

        return self._until(delivered, until, late)

    def _until(self, ready: Callable[[], Found | None], until: float, late: Callable[[], str]) -> Found:
        while (found := ready()) is None:
            if self.clock() > until:
                raise LateError(f"{late()}; the deadline of {self.deadline_s:.0f} s is over")
            self.pause(_ASK_S)
        return found
