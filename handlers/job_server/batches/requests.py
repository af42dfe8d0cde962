"""Validates the body of a batch: what all its renders share, and what each adds to that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from handlers.job_server import problems
from handlers.job_server.edge.crowding import MOST_VALUES
from handlers.job_server.renders.refusals import NotFoundError
from handlers.job_server.schemas.batches import BATCH_REQUEST, JOINED
from handlers.job_server.schemas.requests import (
    NamedTemplate,
    RefusedError,
    RenderRequest,
    Rules,
    render_request,
)
from handlers.jobs.ids import BATCH_ID
from handlers.jobs.json_schema.checker import MOST_FINDINGS, Checker
from handlers.jobs.json_schema.values import Finding, Json, pointer
from handlers.jobs.model import Priority
from handlers.jobs.store.customers.batches import MOST_ITEMS
from handlers.jobs.templates import MOST_VALUES_OF_BATCH, Room

_BATCH: Final = Checker(BATCH_REQUEST)
MOST_ASSETS: Final = 200
"""Different assets of a batch. Each is a call to S3, and a request of the largest batch must cost less than a
key may spend at once."""

MOST_TEMPLATES: Final = 10
"""Different templates of a batch. Each may be a call to the table, while other large bodies wait."""
OTHER_WRITES: Final = 26
"""What the largest body (16) and the most assets (10) cost beside the renders, in writes."""


class NoBatchError(NotFoundError):
    """The caller has no such batch."""

    what = "batch"


@dataclass(frozen=True, kw_only=True)
class BatchRequest:
    """A valid batch: its renders in order, and the versions that names of templates without one stand for."""

    items: Sequence[RenderRequest]
    templates: tuple[str, ...] = ()

    @property
    def assets(self) -> frozenset[str]:
        """Every asset that any of them names."""
        return frozenset(asset for one in self.items for asset in one.assets)


@dataclass(frozen=True, kw_only=True)
class _Item:
    """One item of the body, at a place, and what it shares with the others."""

    place: int
    own: Mapping[str, Json]
    shared: Mapping[str, Json]

    def joined(self) -> dict[str, Json]:
        """The submission that it stands for."""
        whole = {"priority": Priority.BULK.value, **self.shared, **self.own}
        for name in JOINED:
            common, own = self.shared.get(name), self.own.get(name)
            if isinstance(common, dict) and isinstance(own, dict):
                whole[name] = {**common, **own}
        return whole

    def place_of(self, found: str) -> str:
        """The place in the body of a place in the submission: what is missing is missing in the item."""
        if not found:
            return f"/items/{self.place}"
        _, member, *further = found.split("/")
        name = further[0] if further and member in JOINED else None
        is_shared = _has(self.shared, member, name) and not _has(self.own, member, name)
        return f"/shared{found}" if is_shared else f"/items/{self.place}{found}"

    def request(self, rules: Rules, room: Room) -> RenderRequest:
        """The submission, its places as in the body.

        Raises:
            RefusedError: it cannot be accepted.
        """
        try:
            request = render_request(self.joined(), rules, room)
        except RefusedError as error:
            raise RefusedError(
                [replace(one, pointer=self.place_of(one.pointer)) for one in error.findings]
            ) from error
        places = {asset: [*map(self.place_of, given)] for asset, given in request.assets.items()}
        return replace(request, assets=places)


def batch_request(body: Json, rules: Rules, pay: Callable[[int], None]) -> BatchRequest:
    """The batch in a body; `pay` takes the cost of so many writes before the renders are checked.

    Raises:
        Problem: the caller cannot pay.
        RefusedError: it cannot be accepted; a mistake in what is shared is named once.
    """
    found = _BATCH.findings(body)
    if found or not isinstance(body, dict):
        raise RefusedError(found)
    items = _items(body)
    if excess := _excess(items, rules):
        raise RefusedError([excess])
    pay(len(items) - 1)  # the request itself has cost one
    requests: list[RenderRequest] = []
    mistakes: dict[Finding, None] = {}
    room = Room(MOST_VALUES_OF_BATCH)
    for item in items:
        if len(mistakes) >= MOST_FINDINGS or room.full:
            break
        try:
            requests.append(item.request(rules, room))
        except RefusedError as error:
            mistakes |= dict.fromkeys(error.findings)
    if mistakes:
        raise RefusedError([*islice(mistakes, MOST_FINDINGS)])
    batch = BatchRequest(items=requests, templates=_chosen(items, requests))
    if len(batch.assets) > MOST_ASSETS:
        detail = f"name {len(batch.assets)} different assets; the maximum is {MOST_ASSETS}"
        raise RefusedError([Finding(pointer="/items", detail=detail)])
    return batch


def with_versions(rules: Rules, versions: Sequence[str]) -> Rules:
    """The rules for a batch that was begun with these versions of the templates that it names without one."""
    chosen = {one.partition("@")[0]: one for one in versions}

    def template_of(name: str) -> NamedTemplate | None:
        wanted = chosen.get(name, name)
        found = rules.template_of(wanted)
        if found is None and wanted != name:
            detail = (
                f"stood for {wanted} when the batch was begun, and that version is gone; submit the renders "
                "that are missing with a new Idempotency-Key"
            )
            raise RefusedError([Finding(pointer="/template", detail=detail)])
        return found

    return replace(rules, template_of=template_of)


def largest_batch(of_all: int, *, queued: int | None, writes: int) -> int:
    """Items of the largest batch of a tenant: all of them can wait, and its key can ever pay for them.

    `of_all` holds where a tenant has no limit of its own for what is queued.
    """
    return max(1, min(MOST_ITEMS, of_all if queued is None else queued, writes - OTHER_WRITES))


def known_batch_id(text: str) -> str:
    """The text, if it can be the id of a batch.

    Raises:
        NoBatchError: it cannot.
    """
    if not BATCH_ID.fullmatch(text):
        raise NoBatchError(text)
    return text


def required_key(key: str | None) -> str:
    """The idempotency key, without which nobody could go on with a batch that was interrupted.

    Raises:
        Problem: there is none.
    """
    if key is None:
        raise problems.invalid_parameter("Idempotency-Key", "is missing; a batch is resumed by it")
    return key


def _chosen(items: Sequence[_Item], requests: Sequence[RenderRequest]) -> tuple[str, ...]:
    """The version that each name without one stands for."""
    pairs = zip(items, requests, strict=True)
    return tuple(
        sorted(
            {
                one.template
                for item, one in pairs
                if one.template and one.template != item.joined().get("template")
            }
        )
    )


def _items(body: Mapping[str, Json]) -> list[_Item]:
    shared, items = body.get("shared", {}), body["items"]
    return [
        _Item(place=place, own=own, shared=shared if isinstance(shared, dict) else {})
        for place, own in enumerate(items if isinstance(items, list) else [])
        if isinstance(own, dict)
    ]


def _excess(items: Sequence[_Item], rules: Rules) -> Finding | None:
    """What is too much, before anything is made of it: what is shared counts once for each item."""
    if len(items) > rules.largest_batch:
        detail = f"has {len(items)} items; your limits allow {rules.largest_batch} in one batch"
        return Finding(pointer="/items", detail=detail)
    names = {name for one in items if isinstance(name := one.joined().get("template"), str)}
    if len(names) > MOST_TEMPLATES:
        detail = f"name {len(names)} different templates; the maximum is {MOST_TEMPLATES}"
        return Finding(pointer="/items", detail=detail)
    values = len(items) * _values(dict(items[0].shared)) + sum(_values(dict(one.own)) for one in items)
    if values > MOST_VALUES:
        detail = f"takes the batch to {values} values, counted with each item; the maximum is {MOST_VALUES}"
        return Finding(pointer="/shared", detail=detail)
    return None


def _values(value: Json) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_values, value.values()))
    return 1 + sum(map(_values, value)) if isinstance(value, list) else 1


def _has(part: Mapping[str, Json], member: str, name: str | None) -> bool:
    """Whether a part of a submission has a member, and in that a name, as pointers spell them."""
    given = next((value for own, value in part.items() if pointer("", own) == f"/{member}"), _ABSENT)
    if name is None or given is _ABSENT:
        return given is not _ABSENT
    return isinstance(given, dict) and any(pointer("", own) == f"/{name}" for own in given)


_ABSENT: Final = object()
