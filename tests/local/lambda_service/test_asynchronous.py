"""A scheduled event that fails is tried twice more, one and two minutes later, and then becomes a letter."""

from dataclasses import dataclass, field

from local.lambda_service.asynchronous import AsynchronousInvocations, Event
from local.lambda_service.functions import FunctionError, ThrottledError


@dataclass
class Function:
    """A function that fails with these errors, one an invocation, and then succeeds."""

    errors: list[FunctionError]
    asked: list[object] = field(default_factory=list)
    letters: list[tuple[object, str]] = field(default_factory=list)

    def invocations(self) -> AsynchronousInvocations:
        return AsynchronousInvocations(invoke=self.invoke, give_up=self.give_up)

    def invoke(self, event: Event) -> object:
        self.asked.append(event["id"])
        if self.errors:
            raise self.errors.pop(0)
        return None

    def give_up(self, event: Event, error: FunctionError) -> None:
        self.letters.append((event["id"], str(error)))


def called(function: Function, minutes: int) -> list[list[object]]:
    """The events that are tried in each minute, when a new one comes in each."""
    invocations, found = function.invocations(), []
    for minute in range(minutes):
        invocations.take({"id": minute}, minute)
        found.append(list(function.asked))
        function.asked.clear()
    return found


def test_a_failed_event_is_tried_again_after_one_minute_and_then_after_two() -> None:
    once_down = Function([FunctionError("down")] * 3)
    assert called(once_down, 4) == [[0], [0, 1], [1, 2], [0, 3]]
    assert once_down.letters == []


def test_an_event_that_has_failed_three_times_is_a_letter_with_the_last_error() -> None:
    down = Function([FunctionError("down")] * 100)
    called(down, 4)
    assert down.letters == [(0, "down")]
    called(down, 6)
    assert [event for event, _ in down.letters] == [0, 0, 1, 2]


def test_a_throttled_event_is_no_failure() -> None:
    throttled = Function([ThrottledError("Rate Exceeded.")] * 100)
    assert called(throttled, 4) == [[0], [1], [2], [3]]
    assert throttled.letters == []
