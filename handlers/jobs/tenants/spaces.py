"""The test space of a tenant, which test keys open: short, small, marked videos that stay for a day.

It is a tenant of its own, `test--<tenant>`, wherever a tenant is stored or counted. So renders, assets,
templates, idempotency keys, queues, rates, webhook secrets and usage are apart, and no query has to tell them
apart.
"""

from collections.abc import Iterator
from typing import Final

from handlers.jobs.composition import length
from handlers.jobs.ids import tenant_name
from handlers.jobs.json_schema.values import Finding, Json

PREFIX: Final = "test--"
LONGEST_S: Final = 10
LARGEST_SIDE: Final = 640
RETENTION_DAYS: Final = 1
"""Of renders; the buckets' rules remove files whose names begin so."""
SHARE: Final = 4
"""A test space has one part in so many of a tenant's limits."""
WATERMARK: Final = "TEST"
"""Laid over the whole video by the engine, so that nothing in a composition hides it."""


def space_of(tenant: str) -> str:
    """The test space of a tenant.

    Raises:
        ValueError: The tenant's name cannot be used, or is too long for a test space.
    """
    return tenant_name(PREFIX + tenant_name(tenant))


def is_test(tenant: str) -> bool:
    """Whether a tenant is a test space."""
    return tenant.startswith(PREFIX)


def findings(composition: Json) -> Iterator[Finding]:
    """What a test key may not have made of a checked composition; pointers into it."""
    given = composition if isinstance(composition, dict) else {}
    for name in ("width", "height"):
        size = given.get(name)
        if isinstance(size, int | float) and size > LARGEST_SIDE:
            yield Finding(
                pointer=f"/{name}", detail=f"is {size:g}; the maximum with a test key is {LARGEST_SIDE}"
            )
    seconds = length(composition).seconds
    if seconds > LONGEST_S:
        yield Finding(
            pointer="/scenes", detail=f"make {seconds:g} s; the maximum with a test key is {LONGEST_S} s"
        )
