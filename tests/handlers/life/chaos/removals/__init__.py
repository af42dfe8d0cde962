"""The protections of the job protocol, each with how a test removes it, so that `make chaos` must notice.

The fence of a move is doubled, and is removed as a whole: the number of its event, which must be new, holds
what state and attempt do. Four are missing, as the play does not notice them in forty seeds or notices
them too rarely: that a lease stays which was renewed after the sweeper had listed it, or while it wrote, that
two requests write each render of a batch once, and that a deleted render is erased once more.
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
