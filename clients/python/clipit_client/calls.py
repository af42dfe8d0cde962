"""What each call does, as steps that a transport takes."""

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

from pydantic import JsonValue

from clipit_client import errors
from clipit_client.models import (
    Accepted,
    Asset,
    Delivery,
    DeliveryList,
    Event,
    EventList,
    Length,
    Render,
    RenderList,
    Template,
    TemplateList,
)
from clipit_client.steps import FIRST_REDIRECT, Call, Request, attempted, parsed, paused, post, sent

ALREADY_THERE: Final = 412
"""What the object store answers to `If-None-Match: *` when there is a file."""

PAGE: Final = 100
"""The most renders of a page."""
POLL_S: Final = 2.0
"""Seconds between two looks at a render that is waited for."""


def create(body: Mapping[str, JsonValue], idempotency_key: str | None) -> Call[Accepted]:
    """Submit a render; every try has the same idempotency key, so there is one render."""
    return parsed(Accepted, (yield from post("/v1/renders", body, idempotency_key)))


def validate(body: Mapping[str, JsonValue]) -> Call[Length]:
    """Check a submission without storing anything."""
    return parsed(Length, (yield from post("/v1/renders/validate", body, None)))


def get(render: str) -> Call[Render]:
    """Get a render."""
    return parsed(Render, (yield from sent(Request(method="GET", url=path_of(render)))))


def cancel(render: str) -> Call[Render]:
    """Ask for a render to be cancelled."""
    return parsed(Render, (yield from post(f"{path_of(render)}/cancel", None, None)))


def delete(render: str) -> Call[None]:
    """Delete a render that has ended; a repeated deletion is the same."""
    yield from sent(Request(method="DELETE", url=path_of(render)))


def page(*, state: str | None, limit: int, cursor: str | None) -> Call[RenderList]:
    """One page of renders; it may be empty and still have a cursor."""
    wanted = {"state": state, "limit": min(limit, PAGE), "cursor": cursor}
    query = urlencode({name: value for name, value in wanted.items() if value is not None})
    return parsed(RenderList, (yield from sent(Request(method="GET", url=f"/v1/renders?{query}"))))


def events(render: str) -> Call[list[Event]]:
    """The events of a render."""
    reply = yield from sent(Request(method="GET", url=f"{path_of(render)}/events"))
    return parsed(EventList, reply).events


def deliveries(render: str) -> Call[list[Delivery]]:
    """The tries to deliver a render's webhook."""
    reply = yield from sent(Request(method="GET", url=f"{path_of(render)}/deliveries"))
    return parsed(DeliveryList, reply).deliveries


def templates() -> Call[list[Template]]:
    """The templates."""
    return parsed(TemplateList, (yield from sent(Request(method="GET", url="/v1/templates")))).templates


def wait(render: str, *, timeout_s: float, poll_s: float) -> Call[Render]:
    """Look at a render until it has ended.

    Raises:
        RenderFailedError: It failed or was cancelled.
        WaitTimeoutError: It has not ended within the time.
    """
    begun = yield from paused(0)
    while True:
        found = yield from get(render)
        if found.ended and found.state != "succeeded":
            raise errors.RenderFailedError(found)
        if found.ended:
            return found
        now = yield from paused(poll_s)
        if now - begun > timeout_s:
            raise errors.WaitTimeoutError(found, timeout_s)


_ACCEPTED = {".wav": "audio/wav", ".m4a": "audio/mp4", ".webp": "image/webp", ".webm": "video/webm"}
"""What the API calls files of which the standard library has another name, or none."""


def upload(path: Path, content_type: str | None) -> Call[str]:
    """Announce a file and upload it; its id.

    Raises:
        ValueError: The file's type cannot be guessed from its name and was not given.
        UploadError: The object store refused the file.
    """
    guessed = mimetypes.guess_type(path.name)[0]
    kind = content_type or _ACCEPTED.get(path.suffix.lower(), guessed)
    if kind is None:
        raise ValueError(f"the type of {path.name} cannot be guessed; give content_type, such as image/png")
    announced = parsed(
        Asset, (yield from post("/v1/assets", {"content_type": kind, "size": path.stat().st_size}, None))
    )
    request = announced.upload
    put = Request(method=request.method, url=request.url, content=path, headers=dict(request.headers))
    reply = yield from attempted(put)
    # The link uploads once: a try whose response was lost has uploaded the file.
    if reply.status >= FIRST_REDIRECT and reply.status != ALREADY_THERE:
        raise errors.UploadError(f"the object store refused {path.name} with status {reply.status}")
    return announced.id


def render_body(**given: Mapping[str, JsonValue] | str | None) -> dict[str, JsonValue]:
    """The body of a submission; what is None is left out."""
    return {
        name: value if isinstance(value, str) else dict(value)
        for name, value in given.items()
        if value is not None
    }


def following(found: RenderList, cursor: str | None) -> str | None:
    """The cursor of the next page; None after the last one.

    Raises:
        APIResponseError: The server names the page that was just read.
    """
    if found.next_cursor is not None and found.next_cursor == cursor:
        raise errors.APIResponseError("the same next_cursor came twice; the list is incomplete")
    return found.next_cursor


def path_of(render: str) -> str:
    """The path of a render; escaped, so that no id leads to another path."""
    return f"/v1/renders/{quote(render, safe='')}"
