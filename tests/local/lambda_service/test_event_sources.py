"""What a poller says when its source fails, and what it keeps to itself."""

import threading
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from local.lambda_service.event_sources import patiently


class Waits(threading.Event):
    """An event that is set during a certain wait, without any time passing."""

    def __init__(self, until: int) -> None:
        super().__init__()
        self.left = until

    def wait(self, timeout: float | None = None) -> bool:
        self.left -= 1
        if self.left <= 0:
            self.set()
        return self.is_set()


@dataclass
class Failing:
    """A source that fails whenever it is asked."""

    code: str

    def feed(self, stop: threading.Event) -> None:
        raise ClientError({"Error": {"Code": self.code, "Message": "It does not exist."}}, "ReceiveMessage")


GONE = ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "ResourceNotFoundException"]


@pytest.mark.parametrize("code", GONE)
def test_a_source_that_goes_with_its_mapping_goes_quietly(code: str) -> None:
    told: list[str] = []
    patiently(Failing(code), Waits(until=1), told.append)
    assert told == []


@pytest.mark.parametrize("code", GONE)
def test_a_source_that_is_missing_while_its_mapping_stays_is_told(code: str) -> None:
    told: list[str] = []
    patiently(Failing(code), Waits(until=2), told.append)
    assert len(told) == 1
    assert code in told[0]


def test_any_other_failure_is_told_at_once() -> None:
    told: list[str] = []
    patiently(Failing("InternalFailure"), Waits(until=1), told.append)
    assert len(told) == 1
