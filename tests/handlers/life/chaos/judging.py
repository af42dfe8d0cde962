"""What must not have happened to renders that were accepted, whatever went wrong."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from handlers.jobs.model import Job, JobEvent
from handlers.jobs.states import TERMINAL, TRANSITIONS, JobState
from handlers.jobs.transitions import attempts_spent


@dataclass
class Played:
    """What was accepted, and what became of it."""

    seed: int
    accepted: list[str] = field(default_factory=list)
    batches: int = 0
    asked_again: int = 0
    states: Mapping[JobState, int] = field(default_factory=dict)
    faults: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""
    webhooks: int = 0
    lost: list[str] = field(default_factory=list)
    published_twice: list[str] = field(default_factory=list)
    webhooks_wrong: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        """Every invariant that does not hold, with the render that shows it."""
        return [
            *(f"lost: {one}" for one in self.lost),
            *(f"published twice: {one}" for one in self.published_twice),
            *(f"webhook: {one}" for one in self.webhooks_wrong),
            *self.mistakes,
        ]


def lost(accepted: Iterable[str], jobs: Mapping[str, Job]) -> list[str]:
    """The renders that were accepted and have not ended."""
    return [one for one in accepted if one not in jobs or not jobs[one].state.terminal]


def too_few(accepted: Collection[str], renders: int) -> Iterator[str]:
    """Says when fewer renders were accepted than were to be submitted: about the others nothing is shown."""
    if (found := len(set(accepted))) < renders:
        yield f"{found} of {renders} renders were accepted in time"


def ends(job: Job, events: Iterable[JobEvent], seen: int) -> int:
    """How often a job has ended, by its history, which must lead to where it is, or as a witness has seen."""
    state, found = None, 0
    for event in events:
        if (state, event.kind) not in TRANSITIONS:
            return 2
        state = TRANSITIONS[state, event.kind]
        found += state in TERMINAL
    return max(found, seen) if state is job.state else 2


def webhook_id(job: Job) -> str:
    """The id of the webhook about a job's end to the address that its submission named."""
    return f"msg_{job.id}_{job.attempt}"


def webhooks_wrong(
    posted: Mapping[str, Collection[str]], *, owed: Collection[str], allowed: Collection[str]
) -> list[str]:
    """Webhooks that are missing, that tell of no end, or of several bodies; `posted` has the bodies by id."""
    return [
        *(f"{one} was not sent" for one in sorted(set(owed) - posted.keys())),
        *(f"{one} is about no end" for one in sorted(posted.keys() - set(allowed))),
        *(f"{one} had {len(bodies)} bodies" for one, bodies in posted.items() if len(bodies) > 1),
    ]


def answered_differently(answers: Mapping[str, Collection[tuple[str, ...]]]) -> list[str]:
    """Idempotency keys that stood for different renders; `answers` has all answers by key."""
    return [f"key {key} got {len(all_)} answers" for key, all_ in answers.items() if len(all_) > 1]


def wrong(job: Job, stored: Collection[str], letters: Collection[str], limit: int) -> Iterator[str]:
    """What is missing of a job that has ended: its video among the files, its dead letter, its attempts."""
    if job.state is JobState.SUCCEEDED and job.output_key not in stored:
        yield f"{job.id} has no video"
    if job.state is JobState.FAILED and job.id not in letters:
        yield f"{job.id} has no dead letter"
    if job.state is JobState.FAILED and attempts_spent(job) < limit:
        yield f"{job.id} failed at attempt {attempts_spent(job)} of {limit}"
