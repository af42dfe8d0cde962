"""Judges what became of renders on a local stack, by its table, its API, its files and a receiver."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from handlers.jobs.model import Job, JobEvent
from handlers.jobs.states import TERMINAL, JobState
from tests.handlers.life.chaos.judging import (
    Played,
    answered_differently,
    ends,
    lost,
    too_few,
    webhook_id,
    webhooks_wrong,
    wrong,
)

ATTEMPTS = 3
"""Setting `attempt_limit` of the local stack."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was seen of a stack."""

    accepted: Sequence[str]
    jobs: Mapping[str, Job]
    """By the table."""
    shown: Mapping[str, str]
    """The state of each render by the API."""
    events: Mapping[str, Sequence[JobEvent]]
    witnessed: Mapping[str, int]
    """How often the stream said that each render has ended."""
    posted: Mapping[str, Collection[str]]
    """The bodies of webhooks by id."""
    videos: Mapping[str, Collection[str]]
    """The ETags of each file's versions: equal bytes, as of an SDK's second request, are one content."""
    letters: Collection[str]
    """The renders that have a dead letter."""
    usage: Mapping[str, Counter[str]]
    """How many renders of each tenant have ended how, as the API counts them."""
    answers: Mapping[str, Collection[tuple[str, ...]]] = field(default_factory=dict)
    """The renders that each idempotency key stood for, by every answer to it."""

    def with_letters(self, letters: Collection[str]) -> "Facts":
        """The same, with the letters of all looks: each hides them from the next."""
        return replace(self, letters=letters)

    @property
    def webhooks_wrong(self) -> list[str]:
        """What customers were not told, or otherwise than once: each render names the same address."""
        owed = {webhook_id(job) for job in self.jobs.values() if job.state.terminal}
        return webhooks_wrong(self.posted, owed=owed, allowed=owed)

    @property
    def at_rest(self) -> bool:
        """Whether all has ended and has been told."""
        ended = not lost(self.accepted, self.jobs)
        counted = sum(sum(counts.values()) for counts in self.usage.values())
        return ended and counted >= len(self.jobs) and not self.webhooks_wrong


def judged(facts: Facts, told: Played, renders: int) -> Played:
    """What was played to have so many renders, with what must not have happened."""
    jobs = facts.jobs
    return replace(
        told,
        accepted=list(facts.accepted),
        states=Counter(job.state for job in jobs.values()),
        webhooks=len(facts.posted),
        lost=lost(facts.accepted, jobs),
        published_twice=[
            one for one, job in jobs.items() if ends(job, facts.events[one], facts.witnessed.get(one, 0)) > 1
        ],
        webhooks_wrong=facts.webhooks_wrong,
        mistakes=[*too_few(facts.accepted, renders), *told.mistakes, *_mistakes(facts)],
    )


def _mistakes(facts: Facts) -> Iterator[str]:
    yield from answered_differently(facts.answers)
    yield from (f"{one} was never accepted" for one in facts.jobs.keys() - set(facts.accepted))
    yield from (f"{key} has {len(all_)} contents" for key, all_ in facts.videos.items() if len(all_) > 1)
    for job in facts.jobs.values():
        yield from wrong(job, facts.videos, facts.letters, ATTEMPTS)
        if facts.shown.get(job.id) != job.state:
            yield f"{job.id} is {job.state}, and the API shows {facts.shown.get(job.id)}"
        if job.state.terminal and not facts.witnessed.get(job.id):
            yield f"{job.id} is {job.state}, and the stream has not told that it ended"
    for tenant, counts in facts.usage.items():
        for state in sorted(TERMINAL):
            yield from _miscounted(facts, tenant, state, counts[state])


def _miscounted(facts: Facts, tenant: str, state: JobState, counted: int) -> Iterator[str]:
    ended = sum(job.tenant == tenant and job.state is state for job in facts.jobs.values())
    if ended != counted:
        yield f"{tenant} has {ended} renders that {state}, and {counted} are counted"
