"""Decides what happens to each item of the copy. Pure.

An item of the table is newer than its copy when the service has written it since. The service raises one of
the numbers in `VERSIONS` with every write, so two items with the same numbers are the same write, and a
difference between them is damage.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from handlers.jobs.store.keys import Entity, Key

VERSIONS: Mapping[str, tuple[str, ...]] = {
    Entity.JOB: ("event_count", "updated_at", "dispatched_at", "announced_at", "dead_letter_at"),
    Entity.COMPOSITION: ("expires_at",),
    Entity.EVENT: ("number", "at"),
    Entity.IDEMPOTENCY: ("expires_at",),
    Entity.API_KEY: ("created_at", "revoked_at"),
    Entity.DELIVERY: ("at", "attempts", "ended_with"),
    Entity.WEBHOOK: ("at", "expires_at"),
    Entity.WEBHOOK_ENDPOINTS: ("version",),
    Entity.DELETION: ("deleted_at", "erased_at"),
    Entity.TEMPLATE: ("version", "updated_at"),
    Entity.TEMPLATE_VERSION: ("version", "created_at"),
    Entity.ASSET_DELETION: ("deleted_at", "erased_at"),
    Entity.TENANT: ("updated_at",),
    Entity.USAGE: ("version",),
    Entity.COUNTED: ("event_count",),
    Entity.BATCH: ("written", "created_at"),
}
"""By the kind of an item, the numbers of which each write raises at least one and lowers none."""

TRANSIENT = frozenset(
    {Entity.WORKER, Entity.BOOT_FAILURE, Entity.SCALER, Entity.PROGRESS, Entity.DELIVERY_REQUEST}
)
"""What running processes write again by themselves, and requests of a moment: an old version would mislead
the scaler, or deliver a webhook again."""

KINDS = VERSIONS.keys() | TRANSIENT
"""The kinds that this service writes; an instance may have written any other."""


class Difference(StrEnum):
    """How an item of the copy and the item in the table differ."""

    SAME = "same"
    MISSING = "missing"
    DAMAGED = "damaged"
    NEWER = "newer in the table"
    EXPIRED = "expired"
    DELETED = "deleted by its customer"
    TRANSIENT = "transient"
    UNKNOWN = "of an unknown kind"


COPIED_BACK = frozenset({Difference.MISSING, Difference.DAMAGED})


@dataclass(frozen=True, kw_only=True)
class Pair:
    """An item of the copy, and the item with the same key in the table; `table` is None where there is none.

    `entity` is one of `KINDS`, or "other". The mappings hold the numbers among the attributes; `same`
    compares all attributes. `deleted` is whether the table says that the customer has deleted the job of
    the item.
    """

    key: Key
    entity: str
    copy: Mapping[str, float]
    table: Mapping[str, float] | None
    same: bool
    deleted: bool = False


def versions_of(entity: str) -> tuple[str, ...]:
    """The numbers by which a write of this kind of item shows; none for an unknown kind."""
    return VERSIONS.get(entity, ())


def difference(pair: Pair, *, now: float) -> Difference:
    """What is the matter with an item of the copy."""
    if pair.same:
        return Difference.SAME
    if pair.entity in TRANSIENT:
        return Difference.TRANSIENT
    if pair.entity not in VERSIONS:
        return Difference.UNKNOWN
    if pair.copy.get("expires_at", now + 1) <= now:
        return Difference.EXPIRED
    if pair.table is None:
        return Difference.DELETED if pair.deleted else Difference.MISSING
    before, after = pair.copy, pair.table
    written = any(after.get(name, 0) > before.get(name, 0) for name in versions_of(pair.entity))
    return Difference.NEWER if written else Difference.DAMAGED
