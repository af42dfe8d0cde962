"""The protections of the job protocol, each with how a test removes it, so that `make chaos` must notice.

Some are doubled, and are removed together: the number of a move's event, which must be new, holds what the
state and the attempt in its fence do, and what the place in a batch does.
"""

from typing import Final

from tests.handlers.life.chaos.removals import attempts, repairs, submissions, webhooks
from tests.handlers.life.chaos.removals.removing import Removal

REMOVALS: Final[tuple[Removal, ...]] = (
    *attempts.REMOVALS,
    *submissions.REMOVALS,
    *repairs.REMOVALS,
    *webhooks.REMOVALS,
)
