"""What is read of a fleet's queue."""

from cli.console.reading.facts import CALLS_A_FLEET, facts_of
from cli.fleet.waiting import MOST_QUEUED
from tests.cli.console.stack import StackAws, waiting
from tests.cli.trace.story import PLACE


def test_of_a_queue_that_is_too_long_the_oldest_render_without_a_message_is_seen() -> None:
    sent = tuple(waiting(n, 60) for n in range(MOST_QUEUED + 1))
    aws = StackAws(queued=sent, unsent=(waiting(99_999, 3600),))
    facts = facts_of("cpu", PLACE, aws)
    assert facts.waiting[0].render.endswith("99999")
    assert facts.more
    assert len(aws.made) == CALLS_A_FLEET + 1


def test_a_queue_that_is_read_whole_is_read_in_one_call() -> None:
    aws = StackAws(queued=tuple(waiting(n, 60 + n) for n in range(200)), unsent=(waiting(99_999, 3600),))
    facts = facts_of("cpu", PLACE, aws)
    assert [len(facts.waiting), facts.more] == [200, False]
    assert facts.waiting[0].render.endswith("00199"), "the longest waiting one, not the first of the index"
    assert len(aws.made) == CALLS_A_FLEET
