"""The record that a tenant has deleted an asset, and when its file is erased."""

import pytest

from handlers.job_server.aws import LINK_SECONDS
from handlers.jobs.store import keys
from handlers.jobs.store.customers.asset_deletions import (
    LINKS_END_SECONDS,
    AssetDeletion,
    PendingAssetDeletions,
    delete_asset,
    is_deleted,
)
from handlers.jobs.store.customers.deletions import PendingDeletions
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.store.table import Put, Table
from tests.handlers.conftest import START

ASSET = "a_" + "0" * 26
LATER = START + LINKS_END_SECONDS


def delete(table: Table, asset: str = ASSET, tenant: str = "acme", now: float = START) -> None:
    deletion = AssetDeletion(asset_id=asset, tenant=tenant, at=now)
    delete_asset(table, deletion, actor=f"api:{tenant}", expires_at=int(START) + 86_400)


def due(table: Table, now: float) -> list[AssetDeletion]:
    return list(PendingAssetDeletions(table).pending(now=now))


def test_the_file_is_erased_at_once_and_once_more_when_no_link_is_left(table: Table) -> None:
    delete(table)
    (first,) = due(table, START)
    assert first == AssetDeletion(asset_id=ASSET, tenant="acme", at=START)
    PendingAssetDeletions(table).mark_erased(first, now=START + 30)
    assert due(table, LATER - 1) == []
    (second,) = due(table, LATER)
    PendingAssetDeletions(table).mark_erased(second, now=LATER)
    assert due(table, LATER + 86_400) == []
    item = table.get(keys.asset_deletion("acme", ASSET))
    assert item
    assert (item["actor"], item["deleted_at"], item["erased_at"]) == ("api:acme", START, LATER)
    assert item["expires_at"] == int(START) + 86_400


def test_the_links_that_could_bring_it_back_end_before() -> None:
    assert LINKS_END_SECONDS > LINK_SECONDS


def test_a_deletion_that_is_repeated_during_a_sweep_is_due_again(table: Table) -> None:
    delete(table)
    (first,) = due(table, START)
    delete(table, now=START + 20)
    PendingAssetDeletions(table).mark_erased(first, now=START + 30)
    assert [one.at for one in due(table, START + 40)] == [START + 20]


def test_it_is_the_tenant_s_own(table: Table) -> None:
    delete(table)
    assert is_deleted(table, "acme", ASSET)
    assert not is_deleted(table, "zenith", ASSET)
    delete(table, tenant="zenith")
    assert {one.tenant for one in due(table, START)} == {"acme", "zenith"}


def test_a_sweeper_of_the_release_before_meets_none(table: Table) -> None:
    delete(table)
    assert list(PendingDeletions(table).pending(now=LATER)) == []


@pytest.mark.parametrize("pk", ["JOB#r_1", f"ASSET-DELETION#zenith#{ASSET}"])
def test_an_item_that_only_says_it_is_such_a_deletion_erases_nothing(table: Table, pk: str) -> None:
    forged = {"state_pk": keys.asset_deletions_pk(), "state_sk": START, "asset_id": ASSET, "tenant": "acme"}
    table.put(Put(item={"pk": pk, "sk": "X", "deleted_at": START, **forged}))
    delete(table, "a_" + "1" * 26)
    found: list[AssetDeletion] = []
    with pytest.raises(UnreadableItemError):
        found.extend(PendingAssetDeletions(table).pending(now=START))
    assert [one.asset_id for one in found] == ["a_" + "1" * 26]
