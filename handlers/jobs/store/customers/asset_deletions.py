"""Deletion of an asset: a record from which the sweeper erases the file, twice.

Assets are objects and no items, so nothing else of the table changes. The record is in a partition of its
own, in table and index: the sweeper of the release before looks for deletions of jobs alone, and no instance
may write it. The link of the asset's upload works for an hour, and would bring the file back, so the sweeper
erases once at once, and once when no such link is left.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from handlers.jobs.ids import ASSET_ID, TENANT
from handlers.jobs.store import keys
from handlers.jobs.store.attributes import Item, Value
from handlers.jobs.store.keys import Entity
from handlers.jobs.store.reading import Reader, readable_first
from handlers.jobs.store.table import Condition, Put, Query, Table, Update, equal

ACTIONS: Final = frozenset({"dynamodb:Query", "dynamodb:UpdateItem"})
"""What the sweeper calls for `PendingAssetDeletions`."""
PAGE: Final = 25
LINKS_END_SECONDS: Final = 3_900
"""After a deletion: no link that uploads the asset works any more. Links last for an hour."""


@dataclass(frozen=True, kw_only=True)
class AssetDeletion:
    """An asset that its tenant has deleted, at a time in epoch seconds."""

    asset_id: str
    tenant: str
    at: float

    @property
    def id(self) -> str:
        """The id of the asset."""
        return self.asset_id


def is_deleted(table: Table, tenant: str, asset_id: str) -> bool:
    """Whether the tenant has deleted this asset, as long as that is on record."""
    return table.get(keys.asset_deletion(tenant, asset_id)) is not None


def delete_asset(table: Table, deletion: AssetDeletion, *, actor: str, expires_at: int) -> None:
    """Record that the asset is deleted; a later call for the same one has it erased once more."""
    key = keys.asset_deletion(deletion.tenant, deletion.asset_id)
    item: Item = {
        "pk": key.pk,
        "sk": key.sk,
        "entity": Entity.ASSET_DELETION,
        "state_pk": keys.asset_deletions_pk(),
        "state_sk": deletion.at,
        "asset_id": deletion.asset_id,
        "tenant": deletion.tenant,
        "actor": actor,
        "deleted_at": deletion.at,
        "expires_at": expires_at,
    }
    # Whatever is there: the latest deletion is the one that counts.
    table.put(Put(item=item, condition=Condition("attribute_not_exists(#pk) OR attribute_exists(#pk)")))


class PendingAssetDeletions:
    """The sweeper's access to assets whose file is to be erased."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def pending(self, *, now: float) -> Iterator[AssetDeletion]:
        """The deletions that are due, the oldest first, read page by page.

        Raises:
            UnreadableItemError: at the end, when items were skipped that are no such deletions.
        """
        match = Condition(
            "#state_pk = :state_pk AND #state_sk <= :until",
            {":state_pk": keys.asset_deletions_pk(), ":until": now},
        )
        items = self._table.query(Query(index=keys.BY_STATE, match=match, page=PAGE))
        return readable_first(items, _deletion)

    def mark_erased(self, deletion: AssetDeletion, *, now: float) -> None:
        """Record that the file is erased; once more when no link can bring it back any more.

        A deletion that was repeated in the meantime stays due.
        """
        links_end = deletion.at + LINKS_END_SECONDS
        again: dict[str, Value | None] = (
            {"state_sk": links_end} if now < links_end else {"state_pk": None, "state_sk": None}
        )
        self._table.update(
            Update(
                key=keys.asset_deletion(deletion.tenant, deletion.asset_id),
                changes={"erased_at": now, **again},
                condition=equal(deleted_at=deletion.at),
            )
        )


def _deletion(item: Mapping[str, Value]) -> AssetDeletion:
    """A deletion, from the partition that the job server alone writes: any item may say that it is one."""
    read = Reader(item)
    asset_id, tenant = read.matching("asset_id", ASSET_ID), read.matching("tenant", TENANT)
    place = keys.asset_deletion(tenant, asset_id).pk
    if item.get("pk") != place:
        raise read.refusal("pk", place)
    return AssetDeletion(asset_id=asset_id, tenant=tenant, at=read.time("deleted_at"))
