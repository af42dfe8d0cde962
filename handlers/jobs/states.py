"""The states of a job, its events, and the one table of transitions between states.

To add a state or an event, add it to the enum and to `TRANSITIONS` here, and its transition to
handlers/jobs/transitions.py. `make check` then names each `match` that misses it (store/items.py), and
`pytest tests/contracts/test_states.py tests/contracts/test_openapi.py` each copy:
components/naming/job_states.py, handlers/job_server/schemas/webhook.py, the diagram in docs/architecture.md,
and the table in docs/api.md. Then `make openapi`, with an example in handlers/job_server/schemas/examples.py.
Who compares states with `is`, such as store/failed_jobs.py, is found by a grep for `JobState.`. If the scaler
has to wake for it, change components/scaler.py and handlers/scaler/stream.py. Agents of the previous release
read the table too:
docs/how-to/change-what-is-stored.md.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class JobState(StrEnum):
    """The state of a job; customers see these words."""

    QUEUED = "queued"
    RENDERING = "rendering"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """The job has ended; only an operator can queue a failed one again."""
        return self in TERMINAL


class EventKind(StrEnum):
    """What can happen to a job; each event is of one kind."""

    SUBMITTED = "submitted"
    SENT_AGAIN = "sent_again"
    CLAIMED = "claimed"
    ATTEMPT_FAILED = "attempt_failed"
    INTERRUPTED = "interrupted"
    LEASE_LOST = "lease_lost"
    CANCEL_REQUESTED = "cancel_requested"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REDRIVEN = "redriven"


TERMINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})

TRANSITIONS: Mapping[tuple[JobState | None, EventKind], JobState] = MappingProxyType(
    {
        (None, EventKind.SUBMITTED): JobState.QUEUED,
        (JobState.QUEUED, EventKind.SENT_AGAIN): JobState.QUEUED,
        (JobState.QUEUED, EventKind.CLAIMED): JobState.RENDERING,
        (JobState.QUEUED, EventKind.CANCELLED): JobState.CANCELLED,
        (JobState.QUEUED, EventKind.FAILED): JobState.FAILED,
        (JobState.RENDERING, EventKind.ATTEMPT_FAILED): JobState.QUEUED,
        (JobState.RENDERING, EventKind.INTERRUPTED): JobState.QUEUED,
        (JobState.RENDERING, EventKind.LEASE_LOST): JobState.QUEUED,
        (JobState.RENDERING, EventKind.CANCEL_REQUESTED): JobState.RENDERING,
        (JobState.RENDERING, EventKind.SUCCEEDED): JobState.SUCCEEDED,
        (JobState.RENDERING, EventKind.FAILED): JobState.FAILED,
        (JobState.RENDERING, EventKind.CANCELLED): JobState.CANCELLED,
        (JobState.FAILED, EventKind.REDRIVEN): JobState.QUEUED,
    }
)


class TransitionRefusedError(ValueError):
    """The event is not allowed in this state: a mistake of the caller, not a race."""


def state_after(state: JobState | None, kind: EventKind) -> JobState:
    """Return the state after an event; `None` stands for a job that does not exist yet.

    Raises:
        TransitionRefusedError: The table has no such transition.
    """
    following = TRANSITIONS.get((state, kind))
    if following is None:
        now = state.value if state else "not submitted"
        allowed = sorted(known.value for before, known in TRANSITIONS if before is state)
        raise TransitionRefusedError(
            f"{kind.value!r} cannot happen to a job that is {now!r}; only {', '.join(allowed) or 'nothing'}."
        )
    return following
