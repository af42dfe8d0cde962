"""What a request costs its tenant and its key, and the refusal of whoever cannot pay."""

import math
from dataclasses import dataclass, replace
from typing import Final, NoReturn

from fastapi.security.utils import get_authorization_scheme_param
from starlette.requests import Request

from handlers.job_server import problems
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.edge.rates import SHARE_OF_A_KEY, Balance, TokenBuckets
from handlers.job_server.problems import Problem
from handlers.jobs.spaces import SHARE
from handlers.jobs.store.api_keys import TEST_PREFIX, digest
from handlers.jobs.store.customers.listing import LOOKED_AT

LIST_PATH: Final = "/v1/renders"
RENDERS_OF_A_READ: Final = 50
"""A list counts as one read for so many renders that it may look at."""
SKIPPING: Final = ("state", "template")
"""Filters of a list that looks at renders which it does not show."""
COST_OF_SKIPPING: Final = LOOKED_AT // RENDERS_OF_A_READ
LONGEST_LIMIT: Final = 3
LARGEST_LIST: Final = 100
ASSETS_OF_A_WRITE: Final = 20
"""A submission counts as a further write for each of these: each asset is a call to S3."""


@dataclass(frozen=True)
class _Buckets:
    writes: TokenBuckets
    reads: TokenBuckets
    uploads: TokenBuckets


class Spending:
    """The buckets of all tenants and keys."""

    def __init__(self, capacity: Capacity) -> None:
        rates = (capacity.writes, capacity.reads_of_tenant, capacity.uploads)
        self._usual = _Buckets(*map(TokenBuckets, rates))
        self._of_tests = _Buckets(*(TokenBuckets(replace(one, quota=one.quota / SHARE)) for one in rates))

    def tenant_of(self, request: Request) -> str | None:
        """Whose key it is, if it was used before, without asking anybody.

        Raises:
            Problem: the key has nothing left for this request.
        """
        key = digest(token(request))
        buckets = self._buckets(request)
        request.state.tenant = buckets.writes.owner(key) or buckets.reads.owner(key)
        if request.state.tenant and (balance := self._bucket(request).spent(key)):
            _refuse(request, balance)
        tenant: str | None = request.state.tenant
        return tenant

    def enter(self, request: Request, tenant: str) -> None:
        """Note whose request it is, and take its cost.

        Raises:
            Problem: there is not enough left.
        """
        request.state.tenant = request.state.slot.tenant = tenant
        _spend(request, self._bucket(request), cost(request))

    def write(self, request: Request, writes: int) -> None:
        """Take the cost of further writes.

        Raises:
            Problem: there is not enough left.
        """
        _spend(request, self._buckets(request).writes, writes)

    def look_ups(self, request: Request, assets: int) -> None:
        """Take the cost of looking up a submission's assets.

        Raises:
            Problem: there is not enough left.
        """
        if beyond := assets // ASSETS_OF_A_WRITE:
            self.write(request, beyond)

    def upload(self, request: Request, size: int) -> None:
        """Take the bytes of an announced file.

        Raises:
            Problem: there is not enough left.
        """
        _spend(request, self._buckets(request).uploads, size)

    def _bucket(self, request: Request) -> TokenBuckets:
        buckets = self._buckets(request)
        return buckets.reads if request.method == "GET" else buckets.writes

    def _buckets(self, request: Request) -> "_Buckets":
        """Those of test keys are smaller; a key that is none has been refused before anything is taken."""
        return self._of_tests if token(request).startswith(TEST_PREFIX) else self._usual


def token(request: Request) -> str:
    """The API key that a request seems to have."""
    return get_authorization_scheme_param(request.headers.get("authorization"))[1]


def cost(request: Request) -> int:
    """In requests: a list counts by the renders that it may look at, all others count once."""
    if request.method != "GET" or request.scope["path"] != LIST_PATH:
        return 1
    if any(name in request.query_params for name in SKIPPING):
        return COST_OF_SKIPPING
    limit = request.query_params.get("limit", "1")
    # The framework takes other spellings of a number too, such as +100 and 0100.
    renders = int(limit) if limit.isdecimal() and len(limit) <= LONGEST_LIMIT else LARGEST_LIST
    return max(1, renders // RENDERS_OF_A_READ)


def _spend(request: Request, buckets: TokenBuckets, cost: float) -> None:
    """Take a cost from the tenant's and the key's bucket; the answer says what is left."""
    balance = buckets.take(request.state.tenant, digest(token(request)), cost)
    if balance.wait_seconds:
        _refuse(request, balance)
    _say(request, balance)


def _say(request: Request, balance: Balance) -> None:
    for name, value in balance.headers.items():
        setattr(request.state, name, value)


def _refuse(request: Request, balance: Balance) -> NoReturn:
    _say(request, balance)
    rate = balance.rate
    raise Problem(
        kind=problems.RATE_EXCEEDED,
        detail=f"You may spend {rate.quota:.0f} {rate.name} in {rate.window_seconds:.0f} s, "
        f"and {SHARE_OF_A_KEY:.0%} of them with one key; wait as Retry-After says.",
        headers={"Retry-After": str(math.ceil(balance.wait_seconds))},
    )
