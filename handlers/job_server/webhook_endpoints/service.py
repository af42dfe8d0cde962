"""What customers do with their webhook endpoints, without HTTP.

A secret is stored before the endpoint says that it has it. So whatever ends a request in between, the next
one with the same idempotency key finds that secret and goes on.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Final, Protocol

from handlers.job_server.renders.callers import Caller
from handlers.job_server.renders.refusals import KeyReusedError, NotFoundError
from handlers.job_server.webhook_endpoints.requests import EndpointChange, EndpointRequest
from handlers.jobs.errors import TryAgainLater
from handlers.jobs.ids import have_one_key, new_endpoint_id
from handlers.jobs.store.customers.webhook_endpoints import (
    MOST_ENDPOINTS,
    OVERLAP_SECONDS,
    DisabledReason,
    Endpoints,
    WebhookEndpoint,
    endpoint_of,
)

REPLAY_SECONDS: Final = 86_400
"""How long a repeated request is answered as the first was, secret included."""


class EndpointStore(Protocol):
    """The endpoints in the table."""

    def of(self, tenant: str) -> Endpoints:
        """The tenant's endpoints."""

    def generation(self, tenant: str) -> int:
        """A number that has grown whenever the tenant's endpoints have changed."""

    def change(self, tenant: str, edit: Callable[[Endpoints], Endpoints]) -> Endpoints:
        """Change the tenant's endpoints."""

    def delete(self, tenant: str, endpoint_id: str) -> int | None:
        """Remove an endpoint; the number of its newest secret, also if it is removed already."""


class EndpointSecrets(Protocol):
    """The secrets of endpoints."""

    def create(self, tenant: str, endpoint: str, number: int) -> str:
        """The endpoint's n-th secret, made now unless it was made before."""

    def forget(self, tenant: str, endpoint: str, numbers: Sequence[int]) -> None:
        """Remove secrets."""


class NoEndpointError(NotFoundError):
    """The caller has no such endpoint."""

    what = "webhook endpoint"


class TooManyEndpointsError(Exception):
    """The caller has as many endpoints as it may."""


class RotationUnderWayError(Exception):
    """The secret before the newest still signs, until `ends_at`."""

    def __init__(self, ends_at: float) -> None:
        super().__init__(ends_at)
        self.ends_at = ends_at


@dataclass(frozen=True, kw_only=True)
class WithSecret:
    """An endpoint and its newest secret; `replayed` when an earlier request had the same effect."""

    endpoint: WebhookEndpoint
    secret: str
    replayed: bool


class EndpointService:
    """The webhook endpoints of all callers."""

    def __init__(
        self,
        *,
        store: EndpointStore,
        secrets: EndpointSecrets,
        clock: Callable[[], float],
    ) -> None:
        self._store, self._secrets, self._clock = store, secrets, clock

    def create(self, caller: Caller, wanted: EndpointRequest, *, key: str | None) -> WithSecret:
        """Add an endpoint, once for each idempotency key.

        Raises:
            KeyReusedError: the key stands for another endpoint, or for one of more than a day ago.
            TooManyEndpointsError: there is no room for another one.
        """
        now, generation = round(self._clock(), 3), self._store.generation(caller.tenant)
        new = WebhookEndpoint(
            id=new_endpoint_id(now, key and f"{caller.tenant}#{key}", generation=generation),
            url=wanted.url,
            events=wanted.events,
            created_at=now,
            updated_at=now,
            disabled_at=None if wanted.enabled else now,
            disabled_reason=None if wanted.enabled else DisabledReason.REQUESTED,
            made_by=_digest(repr(wanted)) if key else None,
        )
        if earlier := _with_room(self._store.of(caller.tenant), new):
            return self._made_before(caller, earlier)
        secret = self._secrets.create(caller.tenant, new.id, 1)
        try:
            after = self._store.change(caller.tenant, lambda found: _added(found, new))
        except (KeyReusedError, TooManyEndpointsError):
            # Somebody else was faster; one with the same key may have made it under the same id.
            if endpoint_of(self._store.of(caller.tenant), new.id) is None:
                self._secrets.forget(caller.tenant, new.id, [1])
            raise
        made = _of_one_key(after, new) or new
        if made.id != new.id:
            self._secrets.forget(caller.tenant, new.id, [1])
        if made.id != new.id or made.created_at != now:
            return self._made_before(caller, made)
        return WithSecret(endpoint=made, secret=secret, replayed=False)

    def _made_before(self, caller: Caller, earlier: WebhookEndpoint) -> WithSecret:
        """The answer to a repeated request.

        Raises:
            TryAgainLater: the endpoint is deleted in this moment.
        """
        secret = self._secrets.create(caller.tenant, earlier.id, earlier.secret)
        if endpoint_of(self._store.of(caller.tenant), earlier.id) is None:
            self._secrets.forget(caller.tenant, earlier.id, [earlier.secret])
            raise TryAgainLater(f"{earlier.id} was deleted meanwhile")
        return WithSecret(endpoint=earlier, secret=secret, replayed=True)

    def all(self, caller: Caller) -> Endpoints:
        """The caller's endpoints, the oldest first."""
        return self._store.of(caller.tenant)

    def get(self, caller: Caller, endpoint_id: str) -> WebhookEndpoint:
        """One of the caller's endpoints.

        Raises:
            NoEndpointError: there is none.
        """
        return _found(self._store.of(caller.tenant), endpoint_id)

    def change(self, caller: Caller, endpoint_id: str, change: EndpointChange) -> WebhookEndpoint:
        """Change what the request names; enabling it forgets the deliveries that were given up.

        Raises:
            NoEndpointError: there is none.
        """
        now = round(self._clock(), 3)
        return self._edit(caller, endpoint_id, lambda one: _changed(one, change, now))

    def delete(self, caller: Caller, endpoint_id: str) -> None:
        """Remove an endpoint and its secrets, now or before; what is on its way to it is not sent any more.

        Raises:
            NoEndpointError: there is none.
        """
        # First: an endpoint without secrets fails its deliveries; secrets without an endpoint are never read.
        newest = self._store.delete(caller.tenant, endpoint_id)
        if newest is None:
            raise NoEndpointError(endpoint_id)
        # One more than it says, which a rotation may have left.
        self._secrets.forget(caller.tenant, endpoint_id, [newest - 1, newest, newest + 1])

    def rotate(self, caller: Caller, endpoint_id: str, *, key: str | None) -> WithSecret:
        """Give an endpoint a new secret, once for each idempotency key; the one before signs for a day.

        Raises:
            NoEndpointError: there is none.
            RotationUnderWayError: two secrets sign already.
        """
        now, by = round(self._clock(), 3), _digest(key or token_hex())
        one = self.get(caller, endpoint_id)
        if one.overlap_ends_at is not None and now < one.overlap_ends_at:
            if one.rotated_by != by:
                raise RotationUnderWayError(one.overlap_ends_at)
            return self._made_before(caller, one)
        number = one.secret + 1
        secret = self._secrets.create(caller.tenant, one.id, number)
        try:
            rotated = self._edit(caller, endpoint_id, lambda each: _rotated(each, number, by=by, now=now))
        except NoEndpointError:
            self._secrets.forget(caller.tenant, one.id, [number])
            raise
        if one.secret > 1:
            self._secrets.forget(caller.tenant, one.id, [one.secret - 1])
        return WithSecret(endpoint=rotated, secret=secret, replayed=False)

    def _edit(
        self, caller: Caller, endpoint_id: str, edit: Callable[[WebhookEndpoint], WebhookEndpoint]
    ) -> WebhookEndpoint:
        def edit_all(found: Endpoints) -> Endpoints:
            _found(found, endpoint_id)
            return tuple(edit(one) if one.id == endpoint_id else one for one in found)

        return _found(self._store.change(caller.tenant, edit_all), endpoint_id)


def _found(endpoints: Endpoints, endpoint_id: str) -> WebhookEndpoint:
    one = endpoint_of(endpoints, endpoint_id)
    if one is None:
        raise NoEndpointError(endpoint_id)
    return one


def _of_one_key(endpoints: Endpoints, new: WebhookEndpoint) -> WebhookEndpoint | None:
    """The endpoint that there is for the idempotency key of a new one."""
    return next((one for one in endpoints if have_one_key(one.id, new.id)), None)


def _with_room(endpoints: Endpoints, new: WebhookEndpoint) -> WebhookEndpoint | None:
    """The endpoint that an earlier request made; None when there is room for a new one."""
    earlier = _of_one_key(endpoints, new)
    if earlier and earlier.made_by != new.made_by:
        raise KeyReusedError(NoEndpointError.what)
    if earlier and new.created_at - earlier.created_at > REPLAY_SECONDS:
        raise KeyReusedError(NoEndpointError.what, why=f"made {earlier.id} more than a day ago")
    if earlier is None and len(endpoints) >= MOST_ENDPOINTS:
        raise TooManyEndpointsError(MOST_ENDPOINTS)
    return earlier


def _added(endpoints: Endpoints, new: WebhookEndpoint) -> Endpoints:
    return endpoints if _with_room(endpoints, new) else (*endpoints, new)


def _changed(one: WebhookEndpoint, change: EndpointChange, now: float) -> WebhookEndpoint:
    after = replace(
        one,
        url=one.url if change.url is None else change.url,
        events=one.events if change.events is None else change.events,
    )
    if change.enabled is True:
        after = replace(after, disabled_at=None, disabled_reason=None, exhausted=0)
    if change.enabled is False and one.enabled:
        after = replace(after, disabled_at=now, disabled_reason=DisabledReason.REQUESTED)
    return one if after == one else replace(after, updated_at=now)


def _rotated(one: WebhookEndpoint, number: int, *, by: str, now: float) -> WebhookEndpoint:
    if one.secret == number and one.rotated_by == by:
        return one  # by the same request, whose answer was lost or is on its way
    if one.secret >= number:
        raise RotationUnderWayError(one.overlap_ends_at or now)
    return replace(one, secret=number, overlap_ends_at=now + OVERLAP_SECONDS, rotated_by=by, updated_at=now)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
