"""Waits for what ends by itself: a render, a batch."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from clipit_client.errors import ClipItError
from clipit_client.steps import Call, paused

POLL_S: Final = 2.0
"""Seconds between two looks at what is waited for, where the API does not ask for more."""
LONGEST_OUTAGE_S: Final = 60.0
"""How long a wait keeps asking an API that answered before and has stopped answering."""


class Ending(Protocol):
    """What says of itself whether it has ended."""

    @property
    def ended(self) -> bool:
        """Whether it has."""

    @property
    def poll_after_s(self) -> int | None:
        """Seconds until the next look, as the API asks; None when it does not say."""


Awaited = TypeVar("Awaited", bound=Ending)


def unseen(_: object) -> None:
    """What a wait tells of each look, unless the caller wants to see it."""


def until_ended(
    look: Callable[[], Call[Awaited]],
    *,
    timeout_s: float,
    poll_s: float,
    seen: Callable[[Awaited], None],
    late: Callable[[Awaited, float], ClipItError],
) -> Call[Awaited]:
    """Look until it has ended, and for as long as the API does not answer for more than `LONGEST_OUTAGE_S`.

    Two looks are `poll_s` apart, or `poll_after_s` of what was seen where that is more.

    Raises:
        ClipItError: As `late` makes it, when it has not ended within the time; or what a look ended with.
    """
    begun = answered = yield from paused(0)
    found: Awaited | None = None
    while True:
        try:
            found = yield from look()
        except ClipItError as error:
            now = yield from paused(0)
            if found is None or not error.retryable or now - answered > LONGEST_OUTAGE_S:
                raise
        else:
            seen(found)
            if found.ended:
                return found
            answered = now = yield from paused(0)
        left = timeout_s - (now - begun)
        if not left > 0:  # nor if it is no number
            raise late(found, timeout_s)
        asked = (found.poll_after_s or 0) if found else 0
        yield from paused(min(max(poll_s, asked), left))
