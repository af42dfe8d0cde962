"""An operator makes, lists and ends the keys of a tenant."""

import pytest

from handlers.jobs.store.api_keys import ApiKeys, digest
from handlers.jobs.store.customer_jobs import CustomerJobs
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.table import Table
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
    assert ApiKeys(table).tenant_of(token) == "acme"
    assert CustomerJobs(table).page("acme", limit=10).jobs == ()


@pytest.mark.parametrize("tenant", ["", "Acme", "-acme", "a" * 64, "../acme", "acme\n"])
def test_a_name_that_cannot_be_a_tenants_makes_no_key(table: Table, clock: Clock, tenant: str) -> None:
    with pytest.raises(ValueError, match="lower-case letters"):
        ApiKeyAdmin(table).create(tenant, now=clock())
    assert list(ApiKeyAdmin(table).of_tenant(tenant)) == []
