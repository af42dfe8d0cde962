"""A tenant with a rate of its own has that, also with a key that is refused before it is looked up."""

import pytest

from handlers.job_server.edge.rates import READS, WRITES, TokenBuckets, rates_of
from tests.handlers.conftest import Clock


def test_a_rate_is_for_writes_and_five_times_as_much_for_reads() -> None:
    rates = rates_of(3)
    assert (rates["writes"].quota, rates["reads"].quota) == (180, 900)
    assert rates["writes"].window_seconds == rates["reads"].window_seconds == 60
    assert rates_of(None) == {}
    assert rates.keys() == {WRITES.name, READS.name}


def test_one_tenant_has_its_own_rate_and_others_the_stacks(clock: Clock) -> None:
    buckets, own = TokenBuckets(WRITES, clock), rates_of(1)["writes"]
    taken = [buckets.take("acme", "k", rate=own).wait_seconds == 0 for _ in range(60)]
    assert taken.count(True) == 48, "four fifths of 60, with one key"
    refused = buckets.take("acme", "k", rate=own)
    assert refused.headers["RateLimit-Policy"] == '"writes";q=60;w=60'
    assert refused.wait_seconds == pytest.approx(60 / 48)
    assert buckets.take("zenith", "z").headers["RateLimit-Policy"] == '"writes";q=600;w=60'
    clock.forward(60 / 48)
    assert buckets.take("acme", "k", rate=own).wait_seconds == 0


def test_who_has_spent_its_own_rate_hears_so_before_anybody_is_asked(clock: Clock) -> None:
    buckets, own = TokenBuckets(WRITES, clock), rates_of(1)["writes"]
    while buckets.take("acme", "k", rate=own).wait_seconds == 0:
        pass
    spent = buckets.spent("k")
    assert spent
    assert spent.rate == own
    assert buckets.owner("k") == "acme"


def test_a_rate_that_was_lowered_holds_from_the_next_request_on(clock: Clock) -> None:
    buckets, own = TokenBuckets(WRITES, clock), rates_of(1)["writes"]
    buckets.take("acme", "k")
    assert buckets.take("acme", "k", rate=own).left <= 48
