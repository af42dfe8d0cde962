"""What each call does, as steps that a transport takes."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import quote, urlencode

from pydantic import JsonValue

from clipit_client import errors
from clipit_client.models import (
    Accepted,
    Delivery,
    DeliveryList,
    Event,
    EventList,
    Health,
    Length,
    Redelivery,
    Render,
    RenderList,
    Template,
    TemplateList,
    TemplateVersion,
    UsageDay,
    UsageReport,
)
from clipit_client.steps import Call, Request, parsed, post, sent
from clipit_client.waiting import unseen, until_ended

PAGE: Final = 100
"""The most renders of a page."""
ANY_TEXT: Final = "surrogatepass"
"""How to encode text that is no UTF-8: the server then finds nothing by it."""


def create(body: Mapping[str, JsonValue], idempotency_key: str | None) -> Call[Accepted]:
    """Submit a render; every try has the same idempotency key, so there is one render."""
    return parsed(Accepted, (yield from post("/v1/renders", body, idempotency_key)))


def validate(body: Mapping[str, JsonValue]) -> Call[Length]:
    """Check a submission without storing anything."""
    return parsed(Length, (yield from post("/v1/renders/validate", body, None)))


def get(render: str, include: Sequence[str] = ()) -> Call[Render]:
    """Get a render, with the parts that are named."""
    query = f"?{urlencode({'include': ','.join(include)}, errors=ANY_TEXT)}" if include else ""
    return parsed(Render, (yield from sent(Request(method="GET", url=f"{path_of(render)}{query}"))))


def cancel(render: str) -> Call[Render]:
    """Ask for a render to be cancelled.

    Raises:
        RenderIsFinalError: It had ended before.
    """
    try:
        return parsed(Render, (yield from post(f"{path_of(render)}/cancel", None, None)))
    except errors.RenderIsFinalError as error:
        found = (yield from get(render)) if error.again else None
        if found is None or found.state != "cancelled":
            raise
    return found  # by a try whose answer was lost


def delete(render: str) -> Call[None]:
    """Delete a render that has ended; a repeated deletion is the same.

    Raises:
        RenderIsNotFinalError: It has not ended.
    """
    yield from sent(Request(method="DELETE", url=path_of(render)))


def delete_asset(asset: str) -> Call[None]:
    """Delete a file; a repeated deletion is the same."""
    path = f"/v1/assets/{quote(asset, safe='', errors=ANY_TEXT)}"
    yield from sent(Request(method="DELETE", url=path))


@dataclass(kw_only=True)
class Pages:
    """A list of renders, page by page; one may be empty and not be the last."""

    filters: Mapping[str, str]
    left: int | None
    """How many renders are wanted; None for all."""
    over: bool = False
    _cursor: str | None = None

    def following(self) -> Call[list[Render]]:
        """The renders of the next page.

        Raises:
            APIResponseError: The server names the page that it has just given.
        """
        limit = PAGE if self.left is None else min(self.left, PAGE)
        cursor = {} if self._cursor is None else {"cursor": self._cursor}
        query = urlencode({**self.filters, "limit": limit, **cursor}, errors=ANY_TEXT)
        found = parsed(RenderList, (yield from sent(Request(method="GET", url=f"/v1/renders?{query}"))))
        if found.next_cursor is not None and found.next_cursor == self._cursor:
            raise errors.APIResponseError("the same next_cursor came twice; the list is incomplete")
        self._cursor = found.next_cursor
        renders = found.renders[: self.left]
        self.left = None if self.left is None else self.left - len(renders)
        self.over = self._cursor is None or self.left == 0
        return renders


def pages(*, limit: int | None, **filters: str | datetime | None) -> Pages:
    """The pages of a list.

    Raises:
        ValueError: The limit is negative.
    """
    if limit is not None and limit < 0:
        raise ValueError(f"limit must be 0 or more, or None for all renders, not {limit}")
    given = {
        name: one.isoformat() if isinstance(one, datetime) else one
        for name, one in filters.items()
        if one is not None
    }
    return Pages(filters=given, left=limit, over=limit == 0)


def events(render: str) -> Call[list[Event]]:
    """The events of a render."""
    reply = yield from sent(Request(method="GET", url=f"{path_of(render)}/events"))
    return parsed(EventList, reply).events


def deliveries(render: str) -> Call[list[Delivery]]:
    """The tries to deliver a render's webhook."""
    reply = yield from sent(Request(method="GET", url=f"{path_of(render)}/deliveries"))
    return parsed(DeliveryList, reply).deliveries


def redeliver(render: str, idempotency_key: str | None) -> Call[Redelivery]:
    """Have a render's webhook delivered again; every try has the same idempotency key, so once.

    Raises:
        RenderIsNotFinalError: The render has not ended.
        RenderHasNoWebhookError: It has no webhook.
    """
    return parsed(Redelivery, (yield from post(f"{path_of(render)}/redeliver", None, idempotency_key)))


def put_template(
    name: str, definition: Mapping[str, JsonValue], *, if_version: int | None
) -> Call[TemplateVersion]:
    """Put the next version of a template; the same definition again is the same version.

    Raises:
        OtherVersionError: The newest version is not `if_version`; 0 stands for no template.
    """
    headers = {"If-None-Match": "*"} if if_version == 0 else _only(if_version)
    request = Request(
        method="PUT",
        url=template_path(name),
        content=json.dumps(definition).encode(),
        headers={"Content-Type": "application/json", **headers},
    )
    return parsed(TemplateVersion, (yield from sent(request)))


def template(reference: str) -> Call[TemplateVersion]:
    """Get a template, the newest version or `name@version`."""
    return parsed(TemplateVersion, (yield from sent(Request(method="GET", url=template_path(reference)))))


def delete_template(name: str, *, if_version: int | None) -> Call[None]:
    """Delete a template with all versions; a repeated deletion is the same.

    Raises:
        OtherVersionError: The newest version is not `if_version`.
        ValueError: `if_version` is below 1.
    """
    if if_version is not None and if_version < 1:
        raise ValueError(f"if_version is {if_version}; versions are numbered from 1 on")
    yield from sent(Request(method="DELETE", url=template_path(name), headers=_only(if_version)))


def _only(if_version: int | None) -> dict[str, str]:
    return {} if if_version is None else {"If-Match": f'"{if_version}"'}


def templates() -> Call[list[Template]]:
    """The templates."""
    return parsed(TemplateList, (yield from sent(Request(method="GET", url="/v1/templates")))).templates


def usage(first: date, last: date) -> Call[list[UsageDay]]:
    """What renders that ended on these days have used."""
    query = urlencode({"from": first.isoformat(), "to": last.isoformat()})
    return parsed(UsageReport, (yield from sent(Request(method="GET", url=f"/v1/usage?{query}")))).days


def health() -> Call[Health]:
    """See that the server can answer."""
    return parsed(Health, (yield from sent(Request(method="GET", url="/healthz"))))


def wait(
    render: str, *, timeout_s: float, poll_s: float, seen: Callable[[Render], None] = unseen
) -> Call[Render]:
    """Look at a render until it has ended.

    Raises:
        RenderFailedError: It failed or was cancelled.
        WaitTimeoutError: It has not ended within the time.
    """
    found = yield from until_ended(
        lambda: get(render), timeout_s=timeout_s, poll_s=poll_s, seen=seen, late=errors.WaitTimeoutError
    )
    if found.state != "succeeded":
        raise errors.RenderFailedError(found)
    return found


def render_body(**given: Mapping[str, JsonValue] | str | None) -> dict[str, JsonValue]:
    """The body of a submission; what is None is left out."""
    return {
        name: value if isinstance(value, str) else dict(value)
        for name, value in given.items()
        if value is not None
    }


def template_path(reference: str) -> str:
    """The path of a template; escaped, so that no name leads to another path."""
    return f"/v1/templates/{quote(reference, safe='@', errors=ANY_TEXT)}"


def path_of(render: str) -> str:
    """The path of a render; escaped, so that no id leads to another path."""
    return f"/v1/renders/{quote(render, safe='', errors=ANY_TEXT)}"
