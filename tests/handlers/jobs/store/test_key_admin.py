"""An operator makes, lists and ends the keys of a tenant."""

import re

import pytest

from handlers.jobs.store import keys
from handlers.jobs.store.api_keys import ApiKeys, KeyOwner, digest, new_token
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.store.table import Table, Update
from handlers.jobs.tenants.scopes import Scope
from tests.handlers.conftest import Clock


def test_keys_are_listed_by_tenant_the_oldest_first_with_the_time_of_their_end(
    table: Table, clock: Clock
) -> None:
    admin = ApiKeyAdmin(table)
    made = [(admin.create("acme", now=clock()), clock.forward(1.0)) for _ in range(30)]
    admin.create("other", now=clock())
    first, _ = made[0]
    assert admin.revoke(digest(first), now=clock())
    found = list(admin.of_tenant("acme"))
    assert [key.id for key in found] == [digest(token) for token, _ in made]
    assert [key.revoked_at for key in found] == [clock(), *([None] * 29)]
    assert [key.created_at for key in found] == [at - 1.0 for _, at in made]


def test_keys_are_not_among_the_renders_of_their_tenant(table: Table, clock: Clock) -> None:
    token = ApiKeyAdmin(table).create("acme", now=clock())
    assert ApiKeys(table).owner_of(token) == KeyOwner(tenant="acme")
    assert CustomerJobs(table).page("acme", limit=10).jobs == ()


@pytest.mark.parametrize("tenant", ["", "Acme", "-acme", "a" * 64, "../acme", "acme\n"])
def test_a_name_that_cannot_be_a_tenants_makes_no_key(table: Table, clock: Clock, tenant: str) -> None:
    with pytest.raises(ValueError, match="lower-case letters"):
        ApiKeyAdmin(table).create(tenant, now=clock())
    assert list(ApiKeyAdmin(table).of_tenant(tenant)) == []


@pytest.mark.parametrize("scope", Scope)
def test_a_key_has_the_scope_that_it_was_made_with(table: Table, clock: Clock, scope: Scope) -> None:
    token = ApiKeyAdmin(table).create("acme", now=clock(), scope=scope)
    assert ApiKeys(table).owner_of(token) == KeyOwner(tenant="acme", scope=scope)
    (listed,) = ApiKeyAdmin(table).of_tenant("acme")
    assert listed.scope is scope
    assert ApiKeyAdmin(table).revoke(listed.id, now=clock())
    assert ApiKeys(table).owner_of(token) is None


def test_a_key_of_before_there_were_scopes_may_do_everything(table: Table, clock: Clock) -> None:
    token = ApiKeyAdmin(table).create("acme", now=clock())
    table.update(Update(key=keys.api_key(digest(token)), changes={"scope": None}))
    assert ApiKeys(table).owner_of(token) == KeyOwner(tenant="acme", scope=Scope.ADMIN)
    assert [one.scope for one in ApiKeyAdmin(table).of_tenant("acme")] == [Scope.ADMIN]


def test_a_scope_that_this_release_does_not_know_opens_nothing(table: Table, clock: Clock) -> None:
    token = ApiKeyAdmin(table).create("acme", now=clock())
    table.update(Update(key=keys.api_key(digest(token)), changes={"scope": "everything"}))
    with pytest.raises(UnreadableItemError, match="scope"):
        ApiKeys(table).owner_of(token)


@pytest.mark.parametrize("scope", [Scope.READ, Scope.SUBMIT])
def test_the_release_before_takes_a_limited_key_for_none(scope: Scope) -> None:
    """It knows no scopes, and would let the key do everything."""
    of_before = re.compile(r"ck_[A-Za-z0-9_-]{43}")
    assert of_before.fullmatch(new_token("acme", Scope.ADMIN))
    assert not of_before.fullmatch(new_token("acme", scope))
    assert new_token("acme", scope).startswith(f"ck_{scope}_")
