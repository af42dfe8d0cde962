"""Batches of a stream: order, retries, partial failures, halving, giving up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from local.lambda_service.deliveries import Record, StreamDelivery, failed_items
from local.lambda_service.functions import FunctionError


def record(number: int) -> Record:
    return {"dynamodb": {"SequenceNumber": str(number)}}


def numbers(records: Sequence[Record]) -> list[str]:
    return [str(each["dynamodb"]["SequenceNumber"]) for each in records]  # type: ignore[index]


@dataclass
class Handler:
    """Plays a list of answers: a result, or an error to raise; afterwards every batch succeeds."""

    answers: list[object] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)

    def __call__(self, event: Mapping[str, object]) -> object:
        self.batches.append(numbers(event["Records"]))  # type: ignore[arg-type]
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, FunctionError):
            raise answer
        return answer


@dataclass
class GivenUp:
    records: list[str] = field(default_factory=list)
    reason: str = ""

    def __call__(self, records: Sequence[Record], reason: str) -> None:
        self.records, self.reason = numbers(records), reason


def failures(*failed: int) -> object:
    return {"batchItemFailures": [{"itemIdentifier": str(number)} for number in failed]}


BATCH = [record(1), record(2), record(3)]


def deliver(handler: Handler, **options: object) -> GivenUp:
    given_up = GivenUp()
    options = {"invoke": handler, "pause": lambda _: False, "give_up": given_up, **options}
    StreamDelivery(**options).deliver(BATCH)  # type: ignore[arg-type]
    return given_up


def test_a_batch_that_succeeds_is_delivered_once() -> None:
    handler = Handler()
    deliver(handler)
    assert handler.batches == [["1", "2", "3"]]


def test_a_batch_that_fails_is_delivered_again() -> None:
    handler = Handler([FunctionError("boom"), FunctionError("boom")])
    assert deliver(handler).records == []
    assert handler.batches == [["1", "2", "3"]] * 3


def test_a_batch_is_given_up_after_its_retries_with_the_reason() -> None:
    handler = Handler([FunctionError("boom")] * 3)
    given_up = deliver(handler, retries=2)
    assert (given_up.records, given_up.reason) == (["1", "2", "3"], "boom")
    assert len(handler.batches) == 3


def test_after_a_partial_failure_delivery_goes_on_at_the_first_failed_record() -> None:
    handler = Handler([failures(2)])
    deliver(handler, partial_failures=True)
    assert handler.batches == [["1", "2", "3"], ["2", "3"]]


def test_a_report_of_failures_means_nothing_when_the_mapping_does_not_ask_for_it() -> None:
    handler = Handler([failures(2)])
    deliver(handler)
    assert len(handler.batches) == 1


def test_a_failed_batch_is_halved_when_the_mapping_says_so() -> None:
    handler = Handler([FunctionError("boom")])
    deliver(handler, halve_on_error=True)
    assert handler.batches == [["1", "2", "3"], ["1"], ["2", "3"]]


@pytest.mark.parametrize("result", [None, {}, {"batchItemFailures": None}, "text"])
def test_an_answer_without_a_report_means_success(result: object) -> None:
    assert failed_items(result) == set()


def test_who_is_stopped_while_it_waits_to_try_again_has_delivered_nothing() -> None:
    handler = Handler([FunctionError("it has ended")] * 100)
    delivery = StreamDelivery(invoke=handler, pause=lambda _: True)
    assert not delivery.deliver(BATCH)
    assert len(handler.batches) == 1
