"""What a request costs its tenant and its key, and the refusal of whoever cannot pay."""

import math
from dataclasses import replace
from typing import Final, NoReturn

from fastapi.security.utils import get_authorization_scheme_param
from starlette.requests import Request

from handlers.job_server import problems
from handlers.job_server.edge.admission import Capacity
from handlers.job_server.edge.rates import Balance, Rate, TokenBuckets, rates_of
from handlers.job_server.problems import Problem
from handlers.job_server.schemas.inclusion import PARAMETER
from handlers.jobs.store.api_keys import KeyOwner, digest
from handlers.jobs.store.customers.batches import MOST_ITEMS
from handlers.jobs.store.customers.listing import LOOKED_AT
from handlers.jobs.tenants import spaces

LIST_PATH: Final = "/v1/renders"
BATCH_PATH: Final = "/v1/batches/"
RENDERS_OF_A_READ: Final = 50
"""A list counts as one read for so many renders that it may look at."""
SKIPPING: Final = ("state", "template")
"""Filters of a list that looks at renders which it does not show."""
COST_OF_SKIPPING: Final = LOOKED_AT // RENDERS_OF_A_READ
COST_OF_PARTS: Final = 5
"""A composition may have 1 MiB, which takes some 20 ms of the processor."""
LONGEST_LIMIT: Final = 3
LARGEST_LIST: Final = 100
ASSETS_OF_A_WRITE: Final = 20
"""A submission counts as a further write for each of these: each asset is a call to S3."""


class Spending:
    """The buckets of all tenants and keys."""

    def __init__(self, capacity: Capacity) -> None:
        self._writes, self._reads, self._uploads = map(
            TokenBuckets, (capacity.writes, capacity.reads_of_tenant, capacity.uploads)
        )
        self._redeliveries, self._endpoint_changes = map(
            TokenBuckets, (capacity.redeliveries, capacity.endpoint_changes)
        )

    def tenant_of(self, request: Request) -> str | None:
        """Whose key it is, if it was used before, without asking anybody.

        Raises:
            Problem: the key has nothing left for this request.
        """
        request.state.key = key = digest(token(request))
        request.state.tenant = self._writes.owner(key) or self._reads.owner(key)
        if request.state.tenant and (balance := self._bucket(request).spent(key)):
            _refuse(request, balance)
        tenant: str | None = request.state.tenant
        return tenant

    def enter(self, request: Request, owner: KeyOwner) -> None:
        """Note whose request it is, and take its cost.

        Raises:
            Problem: there is not enough left.
        """
        request.state.tenant = request.state.slot.tenant = owner.tenant
        request.state.rates = {**self._rates_of_space(owner.tenant), **rates_of(owner.limits.per_second)}
        _spend(request, self._bucket(request), cost(request))

    def _rates_of_space(self, tenant: str) -> dict[str, Rate]:
        if not spaces.is_test(tenant):
            return {}
        rates = (buckets.rate for buckets in (self._writes, self._reads, self._uploads))
        return {one.name: replace(one, quota=one.quota / spaces.SHARE) for one in rates}

    def most_writes(self, request: Request) -> int:
        """How many writes the key can ever pay at once."""
        rate: Rate = request.state.rates.get(self._writes.rate.name, self._writes.rate)
        return int(rate.of_a_key)

    def write(self, request: Request, writes: int) -> None:
        """Take the cost of further writes.

        Raises:
            Problem: there is not enough left.
        """
        _spend(request, self._writes, writes)

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
        _spend(request, self._uploads, size)

    def redelivery(self, request: Request) -> None:
        """Take one delivery that is asked for.

        Raises:
            Problem: there is not enough left.
        """
        _spend(request, self._redeliveries, 1)

    def endpoint_change(self, request: Request) -> None:
        """Take one change of webhook endpoints that makes or removes secrets.

        Raises:
            Problem: there is not enough left.
        """
        _spend(request, self._endpoint_changes, 1)

    def _bucket(self, request: Request) -> TokenBuckets:
        return self._reads if request.method == "GET" else self._writes


def token(request: Request) -> str:
    """The API key that a request seems to have; empty without one."""
    scheme, given = get_authorization_scheme_param(request.headers.get("authorization"))
    return given if scheme.lower() == "bearer" else ""


def cost(request: Request) -> int:
    """In requests: lists and batches count by the renders that they may read, a look by its parts."""
    if request.method == "GET" and request.scope["path"].startswith(BATCH_PATH):
        return MOST_ITEMS // RENDERS_OF_A_READ
    if request.method != "GET":
        return 1
    if request.scope["path"] != LIST_PATH:
        return COST_OF_PARTS if PARAMETER in request.query_params else 1
    if any(name in request.query_params for name in SKIPPING):
        return COST_OF_SKIPPING
    limit = request.query_params.get("limit", "1")
    # The framework takes other spellings of a number too, such as +100 and 0100.
    renders = int(limit) if limit.isdecimal() and len(limit) <= LONGEST_LIMIT else LARGEST_LIST
    return max(1, renders // RENDERS_OF_A_READ)


def _spend(request: Request, buckets: TokenBuckets, cost: float) -> None:
    """Take a cost from the tenant's and the key's bucket; the answer says what is left."""
    rate = request.state.rates.get(buckets.rate.name)
    balance = buckets.take(request.state.tenant, request.state.key, cost, rate)
    if balance.wait_seconds:
        _refuse(request, balance)
    _say(request, balance)


def _say(request: Request, balance: Balance) -> None:
    for name, value in balance.headers.items():
        setattr(request.state, name, value)


def _refuse(request: Request, balance: Balance) -> NoReturn:
    _say(request, balance)
    rate = balance.rate
    shared = f", and {rate.share_of_a_key:.0%} of them with one key" if rate.share_of_a_key < 1 else ""
    raise Problem(
        kind=problems.RATE_EXCEEDED,
        detail=f"You may spend {rate.quota:.0f} {rate.name} in {rate.window_seconds:.0f} s{shared}; "
        "wait as Retry-After says.",
        headers={"Retry-After": str(math.ceil(balance.wait_seconds))},
    )
