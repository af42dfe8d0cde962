"""An operator sets the limits of a tenant; what is not set is the stack's."""

import pytest

from handlers.jobs.store import keys
from handlers.jobs.store.api_keys import ApiKeys
from handlers.jobs.store.customers.tenant_limits import (
    NO_LIMITS,
    LimitedTenant,
    TenantLimits,
    TenantLimitsAdmin,
)
from handlers.jobs.store.key_admin import ApiKeyAdmin
from handlers.jobs.store.reading import UnreadableItemError
from handlers.jobs.store.table import Table, Update
from tests.handlers.conftest import Clock


def test_limits_are_kept_replaced_and_taken_away(table: Table, clock: Clock) -> None:
    admin = TenantLimitsAdmin(table)
    assert admin.of("acme") == NO_LIMITS
    for limits in (TenantLimits(queued=9, rendering=2, per_second=1), TenantLimits(queued=3)):
        admin.set("acme", limits, now=clock())
        assert admin.of("acme") == limits
    assert [admin.reset("acme"), admin.reset("acme")] == [True, False]
    assert admin.of("acme") == NO_LIMITS


def test_the_tenants_that_have_some_are_listed_by_name(table: Table, clock: Clock) -> None:
    admin = TenantLimitsAdmin(table)
    for name in ("zenith", "acme"):
        admin.set(name, TenantLimits(queued=5), now=clock())
    assert list(admin.all()) == [
        LimitedTenant(tenant=name, limits=TenantLimits(queued=5)) for name in ("acme", "zenith")
    ]


def test_a_key_comes_with_the_limits_of_its_tenant(table: Table, clock: Clock) -> None:
    TenantLimitsAdmin(table).set("acme", TenantLimits(rendering=2), now=clock())
    mine, other = (ApiKeyAdmin(table).create(name, now=clock()) for name in ("acme", "zenith"))
    owners = [ApiKeys(table).owner_of(one) for one in (mine, other)]
    assert [one and one.limits for one in owners] == [TenantLimits(rendering=2), NO_LIMITS]


@pytest.mark.parametrize("name", ["", "Acme", "../acme"])
def test_a_name_that_cannot_be_a_tenants_gets_none(table: Table, clock: Clock, name: str) -> None:
    with pytest.raises(ValueError, match="lower-case letters"):
        TenantLimitsAdmin(table).set(name, TenantLimits(queued=1), now=clock())


@pytest.mark.parametrize("value", [0, -1, 1.5, "many"])
def test_a_limit_that_is_none_is_refused_by_its_name(table: Table, clock: Clock, value: object) -> None:
    admin = TenantLimitsAdmin(table)
    admin.set("acme", TenantLimits(queued=1), now=clock())
    table.update(Update(key=keys.tenant_limits("acme"), changes={"queued": value}))  # type: ignore[dict-item]
    with pytest.raises(UnreadableItemError, match="queued"):
        admin.of("acme")
    told: list[UnreadableItemError] = []
    assert list(admin.all(told.append)) == []
    assert len(told) == 1
